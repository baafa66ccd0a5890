"""Optimizers: two steps of each worked by hand, and scikit-learn and autograd as oracles."""

import math

import numpy as np
import pytest
from autograd.misc.optimizers import adam as autograd_adam
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from nnlib.optimizers import OPTIMIZERS, SCHEDULES, optimizer, scheduled_rate

EVERY = list(OPTIMIZERS.values())


def named(each):
    return each.name


def steps(each, gradients, start=1.0, learning_rate=0.1):
    """The steps of one parameter that meets these gradients, one after the other."""
    parameters = np.array([start])
    state = each.init(parameters)
    taken = []
    for g in gradients:
        step = each.update(np.array([g]), state, parameters, learning_rate)
        parameters += step
        taken.append(step.item())
    return taken


def test_the_registry_has_the_agreed_names():
    assert list(OPTIMIZERS) == [
        *("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw", "nadam")
    ]
    assert all(name == each.name for name, each in OPTIMIZERS.items())


# --- Two steps of each, by hand. Learning rate 0.1, the parameter starts at 1 -------------------


def test_two_steps_of_sgd():
    # g = 2: -0.1 * 2 = -0.2;  g = -1: -0.1 * -1 = 0.1
    assert steps(optimizer("sgd"), [2, -1]) == pytest.approx([-0.2, 0.1])


def test_two_steps_of_momentum():
    # g = 2:  v = 0.9 * 0 - 0.1 * 2 = -0.2
    # g = 1:  v = 0.9 * -0.2 - 0.1 * 1 = -0.28
    assert steps(optimizer("momentum"), [2, 1]) == pytest.approx([-0.2, -0.28])


def test_two_steps_of_nesterov():
    # g = 2:  v = -0.2,                     step = 0.9 * -0.2 - 0.2  = -0.38
    # g = 1:  v = 0.9 * -0.2 - 0.1 = -0.28, step = 0.9 * -0.28 - 0.1 = -0.352
    assert steps(optimizer("nesterov"), [2, 1]) == pytest.approx([-0.38, -0.352])


def test_two_steps_of_rmsprop():
    # With rho = 0.75 and epsilon = 1, large enough to see that it stands outside the root:
    # g = 2:  s = 0.25 * 4 = 1,            step = -0.1 * 2 / (sqrt(1) + 1) = -0.1
    # g = 3:  s = 0.75 * 1 + 0.25 * 9 = 3, step = -0.1 * 3 / (1.7320508 + 1) = -0.10980762
    each = optimizer("rmsprop", rho=0.75, epsilon=1)
    assert steps(each, [2, 3]) == pytest.approx([-0.1, -0.10980762])


def test_two_steps_of_adagrad():
    # With epsilon = 1:
    # g = 3:  s = 9,           step = -0.1 * 3 / (3 + 1) = -0.075
    # g = 4:  s = 9 + 16 = 25, step = -0.1 * 4 / (5 + 1) = -0.066666667
    assert steps(optimizer("adagrad", epsilon=1), [3, 4]) == pytest.approx([-0.075, -0.4 / 6])


def test_two_steps_of_adam():
    # With epsilon = 0.5, beta1 = 0.9, beta2 = 0.999:
    # g = 2:   m = 0.1 * 2 = 0.2,                 m_hat = 0.2 / (1 - 0.9) = 2
    #          v = 0.001 * 4 = 0.004,             v_hat = 0.004 / (1 - 0.999) = 4
    #          step = -0.1 * 2 / (2 + 0.5) = -0.08
    # g = -1:  m = 0.9 * 0.2 - 0.1 = 0.08,        m_hat = 0.08 / (1 - 0.81) = 0.42105263
    #          v = 0.999 * 0.004 + 0.001 = 0.004996
    #                                             v_hat = 0.004996 / (1 - 0.998001) = 2.4992496
    #          step = -0.1 * 0.42105263 / (1.5809016 + 0.5) = -0.020234144
    assert steps(optimizer("adam", epsilon=0.5), [2, -1]) == pytest.approx([-0.08, -0.020234144])


