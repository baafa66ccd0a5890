"""A data set under attack: curves against closed forms and brute force, transfer, one r for all."""

import numpy as np
import pytest

from nnlib.attacks import deepfool, pgd
from nnlib.config import RunConfig
from nnlib.inputs.ball import sizes
from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import composed, decided
from nnlib.inputs.robustness import accuracies, curve_of_distances, effect, transfer, universal
from nnlib.network import MLP
from nnlib.run import Run
from tests.nnlib.inputs.curves import accuracy_curve, falls_at

EPSILONS = np.linspace(0, 2, 9)


def linear(output: str = "sigmoid") -> MLP:
    net = MLP((2, 1), (output,), rng=np.random.default_rng(0), dtype=np.float64)
    net.weights[0][:, 0], net.biases[0][:] = [3, -4], 1
    return net


@pytest.fixture(scope="module")
def circle() -> Run:
    run = Run(RunConfig(hidden=((8, "tanh"),), optimizer="adam", learning_rate=0.03))
    run.advance(60)
    return run


@pytest.mark.parametrize(
    ("output", "loss", "offset"),
    [("sigmoid", "nll", 0.0), ("linear", "hinge", 0.0), ("linear", "squared", 0.5)],
)
@pytest.mark.parametrize("attack", ["fgsm", "pgd"])
@pytest.mark.parametrize(("norm", "dual"), [("inf", 7.0), ("2", 5.0)])
def test_the_curve_of_a_linear_model_is_the_share_of_points_farther_than_epsilon(
    attack, norm, dual, output, loss, offset, rng
):
    X = rng.normal(0, 1, (200, 2))
    margin = X @ [3, -4] + 1 - offset
    y = (margin + rng.normal(0, 1, 200) >= 0).astype(float)[:, None]
    signed = np.where(y[:, 0] == 1, margin, -margin) / dual  # > 0: classified right
    curve = accuracy_curve(linear(output), X, y, loss, EPSILONS, attack, norm)
    assert curve.accuracy == pytest.approx([(signed > e).mean() for e in EPSILONS], abs=0.011)


def test_the_l2_curve_of_pgd_is_that_of_brute_force_and_never_below(circle):
    data, net = circle.data, circle.network
    X, y = data.points.test, data.y_test
    right = decided(net.predict(X), data.loss) == y[:, 0]
    view = 2 * data.points.extent
    truth = curve_of_distances(right, Boundary(net, data.loss, view).distance(X), EPSILONS)
    found = accuracy_curve(net, X, y, data.loss, EPSILONS, norm="2")
    assert (found.accuracy >= truth.accuracy - 0.01).all()
    assert found.accuracy == pytest.approx(truth.accuracy, abs=0.05)


def test_the_curve_begins_with_the_clean_accuracy(circle):
    data = circle.data
    curve = accuracy_curve(circle.network, data.X_test, data.y_test, data.loss, [0.0, 0.5])
    assert curve.accuracy[0] == pytest.approx(circle.history.test_score[-1])


def test_the_points_that_fall_first_are_those_nearest_to_the_boundary(circle):
    data, net = circle.data, circle.network
    X = data.points.test
    epsilons = np.linspace(0, 6, 25)
    curve = accuracy_curve(net, X, data.y_test, data.loss, epsilons, norm="2")
    distance = Boundary(net, data.loss, 2 * data.points.extent).distance(X)
    falls = falls_at(curve)
    fallen = np.isfinite(falls) & curve.right[0]
    assert fallen.mean() > 0.5
    assert np.corrcoef(falls[fallen], distance[fallen])[0, 1] > 0.95


def test_the_curve_of_distances_falls_where_a_distance_is_reached():
    curve = curve_of_distances(
        np.array([True, True, False, True]), np.array([0.3, np.inf, 0.3, 0.0]), [0.0, 0.25, 0.5]
    )
    assert curve.right[-1].tolist() == [False, True, False, False]
    assert curve.accuracy.tolist() == [0.5, 0.5, 0.25]


def test_a_saturated_network_does_not_look_robust():
    # float32: sigmoid(z) - 1 is 0 for z > 17, so the slope of NLL at the points of class 1 is none
    net = MLP((1, 1), ("sigmoid",), rng=np.random.default_rng(0))
    net.parameters[:] = [100, 0]
    X, y = np.array([[0.5], [-0.5]], np.float32), np.array([[1.0], [0.0]])
    assert (pgd(net, X, y, "nll", 0.6)[0] == X[0]).all()
    assert accuracy_curve(net, X, y, "nll", [0.0, 0.4, 0.6]).accuracy.tolist() == [1, 1, 0]


