"""Attacks: closed forms on linear models, oracles from outside, balls and bounds that hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from nnlib.attacks import deepfool, fgsm, lbfgs, pgd, pgd_iterates, smallest_lbfgs
from nnlib.config import RunConfig
from nnlib.inputs.ball import sizes
from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import Composed, decided, loss_values
from nnlib.network import MLP
from nnlib.run import Run

LINE = np.array([3.0, -4.0])  # ||w||_2 = 5, ||w||_1 = 7


def linear(output: str = "sigmoid", W=LINE, b=1.0) -> MLP:
    """z = w . x + b, in float64."""
    W = np.atleast_2d(np.asarray(W, float).T).T
    net = MLP((len(W), W.shape[1]), (output,), rng=np.random.default_rng(0), dtype=np.float64)
    net.weights[0][:], net.biases[0][:] = W, b
    return net


def random_net(m: int, k: int, seed: int, dtype: type = np.float64) -> MLP:
    output = "sigmoid" if k == 1 else "softmax"
    rng = np.random.default_rng(seed)
    return MLP((m, 6, k), ("tanh", output), rng=rng, dtype=dtype, initializer="xavier_normal")


def some_points(net: MLP, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """X (n, m) in [0, 1] and the labels that the network gives, as y."""
    X = np.random.default_rng([seed, 1]).uniform(0, 1, (n, net.sizes[0])).astype(net.dtype)
    label = decided(net.predict(X), "nll")
    return X, label[:, None].astype(float) if net.sizes[-1] == 1 else np.eye(net.sizes[-1])[label]


@pytest.fixture(scope="module")
def circle() -> Run:
    """A trained network on the circle, float64."""
    run = Run(RunConfig(hidden=((8, "tanh"),), optimizer="adam", learning_rate=0.03), dtype=float)
    run.advance(60)
    assert run.history.test_score[-1] > 0.95
    return run


# --- FGSM -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize(
    ("norm", "direction"), [("inf", np.sign(LINE)), ("2", LINE / 5)], ids=["inf", "2"]
)
def test_fgsm_on_a_linear_model_is_the_closed_form(norm, direction, y, rng):
    # dL/dx = (g - y) w: away from y along the sign of w, or along w itself
    X = rng.normal(0, 1, (20, 2))
    moved = fgsm(linear(), X, np.full((20, 1), y), "nll", 0.3, norm)
    expected = X + 0.3 * (1 - 2 * y) * direction
    np.testing.assert_allclose(moved, expected, rtol=1e-12)


def test_fgsm_lowers_the_logit_of_a_linear_model_by_epsilon_times_the_l1_norm_of_w(rng):
    # Goodfellow et al. (2015), section 3: w . r = epsilon ||w||_1
    X = rng.normal(0, 1, (20, 2))
    net = linear()
    moved = fgsm(net, X, np.ones((20, 1)), "nll", 0.3)
    fall = net.forward(X).Z[-1] - net.forward(moved).Z[-1]
    np.testing.assert_allclose(fall, 0.3 * 7, rtol=1e-9)


def test_fgsm_on_scikit_learns_logistic_regression(rng):
    X = rng.normal(0, 1, (200, 5))
    label = (X @ [1, -2, 0.5, 0, 3] + rng.normal(0, 1, 200) > 0).astype(int)
    model = LogisticRegression().fit(X, label)
    net = linear(W=model.coef_[0], b=model.intercept_[0])
    moved = fgsm(net, X, label[:, None], "nll", 0.4)
    probability = model.predict_proba(X)[:, 1]
    slope = (probability - label)[:, None] * model.coef_
    np.testing.assert_allclose(net.input_gradient(X, label[:, None], "nll"), slope, atol=1e-12)
    np.testing.assert_allclose(moved, X + 0.4 * np.sign(slope), rtol=1e-12)
    assert ((net.predict(moved)[:, 0] >= 0.5) == model.predict(moved)).all()


def test_fgsm_towards_a_target_goes_against_the_slope_of_its_loss(rng):
    net = linear("softmax", rng.normal(0, 1, (4, 3)), 0.0)
    X, y, target = rng.normal(0, 1, (9, 4)), np.eye(3)[[0] * 9], np.eye(3)[[2] * 9]
    moved = fgsm(net, X, y, "softmax_nll", 0.1, target=target)
    slope = (net.predict(X) - target) @ net.weights[0].T
    np.testing.assert_allclose(moved, X - 0.1 * np.sign(slope), rtol=1e-12)


def test_fgsm_leaves_a_row_without_a_slope_where_it_is():
    X = np.array([[9.0, 0.0], [-0.3, 0.0]])  # hinge: far on the right side, and near the boundary
    moved = fgsm(linear("linear"), X, np.ones((2, 1)), "hinge", 0.1, "2")
    assert sizes(moved - X, "2") == pytest.approx([0, 0.1])


def test_an_attack_on_numbers_raises_their_error(rng):
    net, X = linear("linear"), rng.normal(0, 1, (9, 2))
    y = net.predict(X) + 0.1
    moved = pgd(net, X, y, "squared", 0.5, steps=5)
    assert (loss_values(net, moved, y, "squared") > loss_values(net, X, y, "squared") + 1).all()


# --- PGD ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("norm", "dual"), [("2", 5.0), ("inf", 7.0)])
def test_pgd_on_a_linear_model_flips_from_the_known_minimal_distance_on(norm, dual, rng):
    net, X = linear(), rng.uniform(-2, 2, (30, 2))
    y = (net.predict(X) >= 0.5).astype(float)
    for row in range(len(X)):
        distance = abs(net.forward(X[[row]]).Z[-1][0, 0]) / dual
        for share, flips in ((0.999, False), (1.001, True)):
            moved = pgd(net, X[[row]], y[[row]], "nll", distance * share, norm)
            assert ((net.predict(moved) >= 0.5) != y[row]).item() == flips


def test_l2_pgd_on_a_linear_model_moves_along_w_by_epsilon(rng):
    X, y = rng.normal(0, 1, (9, 2)), np.zeros((9, 1))
    moved = pgd(linear(), X, y, "nll", 0.7, "2")
    np.testing.assert_allclose(moved, X + 0.7 * LINE / 5, rtol=1e-9)


def test_pgd_raises_the_loss_at_least_as_much_as_fgsm_on_most_points(circle):
    X, y, loss = circle.data.X_test, circle.data.y_test, circle.data.loss
    by_pgd = loss_values(circle.network, pgd(circle.network, X, y, loss, 1.0), y, loss)
    by_fgsm = loss_values(circle.network, fgsm(circle.network, X, y, loss, 1.0), y, loss)
    assert (by_pgd >= by_fgsm - 1e-6).mean() > 0.9
    assert by_pgd.mean() > by_fgsm.mean()


def test_the_path_of_pgd_begins_at_x_and_ends_at_its_result(circle):
    X, y = circle.data.X_test[:5], circle.data.y_test[:5]
    path = np.stack(list(pgd_iterates(circle.network, X, y, "nll", 0.5, steps=12)))
    assert path.shape == (13, 5, 2)
    np.testing.assert_array_equal(path[0], X)
    np.testing.assert_array_equal(path[-1], pgd(circle.network, X, y, "nll", 0.5, steps=12))


def test_pgd_without_a_generator_has_no_random_start(circle):
    arguments = (circle.network, circle.data.X_test, circle.data.y_test, "nll", 0.5)
    np.testing.assert_array_equal(pgd(*arguments), pgd(*arguments))


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_a_random_start_fills_the_ball(norm):
    X, y = np.zeros((4_000, 2)), np.ones((4_000, 1))
    rng = np.random.default_rng(0)
    start = next(pgd_iterates(linear(), X, y, "nll", 2.0, norm, rng=rng))
    size = sizes(start, norm)
    assert size.max() <= 2
    # uniform in the plane: a quarter of the ball lies within half of epsilon
    assert (size < 1).mean() == pytest.approx(0.25, abs=0.03)
    assert np.abs(start.mean(axis=0)).max() < 0.1


def test_the_same_generator_gives_the_same_attack(circle):
    X, y = circle.data.X_test, circle.data.y_test
    one, other = (
        pgd(circle.network, X, y, "nll", 0.5, rng=np.random.default_rng(3)) for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_a_targeted_attack_makes_the_network_say_the_target():
    run = Run(RunConfig(dataset="blobs", optimizer="adam"), dtype=float)
    run.advance(60)
    X, y, net = run.data.X_test, run.data.y_test, run.network
    target = np.roll(y, 1, axis=1)
    moved = pgd(net, X, y, "softmax_nll", 8.0, "2", target=target)
    assert (net.predict(moved).argmax(axis=1) == target.argmax(axis=1)).mean() > 0.9


def test_attacks_go_through_the_features():
    # x1^2 + x2^2 - 4: the boundary is a circle of radius 2, so the distance is known
    net = Composed(linear(W=[1.0, 1.0], b=-4.0), ("x1^2", "x2^2"))
    X, y = np.array([[1.0, 0.0], [0.0, 3.5]]), np.array([[0.0], [1.0]])
    assert (decided(net.predict(pgd(net, X, y, "nll", 0.99, "2")), "nll") == [0, 1]).all()
    assert (decided(net.predict(pgd(net, X, y, "nll", 1.51, "2")), "nll") == [1, 0]).all()


# --- Ball, bounds, dtypes: whatever the network ---------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    m=st.integers(1, 5),
    k=st.integers(1, 4),
    n=st.integers(0, 6),
    epsilon=st.floats(0, 2),
    norm=st.sampled_from(["inf", "2"]),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 1000),
    random=st.booleans(),
    targeted=st.booleans(),
)
def test_every_attack_keeps_to_ball_bounds_shape_and_dtype(
    m, k, n, epsilon, norm, dtype, seed, random, targeted
):
    net = random_net(m, k, seed, dtype)
    X, y = some_points(net, n, seed)
    loss = "nll" if k == 1 else "softmax_nll"
    target = (1 - y if k == 1 else np.roll(y, 1, axis=1)) if targeted else None
    arguments = (net, X, y, loss, epsilon, norm, (0, 1), target)
    rng = np.random.default_rng(seed) if random else None
    for moved in (fgsm(*arguments), pgd(*arguments, steps=3, step_size=1.0, rng=rng)):
        assert moved.shape == X.shape
        assert moved.dtype == X.dtype
        assert (sizes(moved - X, norm) <= epsilon * (1 + 1e-5) + 1e-6).all()
        assert ((moved >= 0) & (moved <= 1)).all()


def test_epsilon_zero_changes_nothing(circle):
    X, y = circle.data.X_test, circle.data.y_test
    np.testing.assert_array_equal(fgsm(circle.network, X, y, "nll", 0), X)
    np.testing.assert_array_equal(pgd(circle.network, X, y, "nll", 0, "2"), X)


def test_bounds_may_differ_from_input_to_input():
    X = np.array([[0.0, 0.0]])
    bounds = ([-0.1, -9.0], [9.0, 0.2])
    moved = fgsm(linear(), X, np.ones((1, 1)), "nll", 1.0, bounds=bounds)  # r = (-1, 1)
    np.testing.assert_allclose(moved, [[-0.1, 0.2]])


def test_x_is_left_as_it_was(circle):
    X, y = circle.data.X_test.copy(), circle.data.y_test
    before = X.copy()
    fgsm(circle.network, X, y, "nll", 0.5)
    pgd(circle.network, X, y, "nll", 0.5, rng=np.random.default_rng(0))
    deepfool(circle.network, X, "nll")
    np.testing.assert_array_equal(X, before)


class Black:
    """A network with nothing but predict and input_gradient."""

    def __init__(self, net: MLP) -> None:
        self.predict, self.input_gradient = net.predict, net.input_gradient


def test_fgsm_and_pgd_need_nothing_but_predict_and_input_gradient(circle):
    X, y, net = circle.data.X_test, circle.data.y_test, circle.network
    for attack in (fgsm, pgd):
        expected = attack(net, X, y, "nll", 0.5)
        np.testing.assert_array_equal(attack(Black(net), X, y, "nll", 0.5), expected)


class Lost(Black):
    """Its slopes are not numbers."""

    def __init__(self, net: MLP) -> None:
        super().__init__(net)
        self.input_gradient = lambda X, y, loss: np.full_like(X, np.nan)


def test_slopes_that_are_no_numbers_count_as_none():
    X = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(pgd(Lost(linear()), X, [[1.0]], "nll", 0.5, "2"), X)


# --- The smallest r -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "loss", "offset"),
    [("sigmoid", "nll", 0.0), ("linear", "hinge", 0.0), ("linear", "squared", 0.5)],
)
def test_lbfgs_on_a_linear_model_finds_the_minimal_distance(output, loss, offset, rng):
    net, X = linear(output), rng.uniform(-2, 2, (6, 2))
    z = X @ LINE + 1 - offset
    moved = lbfgs(net, X, (z >= 0).astype(float)[:, None], loss)
    assert (decided(net.predict(moved), loss) != (z >= 0)).all()
    np.testing.assert_allclose(sizes(moved - X, "2"), np.abs(z) / 5, rtol=0.02)


def test_lbfgs_finds_what_brute_force_finds(circle):
    X, y = circle.data.X_test[:8], circle.data.y_test[:8]
    right = decided(circle.network.predict(X), "nll") == y[:, 0]
    X, y = X[right], y[right]
    found = sizes(lbfgs(circle.network, X, y, "nll") - X, "2")
    truth = Boundary(circle.network, "nll", np.array([[-9.0, 9.0]] * 2)).distance(X)
    assert (found >= truth * 0.999).all()
    assert np.median(found / truth) < 1.1


def test_lbfgs_keeps_to_the_bounds():
    # Without bounds the way goes along w; with x2 held at most 0.1 it has to go along x1.
    net, X = linear(), np.array([[0.0, 0.0]])
    moved = lbfgs(net, X, [[1.0]], "nll", bounds=([-2.0, -0.1], [2.0, 0.1]))
    assert moved[0, 1] <= 0.1
    assert moved[0] == pytest.approx([-0.2, 0.1], abs=0.01)  # 3 x1 - 4 x2 + 1 = 0


def test_lbfgs_without_a_hit_within_epsilon_leaves_the_row():
    net, X = linear(), np.array([[0.0, 0.0], [1.0, 0.0]])  # 0.2 and 0.8 away
    found = smallest_lbfgs(net, X, [[1.0], [1.0]], "nll", 0.5)
    assert found.found.tolist() == [True, False]
    np.testing.assert_array_equal(found.X_adversarial[1], X[1])
    assert sizes(found.X_adversarial - X, "2")[0] == pytest.approx(0.2, rel=0.02)


def test_lbfgs_searches_the_largest_c_that_still_hits():
    found = smallest_lbfgs(linear(), np.array([[0.0, 0.0]]), [[1.0]], "nll")
    (trials,) = found.trials
    hits = [trial for trial in trials if trial.hit]
    misses = [trial for trial in trials if not trial.hit]
    assert max(t.c for t in hits) < min(t.c for t in misses)
    assert min(hits, key=lambda t: t.size).c == max(t.c for t in hits)
    np.testing.assert_allclose(found.paths[0][-1], found.X_adversarial[0])
    assert found.paths[0][0].tolist() == [0, 0]


def test_targeted_lbfgs_makes_the_network_say_the_target(rng):
    net = linear("softmax", rng.normal(0, 1, (4, 3)), 0.0)
    X = rng.normal(0, 1, (5, 4))
    label = net.predict(X).argmax(axis=1)
    y, target = np.eye(3)[label], np.eye(3)[(label + 1) % 3]
    found = smallest_lbfgs(net, X, y, "softmax_nll", target=target)
    assert found.found.all()
    assert (net.predict(found.X_adversarial).argmax(axis=1) == (label + 1) % 3).all()


def test_a_network_that_says_one_class_everywhere_is_not_fooled():
    X, y = np.array([[1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
    found = smallest_lbfgs(linear("softmax", np.zeros((2, 3)), [1.0, 0, 0]), X, y, "softmax_nll")
    assert not found.found.any()
    np.testing.assert_array_equal(found.X_adversarial, X)


def test_a_row_that_is_wrong_already_needs_no_r():
    X = np.array([[1.0, 0.0]])
    np.testing.assert_array_equal(lbfgs(linear(), X, [[0.0]], "nll"), X)


@pytest.mark.parametrize(("norm", "dual"), [("2", 5.0), ("inf", 7.0)])
def test_deepfool_on_a_linear_model_goes_just_beyond_the_boundary(norm, dual, rng):
    # Moosavi-Dezfooli et al. (2016), equation 3, and 2 % of overshoot
    net, X = linear(), rng.uniform(-2, 2, (30, 2))
    moved = deepfool(net, X, "nll", norm)
    z = net.forward(X).Z[-1]
    assert ((net.predict(moved) >= 0.5) != (z >= 0)).all()
    np.testing.assert_allclose(sizes(moved - X, norm), 1.02 * np.abs(z[:, 0]) / dual, rtol=1e-9)


def test_deepfool_on_several_classes_takes_the_nearest_boundary(rng):
    net = linear("softmax", rng.normal(0, 1, (4, 3)), 0.0)
    X = rng.normal(0, 1, (30, 4))
    z = net.forward(X).Z[-1]
    W, label = net.weights[0].T, z.argmax(axis=1)
    expected = [
        min((z[i, a] - z[i, j]) / np.linalg.norm(W[a] - W[j]) for j in range(3) if j != a)
        for i, a in enumerate(label)
    ]
    moved = deepfool(net, X, "softmax_nll")
    assert (net.predict(moved).argmax(axis=1) != label).all()
    np.testing.assert_allclose(sizes(moved - X, "2"), 1.02 * np.array(expected), rtol=1e-9)


def test_deepfool_on_a_trained_network_flips_and_is_no_nearer_than_the_truth(circle):
    X, net = circle.data.X_test, circle.network
    moved = deepfool(net, X, "nll", bounds=(-9, 9))
    flipped = decided(net.predict(moved), "nll") != decided(net.predict(X), "nll")
    assert flipped.mean() > 0.9
    truth = Boundary(net, "nll", np.array([[-9.0, 9.0]] * 2)).distance(X)
    assert (sizes(moved - X, "2") >= truth * 0.999)[flipped].all()


@pytest.mark.parametrize("norm", ["2", "inf"])
def test_deepfool_moves_what_the_bounds_leave_free(norm):
    # z = 3 x1 - 4 x2 + 1 has to grow; x1 stands at its upper bound, so x2 goes all the way.
    net, X, bounds = linear(), np.array([[1.0, 4.0]]), (-9, np.array([1, 9]))
    z = net.forward(X).Z[-1][0, 0]
    assert z == -12
    moved = deepfool(net, X, "nll", norm, bounds)
    np.testing.assert_allclose(moved - X, [[0, 1.02 * z / 4]], rtol=1e-9)
    # Here x1 has room for a part of its share; then x2 makes up for the rest.
    moved = deepfool(net, np.array([[0.9, 4.0]]), "nll", norm, bounds)
    assert (net.predict(moved) >= 0.5).all()
    assert moved[0, 0] == 1.0


# --- Bad arguments --------------------------------------------------------------------------------

X2, Y2 = np.zeros((2, 2)), np.array([[0.0], [1.0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epsilon": -0.1}, r"epsilon must be a finite number >= 0. Got -0.1 instead"),
        ({"epsilon": np.nan}, r"epsilon .* Got nan"),
        ({"epsilon": np.inf}, r"epsilon .* Got inf"),
        ({"epsilon": "1"}, r"epsilon .* Got '1'"),
        ({"X": np.array([[0.0, np.nan], [0, 0]])}, r"X must be finite.*Row 0, column 1 is nan"),
        ({"X": np.zeros(2)}, r"X must have shape \(n, m\). Got \(2,\)"),
        ({"X": np.zeros((3, 2))}, r"as many rows. Got 3 and 2"),
        ({"y": np.array([[0.0], [np.inf]])}, r"y must be finite.*Row 1, column 0 is inf"),
        ({"y": np.zeros(2)}, r"y must have shape \(n, k\)"),
        ({"target": Y2}, r"another class than the true one. Row 0 has target \[0.0\]"),
        ({"target": np.zeros((2, 2))}, r"target must have y's shape \(2, 1\). Got \(2, 2\)"),
        ({"target": 1 - Y2 * np.nan}, r"target must be finite"),
        ({"bounds": (1, 0)}, r"bounds: low must be below high. Got \(1, 0\)"),
        ({"bounds": (0, np.nan)}, r"bounds: low must be below high"),
        ({"bounds": (0, [1, 1, 1])}, r"bounds must be \(low, high\), each a number or 2 numbers"),
        ({"bounds": 1}, r"bounds must be \(low, high\)"),
        ({"bounds": (0.5, 1)}, r"X must lie within the bounds 0.5 to 1. Row 0, column 0 is 0"),
        ({"loss": "mse"}, r"loss must be one of squared, .*Got 'mse'"),
    ],
)
@pytest.mark.parametrize("attack", [fgsm, pgd, lbfgs])
def test_a_bad_argument_is_named(attack, arguments, message):
    good = {"X": X2, "y": Y2, "loss": "nll", "epsilon": 0.1}
    with pytest.raises(ValueError, match=message):
        attack(linear(), **{**good, **arguments})


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_a_norm_that_there_is_not_is_refused(attack):
    with pytest.raises(ValueError, match=r"norm must be one of inf, 2. Got '1' instead"):
        attack(linear(), X2, Y2, "nll", 0.1, "1")


def test_lbfgs_needs_classes():
    with pytest.raises(ValueError, match=r"y must be classes.*Got values from 0.5 to 1.5"):
        lbfgs(linear("linear"), X2, Y2 + 0.5, "squared")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, r"steps must be a whole number >= 1. Got 0"),
        ({"steps": 2.5}, r"steps .* Got 2.5"),
        ({"step_size": -1.0}, r"step_size must be a finite number >= 0. Got -1.0"),
    ],
)
def test_pgd_checks_its_steps_before_the_first_one(arguments, message):
    with pytest.raises(ValueError, match=message):
        pgd_iterates(linear(), X2, Y2, "nll", 0.1, **arguments)


def test_one_row_with_the_true_class_as_target_is_enough_to_be_refused():
    with pytest.raises(ValueError, match=r"Row 1 has target \[1.0\], which is its y"):
        fgsm(linear(), X2, Y2, "nll", 0.1, target=np.ones((2, 1)))