def test_two_steps_of_adamw():
    # The steps of adam above, and the decay: 0.1 * 0.01 * theta, theta = 1 and then 1 - 0.081
    # -0.08 - 0.001 * 1 = -0.081;  -0.020234144 - 0.001 * 0.919 = -0.021153144
    each = optimizer("adamw", epsilon=0.5, weight_decay=0.01)
    assert steps(each, [2, -1]) == pytest.approx([-0.081, -0.021153144])


def test_two_steps_of_nadam():
    # With epsilon = 0.5, beta1 = 0.9, beta2 = 0.999; mu_t = 0.9 (1 - 0.5 * 0.96^(0.004 t)):
    # mu_1 = 0.45007347, mu_2 = 0.45014694, mu_3 = 0.45022038;
    # mu_1 mu_2 = 0.20259919, mu_1 mu_2 mu_3 = 0.09121429
    # g = 2:   m = 0.2, v_hat = 4, as in adam
    #          (1 - 0.45007347) 2 / (1 - 0.45007347) = 2
    #          0.45014694 * 0.2 / (1 - 0.20259919) = 0.11290356
    #          step = -0.1 * (2 + 0.11290356) / (2 + 0.5) = -0.084516142
    # g = -1:  m = 0.08, v_hat = 2.4992496, as in adam
    #          (1 - 0.45014694) * -1 / (1 - 0.20259919) = -0.68955670
    #          0.45022038 * 0.08 / (1 - 0.09121429) = 0.03963270
    #          step = -0.1 * (-0.68955670 + 0.03963270) / (1.5809015 + 0.5) = 0.031232809
    assert steps(optimizer("nadam", epsilon=0.5), [2, -1]) == pytest.approx(
        [-0.084516142, 0.031232809]
    )


def test_nadam_without_momentum_is_rmsprop_with_a_corrected_start():
    # beta1 = 0: every mu is 0, so the step is -rate g / (sqrt(v_hat) + epsilon), as adam's.
    gradients = [2.0, -1.0, 0.5]
    assert steps(optimizer("nadam", beta1=0), gradients) == pytest.approx(
        steps(optimizer("adam", beta1=0), gradients)
    )


# --- Oracles and properties of single optimizers ------------------------------------------------


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_velocity_agrees_with_scikit_learn(name, rng):
    parameters, mine = rng.normal(size=6), optimizer(name, momentum=0.8)
    state = mine.init(parameters)
    theirs = SGDOptimizer(
        [parameters], learning_rate_init=0.05, momentum=0.8, nesterov=name == "nesterov"
    )
    for gradient in rng.normal(size=(10, 6)):
        (expected,) = theirs._get_updates([gradient])
        step = mine.update(gradient, state, parameters, 0.05)
        np.testing.assert_allclose(step, expected, rtol=1e-12, atol=1e-15)


def test_adam_agrees_with_autograd(rng):
    curvature, start = rng.uniform(0.5, 2, size=6), rng.normal(size=6)
    expected = autograd_adam(lambda x, i: curvature * x, start, num_iters=50, step_size=0.01)

    parameters, mine = start.copy(), OPTIMIZERS["adam"]
    state = mine.init(parameters)
    for _ in range(50):
        parameters += mine.update(curvature * parameters, state, parameters, 0.01)

    np.testing.assert_allclose(parameters, expected, rtol=1e-10)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_without_momentum_they_are_sgd(name, rng):
    gradients = rng.normal(size=5)
    plain = steps(OPTIMIZERS["sgd"], gradients)
    assert steps(optimizer(name, momentum=0), gradients) == pytest.approx(plain)


def test_adamw_without_decay_is_adam(rng):
    gradients = rng.normal(size=5)
    plain = steps(OPTIMIZERS["adam"], gradients)
    assert steps(optimizer("adamw", weight_decay=0), gradients) == plain


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(scale):
    assert steps(OPTIMIZERS["adam"], [scale]) == pytest.approx([-0.1], rel=1e-4)