def test_the_effect_of_an_attack():
    X = np.array([[0.0, 0.0], [1.0, 0.0]])
    seen = effect(linear(), X, X + [-0.3, 0.4])
    assert seen.size_2 == pytest.approx([0.5, 0.5])
    assert seen.size_inf == pytest.approx([0.4, 0.4])
    np.testing.assert_allclose(seen.after, linear().predict(X + [-0.3, 0.4]))


def test_transfer_has_each_networks_own_attack_on_the_diagonal(circle):
    other = Run(circle.config.replace(weight_seed=1))
    other.advance(60)
    data, networks = circle.data, [circle.network, other.network]
    X, y = data.X_test, data.y_test

    def attack(network):
        return pgd(network, X, y, data.loss, 1.0)

    table = transfer(networks, X, y, data.loss, attack)
    for i, made_for in enumerate(networks):
        for j, asked in enumerate(networks):
            said = decided(asked.predict(attack(made_for)), data.loss)
            assert table[i, j] == (said == y[:, 0]).mean()
    clean = transfer(networks, X, y, data.loss, lambda network: X)
    assert (table < clean - 0.1).all()  # what fools one fools the other, too


def test_one_r_for_all_points_of_a_class_lowers_their_accuracy_within_its_ball():
    run = Run(RunConfig(dataset="gauss"))
    run.advance(30)
    rows = run.data.y_test[:, 0] == 1
    X, y, net = run.data.X_test[rows], run.data.y_test[rows], run.network
    for norm in ("inf", "2"):
        r = universal(net, X, y, "nll", 3.0, norm)
        assert sizes(r, norm) <= 3.0 * (1 + 1e-5)
        before, after = ((net.predict(at)[:, 0] >= 0.5).mean() for at in (X, X + r))
        assert after < before - 0.3


def test_one_r_for_all_on_a_linear_model_is_the_attack_of_each():
    X, y = np.zeros((4, 2)), np.ones((4, 1))
    np.testing.assert_allclose(universal(linear(), X, y, "nll", 0.5), [-0.5, 0.5])
    np.testing.assert_allclose(universal(linear(), X, y, "nll", 0.5, "2"), [-0.3, 0.4])


def test_where_the_bounds_clip_there_is_nothing_to_gain():
    X, y = np.zeros((4, 2)), np.ones((4, 1))
    r = universal(linear(), X, y, "nll", 0.5, bounds=(0, 1))  # x1 cannot fall below 0
    assert r[1] == pytest.approx(0.5)
    assert -0.1 < r[0] <= 0


def test_deepfools_distances_make_a_curve_in_original_units():
    run = Run(RunConfig(dataset="iris"), dtype=np.float64)
    run.advance(40)
    net, points = composed(run.network, run.data, "original"), run.data.points
    X = points.test * points.scale + points.center
    right = decided(net.predict(X), run.data.loss) == points.test_target
    distance = sizes(deepfool(net, X, run.data.loss) - X, "2")
    curve = curve_of_distances(right, distance, [0.0, 0.2, 5.0])
    assert curve.accuracy[0] == run.history.test_score[-1]
    assert curve.accuracy[0] > curve.accuracy[1] > curve.accuracy[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epsilons": []}, r"epsilons must ascend, one or more. Got \[\]"),
        ({"epsilons": [0.1, 0.1]}, "epsilons must ascend"),
        ({"epsilons": [-1.0, 0.1]}, "epsilon must be a finite number >= 0. Got -1.0"),
        ({"attack": "cw"}, "attack must be one of fgsm, pgd. Got 'cw'"),
        ({"y": np.full((2, 1), 0.3)}, "y must be classes"),
    ],
)
def test_a_bad_argument_is_named_before_the_first_attack(arguments, message):
    good = {"X": np.zeros((2, 2)), "y": np.ones((2, 1)), "loss": "nll", "epsilons": [0.1]}
    with pytest.raises(ValueError, match=message):
        accuracies(linear(), **{**good, **arguments})


def test_what_falls_in_a_ball_has_fallen_in_the_larger_ones():
    # from x = 0 one step of 1 lands on the other class, one of 2 beyond it
    class Island:
        def predict(self, X):
            return ((X[:, :1] > 0.5) & (X[:, :1] < 1.5)).astype(float)

        def input_gradient(self, X, y, loss):
            return np.ones_like(X)

    curve = accuracy_curve(
        Island(), np.zeros((1, 1)), np.zeros((1, 1)), "nll", [0.0, 1.0, 2.0], "fgsm"
    )
    assert curve.accuracy.tolist() == [1.0, 0.0, 0.0]
