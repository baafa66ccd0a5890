"""Losses: values against scikit-learn and SciPy, gradients against autograd and differences."""

import autograd.numpy as anp
import numpy as np
import pytest
import scipy.special
import sklearn.metrics
from autograd import elementwise_grad, grad
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib.losses import LOSSES, loss

EVERY = [*LOSSES.values(), loss("huber", huber_delta=0.3)]

# One sample's loss, written down a second time for autograd to differentiate.
TEXTBOOK = {
    "squared": lambda g, y: anp.sum((g - y) ** 2),
    "nll": lambda z, y: (
        -anp.sum(y * anp.log(1 / (1 + anp.exp(-z))) + (1 - y) * anp.log(1 / (1 + anp.exp(z))))
    ),
    "softmax_nll": lambda z, y: -anp.sum(y * anp.log(anp.exp(z) / anp.sum(anp.exp(z)))),
    "absolute": lambda g, y: anp.sum(anp.abs(g - y)),
    "huber": lambda g, y: anp.sum(
        anp.where(anp.abs(g - y) <= 1, 0.5 * (g - y) ** 2, anp.abs(g - y) - 0.5)
    ),
    "hinge": lambda g, y: anp.sum(anp.maximum(0, 1 - (2 * y - 1) * g)),
}


def named(each):
    return each.name


def sample(name, rng, n=12):
    """A prediction and a target that fit the loss, both (n, k)."""
    if name == "softmax_nll":
        return rng.normal(scale=2, size=(n, 4)), np.eye(4)[rng.integers(4, size=n)]
    if name in ("nll", "hinge"):
        return rng.normal(scale=2, size=(n, 1)), rng.integers(2, size=(n, 1)).astype(float)
    return rng.normal(scale=2, size=(n, 3)), rng.normal(scale=2, size=(n, 3))


# --- Values -------------------------------------------------------------------------------------


def test_the_registry_has_the_agreed_names():
    assert list(LOSSES) == ["squared", "nll", "softmax_nll", "absolute", "huber", "hinge"]
    assert all(name == each.name for name, each in LOSSES.items())


@pytest.mark.parametrize(
    ("name", "output", "on_logits"),
    [
        ("squared", None, False),
        ("nll", "sigmoid", True),
        ("softmax_nll", "softmax", True),
        ("absolute", None, False),
        ("huber", None, False),
        ("hinge", "linear", False),
    ],
)
def test_each_loss_says_which_output_it_needs(name, output, on_logits):
    assert (LOSSES[name].output, LOSSES[name].on_logits) == (output, on_logits)


@pytest.mark.parametrize("each", LOSSES.values(), ids=named)
def test_per_sample_is_the_textbook_formula(each, rng):
    prediction, y = sample(each.name, rng)
    expected = [TEXTBOOK[each.name](p, t) for p, t in zip(prediction, y, strict=True)]
    np.testing.assert_allclose(each.per_sample(prediction, y), expected, rtol=1e-10)


def test_squared_sums_over_outputs_takes_the_mean_over_samples_and_has_no_half():
    # Row 1: 1 + 4 = 5; row 2: 0 + 9 = 9; mean 7.
    prediction, y = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[0.0, 0.0], [3.0, 3.0]])
    np.testing.assert_array_equal(LOSSES["squared"].per_sample(prediction, y), [5, 9])
    assert LOSSES["squared"].value(prediction, y) == 7.0


def test_value_is_a_python_float(rng):
    for each in EVERY:
        prediction, y = sample(each.name, rng)
        assert type(each.value(prediction.astype(np.float32), y)) is float


def test_squared_agrees_with_scikit_learn(rng):
    g, y = sample("squared", rng)
    expected = sklearn.metrics.mean_squared_error(y, g, multioutput="raw_values").sum()
    assert LOSSES["squared"].value(g, y) == pytest.approx(expected, rel=1e-12)


def test_absolute_agrees_with_scikit_learn(rng):
    g, y = sample("absolute", rng)
    expected = sklearn.metrics.mean_absolute_error(y, g, multioutput="raw_values").sum()
    assert LOSSES["absolute"].value(g, y) == pytest.approx(expected, rel=1e-12)


def test_nll_agrees_with_scikit_learns_log_loss(rng):
    z, y = sample("nll", rng)
    expected = sklearn.metrics.log_loss(y[:, 0], scipy.special.expit(z[:, 0]))
    assert LOSSES["nll"].value(z, y) == pytest.approx(expected, rel=1e-12)