def test_adamw_decays_all_parameters_unless_a_mask_spares_some():
    parameters, zero, each = np.array([2.0, 2.0]), np.zeros(2), OPTIMIZERS["adamw"]
    state = each.init(parameters)
    # With gradient 0 only the decay moves them: -0.1 * 0.01 * 2 = -0.002.
    np.testing.assert_allclose(each.update(zero, state, parameters, 0.1), [-0.002, -0.002])
    state["decay_mask"] = np.array([True, False])
    np.testing.assert_allclose(each.update(zero, state, parameters, 0.1), [-0.002, 0])


# --- Properties of all --------------------------------------------------------------------------


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_every_optimizer_descends_a_bowl(each):
    # Objective 1/2 (4 x^2 + y^2), gradient (4 x, y), from (1, -1): far lower after 300 steps.
    curvature, parameters = np.array([4.0, 1.0]), np.array([1.0, -1.0])
    state = each.init(parameters)
    for _ in range(300):
        parameters += each.update(curvature * parameters, state, parameters, 0.05)
    assert np.sum(curvature * parameters**2) / 2 < 0.01 * 2.5


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_a_zero_gradient_at_the_start_moves_nothing(each):
    parameters = np.zeros(3)
    step = each.update(np.zeros(3), each.init(parameters), parameters, 0.1)
    np.testing.assert_array_equal(step, np.zeros(3))


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_the_state_starts_at_zero_in_buffers_of_its_own(each, rng):
    parameters = rng.normal(size=4).astype(np.float32)
    first, second = each.init(parameters), each.init(parameters)
    assert first.get("t", 0) == 0
    for name, value in first.items():
        if isinstance(value, np.ndarray):
            assert not value.any()
            assert value.dtype == np.float32
            assert value.shape == (4,)
            assert not np.shares_memory(value, second[name])


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_update_changes_its_state_in_place_and_nothing_else(each, rng):
    parameters, gradient = rng.normal(size=4), rng.normal(size=4)
    copies = parameters.copy(), gradient.copy()
    state = each.init(parameters)
    buffers = dict(state)
    each.update(gradient, state, parameters, 0.1)
    np.testing.assert_array_equal(parameters, copies[0])
    np.testing.assert_array_equal(gradient, copies[1])
    for name, buffer in buffers.items():
        if isinstance(buffer, np.ndarray):
            assert state[name] is buffer
            assert buffer.any()
    assert state.get("t", 1) == 1


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_a_step_shares_no_memory_with_state_or_gradient(each, rng):
    parameters, gradient = rng.normal(size=4), rng.normal(size=4)
    state = each.init(parameters)
    step = each.update(gradient, state, parameters, 0.1)
    arrays_ = [v for v in state.values() if isinstance(v, np.ndarray)]
    assert not any(np.shares_memory(step, other) for other in [*arrays_, gradient, parameters])


@pytest.mark.parametrize("rate", [0.1, np.float64(0.1), np.array(0.1)], ids=type)
@pytest.mark.parametrize("each", EVERY, ids=named)
def test_float32_stays_float32_whatever_kind_of_number_the_rate_is(each, rate):
    parameters = np.ones(3, np.float32)
    step = each.update(np.ones(3, np.float32), each.init(parameters), parameters, rate)
    assert step.dtype == np.float32


def test_numpy_scalars_as_parameters_do_not_widen_float32():
    half = np.float64(0.5)
    for name in OPTIMIZERS:
        each = optimizer(
            name, momentum=half, rho=half, beta1=half, beta2=half, epsilon=half, weight_decay=half
        )
        parameters = np.ones(3, np.float32)
        assert each.update(parameters, each.init(parameters), parameters, 0.1).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("each", EVERY, ids=named)
def test_large_and_zero_gradients_give_finite_steps(each, dtype):
    parameters = np.array([1000, -1000, 0], dtype)
    state = each.init(parameters)
    for gradient in ([1000, -1000, 0], [0, 1000, 0]):
        step = each.update(np.array(gradient, dtype), state, parameters, 10.0)
        assert np.isfinite(step).all()


