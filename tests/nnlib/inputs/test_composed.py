"""The composed network: gradients at the raw input, against central differences and autograd."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from nnlib.config import RunConfig
from nnlib.features import FEATURES, phi
from nnlib.inputs.composed import (
    LOGITS,
    MARGIN,
    OUTPUTS,
    Composed,
    class_score,
    composed,
    decided,
    flip_loss,
    loss_values,
)
from nnlib.losses import LOSSES
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.task import classify

EVERY = tuple(FEATURES)
CENTER, SCALE = np.array([1.0, -2.0]), np.array([0.5, 3.0])
PAIRS = [
    ("sigmoid", "nll", 1),
    ("softmax", "softmax_nll", 3),
    ("linear", "hinge", 1),
    ("tanh", "squared", 1),
]


def mlp(m: int, output: str, k: int, *, hidden: str = "tanh", seed: int = 0) -> MLP:
    """A float64 network m-5-4-k with random biases."""
    net = MLP(
        (m, 5, 4, k), (hidden, hidden, output), rng=np.random.default_rng(seed), dtype=np.float64
    )
    for b in net.biases:
        b[:] = np.random.default_rng([seed, 1]).normal(0, 0.5, b.shape)
    return net


def targets(k: int, n: int, rng: np.random.Generator) -> np.ndarray:
    label = rng.integers(0, max(k, 2), n)
    return label[:, None].astype(float) if k == 1 else np.eye(k)[label]


def differences(f, X: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """df_i/dX_i for f: (n, m) -> (n,), row i depending on row i alone; central differences."""
    gradient = np.empty_like(X)
    for j in range(X.shape[1]):
        h = np.zeros_like(X)
        h[:, j] = step
        gradient[:, j] = (f(X + h) - f(X - h)) / (2 * step)
    return gradient


@pytest.mark.parametrize("features", [("x1", "x2"), ("x2", "x1^2"), EVERY])
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
def test_input_gradient_equals_central_differences_at_the_raw_input(features, output, loss, k, rng):
    net = Composed(mlp(len(features), output, k), features, CENTER, SCALE)
    X, y = CENTER + SCALE * rng.normal(0, 1, (8, 2)), targets(k, 8, rng)
    expected = differences(lambda X: loss_values(net, X, y, loss), X)
    np.testing.assert_allclose(net.input_gradient(X, y, loss), expected, rtol=1e-6, atol=1e-8)


def test_input_gradient_equals_autograds_through_standardisation_and_features(rng):
    net = mlp(7, "sigmoid", 1)
    X, y = rng.normal(0, 2, (8, 2)), targets(1, 8, rng)

    def summed_loss(X):
        a, b = (X[:, 0] - CENTER[0]) / SCALE[0], (X[:, 1] - CENTER[1]) / SCALE[1]
        A = anp.stack([a, b, a**2, b**2, a * b, anp.sin(a), anp.sin(b)], axis=1)
        for W, bias in zip(net.weights[:-1], net.biases[:-1], strict=True):
            A = anp.tanh(anp.dot(A, W) + bias)
        g = 1 / (1 + anp.exp(-(anp.dot(A, net.weights[-1]) + net.biases[-1])))
        return -anp.sum(y * anp.log(g) + (1 - y) * anp.log(1 - g))

    ours = Composed(net, EVERY, CENTER, SCALE).input_gradient(X, y, "nll")
    np.testing.assert_allclose(ours, grad(summed_loss)(X), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("pseudo", [LOGITS, OUTPUTS, MARGIN])
@pytest.mark.parametrize(("output", "k"), [("sigmoid", 1), ("softmax", 3), ("linear", 3)])
def test_scores_have_the_right_gradient(pseudo, output, k, rng):
    net = mlp(2, output, k)
    X, y = rng.normal(0, 1, (8, 2)), targets(k, 8, rng)
    expected = differences(lambda X: loss_values(net, X, y, pseudo), X)
    np.testing.assert_allclose(net.input_gradient(X, y, pseudo), expected, rtol=1e-6, atol=1e-8)


def test_margin_is_the_lead_of_the_strongest_wrong_class():
    z = np.array([[3.0, 1.0, 2.5], [0.0, 4.0, 1.0]])
    assert MARGIN.per_sample(z, np.eye(3)[[0, 2]]).tolist() == [-0.5, 3.0]
    assert MARGIN.per_sample(np.array([[2.0], [2.0]]), np.array([[0.0], [1.0]])).tolist() == [2, -2]


def test_margin_keeps_its_slope_where_the_loss_of_a_sure_network_has_none():
    net = MLP((1, 1), ("sigmoid",), rng=np.random.default_rng(0))
    net.parameters[:] = [1, 0]
    X, y = np.array([[40.0]], np.float32), np.array([[1.0]])
    assert net.input_gradient(X, y, "nll") == 0
    assert net.input_gradient(X, y, flip_loss("nll")) == -1


def test_flip_loss_is_the_loss_itself_for_softmax_alone():
    assert [name for name in LOSSES if flip_loss(name) is LOSSES[name]] == ["softmax_nll"]


@pytest.mark.parametrize(
    ("dataset", "settings"),
    [
        ("circle", {}),
        ("circle", {"loss": "hinge"}),
        ("circle", {"output": "tanh", "loss": "squared"}),
        ("circle", {"output": "linear", "loss": "squared"}),
        ("iris", {}),
        ("iris", {"output": "linear", "loss": "squared"}),
    ],
)
def test_classes_are_decided_as_the_runs_accuracy_decides_them(dataset, settings):
    run = Run(RunConfig(dataset=dataset, **settings))
    run.advance(3)
    prediction = run.network.predict(run.data.X_test)
    label = decided(prediction, run.data.loss)
    assert len(set(label.tolist())) > 1
    assert (label == classify(run.data, prediction)).all()
    score, _ = class_score(run.network, run.data.X_test, run.data.loss)
    by_score = score[:, 0] >= 0 if score.shape[1] == 1 else score.argmax(axis=1)
    assert (label == by_score).mean() > 0.99  # a row may lie on the boundary, up to rounding


@pytest.mark.parametrize("units", ["plane", "original"])
def test_a_runs_network_gives_the_same_answers_to_the_points_that_a_person_sees(units):
    run = Run(RunConfig(dataset="iris", features=("x1", "x2^2")), dtype=np.float64)
    points = run.data.points
    X = points.test if units == "plane" else points.test * points.scale + points.center
    answers = composed(run.network, run.data, units).predict(X)
    np.testing.assert_allclose(answers, run.network.predict(run.data.X_test), rtol=1e-9)


def test_gradients_in_original_units_are_those_of_the_plane_divided_by_the_scale():
    run = Run(RunConfig(dataset="wine"), dtype=np.float64)
    points, y = run.data.points, run.data.y_test
    plane = composed(run.network, run.data).input_gradient(points.test, y, run.loss)
    original = composed(run.network, run.data, "original").input_gradient(
        points.test * points.scale + points.center, y, run.loss
    )
    np.testing.assert_allclose(original, plane / points.scale, rtol=1e-7, atol=1e-12)


def test_a_network_on_the_raw_plane_needs_no_composition():
    run = Run(RunConfig())
    assert composed(run.network, run.data) is run.network
    assert composed(run.network, run.data, "original") is run.network


def test_what_training_changes_is_seen(rng):
    net = mlp(2, "sigmoid", 1)
    seen = Composed(net, ("x1^2", "x2^2"))
    X = rng.normal(0, 1, (4, 2))
    net.parameters[:] *= 2
    np.testing.assert_array_equal(seen.predict(X), net.predict(phi(X, ("x1^2", "x2^2"))))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_keeps_the_dtype_of_x(dtype):
    net = Composed(mlp(2, "sigmoid", 1), ("x1", "x2^2"), CENTER, SCALE)
    assert net.input_gradient(np.ones((3, 2), dtype), np.ones((3, 1)), "nll").dtype == dtype


def test_a_copy_in_double_says_the_same():
    run = Run(RunConfig(features=EVERY))
    net = Composed(run.network, EVERY, CENTER, SCALE)
    X = run.data.points.test
    copy = net.astype(np.float64)
    assert copy.predict(X).dtype == np.float64
    np.testing.assert_allclose(copy.predict(X), net.predict(X), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("x1",),), "the network has 2 inputs. Got 1 features"),
        ((("x1", "x2"), np.nan), "center must be finite. Got nan"),
        ((("x1", "x2"), 0.0, np.array([1.0, 0.0])), "scale must be finite and > 0"),
    ],
)
def test_a_composition_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Composed(mlp(2, "sigmoid", 1), *arguments)


def test_units_that_there_are_not_are_refused():
    run = Run(RunConfig())
    with pytest.raises(ValueError, match=r"units must be one of plane, original. Got 'cm' instead"):
        composed(run.network, run.data, "cm")