def test_softmax_nll_agrees_with_scipys_log_softmax(rng):
    z, y = sample("softmax_nll", rng)
    expected = -(y * scipy.special.log_softmax(z, axis=1)).sum(axis=1)
    np.testing.assert_allclose(LOSSES["softmax_nll"].per_sample(z, y), expected, rtol=1e-12)


def test_hinge_agrees_with_scikit_learn(rng):
    g, y = sample("hinge", rng)
    expected = sklearn.metrics.hinge_loss(y[:, 0], g[:, 0])
    assert LOSSES["hinge"].value(g, y) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
def test_huber_agrees_with_scipy(delta, rng):
    g, y = sample("huber", rng)
    expected = scipy.special.huber(delta, g - y).sum(axis=1)
    result = loss("huber", huber_delta=delta).per_sample(g, y)
    np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_huber_is_half_the_squared_loss_near_zero(rng):
    y = rng.normal(size=(5, 2))
    g = y + rng.uniform(-1, 1, size=(5, 2))
    half = LOSSES["squared"].per_sample(g, y) / 2
    np.testing.assert_allclose(LOSSES["huber"].per_sample(g, y), half, rtol=1e-12)


def test_nll_with_a_soft_label_is_least_at_that_probability():
    z = scipy.special.logit(np.array([[0.3]]))
    np.testing.assert_allclose(LOSSES["nll"].gradient(z, np.array([[0.3]])), 0, atol=1e-15)


def test_two_class_softmax_nll_is_nll_of_the_difference(rng):
    z, y = sample("nll", rng)
    two = LOSSES["softmax_nll"].per_sample(np.hstack([0 * z, z]), np.hstack([1 - y, y]))
    np.testing.assert_allclose(two, LOSSES["nll"].per_sample(z, y), rtol=1e-12)


def test_a_confident_right_answer_keeps_its_small_loss():
    # -log sigmoid(40) = 4.2e-18, where softplus(40) - 40 would give 0.
    right = LOSSES["nll"].per_sample(np.array([[40.0]]), np.array([[1.0]]))
    np.testing.assert_allclose(right, np.exp(-40), rtol=1e-12)


# --- Gradients ----------------------------------------------------------------------------------


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_gradient_agrees_with_central_differences(each, rng):
    prediction, y = sample(each.name, rng)
    h = 1e-6
    differences = np.empty_like(prediction)
    for j, e in enumerate(np.eye(prediction.shape[1])):
        above, below = (each.per_sample(prediction + s * e, y) for s in (h, -h))
        differences[:, j] = (above - below) / (2 * h)
    np.testing.assert_allclose(each.gradient(prediction, y), differences, atol=1e-8)


@pytest.mark.parametrize("each", LOSSES.values(), ids=named)
def test_gradient_of_a_row_is_autograds_gradient_of_that_rows_loss(each, rng):
    prediction, y = sample(each.name, rng)
    expected = [grad(TEXTBOOK[each.name])(p, t) for p, t in zip(prediction, y, strict=True)]
    np.testing.assert_allclose(each.gradient(prediction, y), expected, rtol=1e-10, atol=1e-12)


def test_gradients_do_not_depend_on_the_other_rows(rng):
    for each in EVERY:
        prediction, y = sample(each.name, rng)
        alone = each.gradient(prediction[:1], y[:1])
        np.testing.assert_array_equal(each.gradient(prediction, y)[:1], alone)


def test_squared_gradient_has_the_factor_two():
    g = LOSSES["squared"].gradient(np.array([[3.0]]), np.array([[1.0]]))
    np.testing.assert_array_equal(g, [[4.0]])


def test_softmax_nll_gradient_holds_for_targets_that_do_not_sum_to_one(rng):
    z, y = rng.normal(size=(6, 3)), rng.uniform(size=(6, 3))
    total = elementwise_grad(
        lambda z: -anp.sum(y * (z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True))), axis=1)
    )
    np.testing.assert_allclose(LOSSES["softmax_nll"].gradient(z, y), total(z), rtol=1e-10)


def test_gradients_at_the_kinks():
    one, zero = np.array([[1.0]]), np.array([[0.0]])
    np.testing.assert_array_equal(LOSSES["absolute"].gradient(one, one), 0)
    np.testing.assert_array_equal(LOSSES["hinge"].gradient(one, one), 0)  # t g = 1 exactly
    np.testing.assert_array_equal(LOSSES["hinge"].gradient(-one, zero), 0)
    np.testing.assert_array_equal(LOSSES["huber"].gradient(one, zero), 1)  # |r| = delta