@given(arrays(np.float64, st.integers(0, 20), elements=st.floats(-1000, 1000)))
def test_a_step_has_the_shape_of_the_parameters(gradient):
    for each in EVERY:
        parameters = np.ones_like(gradient)
        step = each.update(gradient, each.init(parameters), parameters, 0.1)
        assert step.shape == gradient.shape
        assert np.isfinite(step).all()


def test_an_unknown_name_is_refused_with_the_allowed_ones():
    with pytest.raises(ValueError, match=r"one of sgd, momentum.*Got 'adma'"):
        optimizer("adma")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *[("momentum", -0.1), ("momentum", 1.1), ("rho", 1.0), ("beta1", 1.0), ("beta2", 1.0)],
        *[("epsilon", -1e-8), ("weight_decay", -1), ("weight_decay", math.inf)],
        ("momentum", math.nan),
    ],
)
def test_a_parameter_outside_its_range_is_refused(parameter, value):
    with pytest.raises(ValueError, match=f"{parameter} must be in .*Got {value}"):
        optimizer("adam", **{parameter: value})


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_every_text_that_a_page_shows_is_there(each):
    assert all((each.title, each.formula, each.note, each.source))


# --- Schedules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # epoch        0    100     150             500      1000        5000
        ("constant", [0.8, 0.8, 0.8, 0.8, 0.8, 0.8]),
        ("step", [0.8, 0.4, 0.4, 0.025, 0.8 / 2**10, 0.8 / 2**50]),
        ("exponential", [0.8, 0.4, 0.8 / 2**1.5, 0.025, 0.8 / 2**10, 0.8 / 2**50]),
        ("cosine", [0.8, 0.78042261, 0.75640261, 0.4, 0, 0]),
    ],
)
def test_schedules_by_hand(schedule, expected):
    rates = [scheduled_rate(schedule, 0.8, epoch) for epoch in (0, 100, 150, 500, 1000, 5000)]
    assert rates == pytest.approx(expected, abs=1e-8)


def test_step_and_exponential_meet_whenever_a_stretch_is_over():
    for epoch in range(0, 100, 10):
        step, smooth = (
            scheduled_rate(name, 0.1, epoch, every=10, factor=0.7)
            for name in ("step", "exponential")
        )
        assert step == pytest.approx(smooth, rel=1e-12)


@given(
    st.sampled_from(SCHEDULES),
    st.floats(1e-5, 10),
    st.integers(0, 1_000_000),
    st.integers(1, 1000),
    st.floats(0.01, 1),
    st.integers(1, 10_000),
)
def test_a_schedule_starts_at_the_rate_and_only_falls(
    schedule, rate, epoch, every, factor, horizon
):
    options = {"every": every, "factor": factor, "horizon": horizon}
    here, next_ = (scheduled_rate(schedule, rate, e, **options) for e in (epoch, epoch + 1))
    assert scheduled_rate(schedule, rate, 0, **options) == rate
    assert 0 <= next_ <= here * (1 + 1e-12)  # pow may be off by its last digit
    assert here <= rate * (1 + 1e-12)
    assert type(here) is float


def test_numpy_numbers_still_give_a_python_float():
    for schedule in SCHEDULES:
        assert type(scheduled_rate(schedule, np.float32(0.5), np.int64(3))) is float


@pytest.mark.parametrize(
    "wrong", [{"epoch": -1}, {"every": 0}, {"factor": 0}, {"factor": 1.5}, {"horizon": 0}], ids=str
)
def test_an_argument_outside_its_range_is_refused(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name} must be .*Got {value}"):
        scheduled_rate("step", **({"learning_rate": 0.1, "epoch": 0} | wrong))


def test_an_unknown_schedule_is_refused_with_the_allowed_ones():
    with pytest.raises(ValueError, match=r"one of constant, step.*Got 'linear'"):
        scheduled_rate("linear", 0.1, 0)