def test_hinge_pushes_each_class_to_its_side_of_the_margin():
    g, y = np.array([[0.5], [0.5], [2.0], [-2.0]]), np.array([[1.0], [0.0], [1.0], [0.0]])
    np.testing.assert_array_equal(LOSSES["hinge"].gradient(g, y), [[-1], [1], [0], [0]])


# --- Extremes, dtypes, shapes -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("each", EVERY, ids=named)
def test_finite_and_of_the_same_dtype_up_to_a_thousand(each, dtype):
    prediction = np.array([[1000, -1000], [-1000, 1000], [1000, 1000], [0, 0]], dtype)
    y = np.array([[1, 0], [1, 0], [0, 1], [1, 0]], dtype)
    for result in (each.per_sample(prediction, y), each.gradient(prediction, y)):
        assert result.dtype == dtype
        assert np.isfinite(result).all()


@pytest.mark.parametrize("name", ["nll", "softmax_nll"])
def test_cross_entropy_of_a_hopelessly_wrong_logit_is_the_distance(name):
    z, y = {
        "nll": (np.array([[-1000.0]]), np.array([[1.0]])),
        "softmax_nll": (np.array([[-500.0, 500.0]]), np.array([[1.0, 0.0]])),
    }[name]
    np.testing.assert_array_equal(LOSSES[name].per_sample(z, y), [1000])
    assert LOSSES[name].gradient(z, y)[0, 0] == -1


@pytest.mark.parametrize("target_dtype", [np.float64, np.int64, np.bool_])
@pytest.mark.parametrize("each", EVERY, ids=named)
def test_the_dtype_is_the_predictions_whatever_the_targets_are(each, target_dtype):
    prediction, y = np.full((2, 2), 0.5, np.float32), np.eye(2).astype(target_dtype)
    assert each.per_sample(prediction, y).dtype == np.float32
    assert each.gradient(prediction, y).dtype == np.float32


def test_whole_number_predictions_are_not_truncated():
    g, y = np.array([[1]]), np.array([[0.5]])
    assert LOSSES["squared"].value(g, y) == 0.25


@pytest.mark.parametrize(
    "shapes",
    [((5,), (5, 1)), ((5, 1), (5,)), ((5,), (5,)), ((5, 2), (5, 1)), ((5, 1), (1, 1))],
    ids=str,
)
@pytest.mark.parametrize("each", EVERY, ids=named)
def test_shapes_that_differ_or_are_not_two_dimensional_are_refused(each, shapes):
    prediction, y = np.zeros(shapes[0]), np.zeros(shapes[1])
    for function in (each.per_sample, each.gradient, each.value):
        with pytest.raises(ValueError, match="same shape") as error:
            function(prediction, y)
        assert f"Got {shapes[0]} and {shapes[1]}" in str(error.value)


@pytest.mark.parametrize("name", ["nll", "hinge"])
def test_labels_of_minus_one_and_one_are_refused(name):
    g, y = np.zeros((2, 1)), np.array([[-1.0], [1.0]])
    for function in (LOSSES[name].per_sample, LOSSES[name].gradient):
        with pytest.raises(ValueError, match=r"\[0, 1\]. Got -1 to 1"):
            function(g, y)


def test_the_mean_over_no_samples_is_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        LOSSES["squared"].value(np.zeros((0, 1)), np.zeros((0, 1)))


def test_an_unknown_name_is_refused_with_the_allowed_ones():
    with pytest.raises(ValueError, match=r"one of squared, nll.*Got 'mse'"):
        loss("mse")


@pytest.mark.parametrize("delta", [0, -1, np.nan, np.inf])
def test_huber_delta_must_be_positive(delta):
    with pytest.raises(ValueError, match="huber_delta must be"):
        loss("huber", huber_delta=delta)


@given(st.integers(1, 8), st.integers(1, 5), st.data())
def test_shapes_and_signs_hold_for_any_prediction(n, k, data):
    prediction = data.draw(arrays(np.float64, (n, k), elements=st.floats(-1000, 1000)))
    y = data.draw(arrays(np.float64, (n, k), elements=st.floats(0, 1)))
    for each in EVERY:
        assert each.per_sample(prediction, y).shape == (n,)
        assert each.gradient(prediction, y).shape == (n, k)
        assert each.value(prediction, y) >= -1e-12


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_every_text_that_a_page_shows_is_there(each):
    assert all((each.formula, each.gradient_formula, each.note, each.source))
