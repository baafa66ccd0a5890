"""The network: gradients against central differences and HIPS autograd, layout, random streams."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from nnlib.activations import HIDDEN_ACTIVATIONS, activation
from nnlib.losses import LOSSES
from nnlib.network import MLP
from tests.nnlib.textbook import TEXTBOOK

# Outputs and losses that fit together, with the number of output units.
PAIRS = [
    ("linear", "squared", 2),
    ("linear", "absolute", 2),
    ("linear", "huber", 2),
    ("linear", "hinge", 1),
    ("sigmoid", "nll", 1),
    ("softmax", "softmax_nll", 3),
    ("sigmoid", "squared", 1),
    ("tanh", "squared", 1),
    ("softmax", "squared", 3),
    ("relu", "squared", 2),
    ("elu", "huber", 2),
]
DEPTHS = [0, 1, 2, 3]  # hidden layers
N = 6  # rows of a batch
MARGIN = 1e-3  # distance from a kink; a central difference steps 1e-6


def network(names, k=1, *, m=2, widths=(3, 2, 4), seed=0, **options) -> MLP:
    """A float64 MLP with these activations, biases and all drawn at random."""
    sizes = (m, *widths[: len(names) - 1], k)
    rng = np.random.default_rng(seed)
    options = {"initializer": "xavier_normal", "dtype": np.float64, **options}
    net = MLP(sizes, names, rng=rng, **options)
    for b in net.biases:
        b[:] = rng.normal(0, 0.5, b.shape)
    return net


def targets(loss: str, k: int, rng: np.random.Generator) -> np.ndarray:
    """(N, k) targets of the kind that the loss takes."""
    if loss in ("nll", "hinge"):
        return rng.integers(0, 2, (N, k)).astype(float)
    if loss == "softmax_nll":
        return np.eye(k)[rng.integers(0, k, N)]
    return rng.normal(0, 1, (N, k))


def distance_to_kinks(net: MLP, X, y, loss: str) -> float:
    """How far the nearest pre-activation or error is from a place without a derivative."""
    trace = net.forward(X)
    kinked = ("relu", "leaky_relu", "selu")
    distances = [
        np.abs(Z).min()
        for Z, f in zip(trace.Z[1:], net.activations, strict=True)
        if f.name in kinked
    ]
    error = trace.A[-1] - y
    if loss == "absolute":
        distances.append(np.abs(error).min())
    if loss == "huber":
        distances.append(np.abs(np.abs(error) - 1).min())
    if loss == "hinge":
        distances.append(np.abs(1 - (2 * y - 1) * trace.A[-1]).min())
    return min(distances, default=1.0)


def case(names, loss: str, k: int):
    """(network, X, y) away from kinks and with a gradient that is not all zero."""
    for seed in range(100):
        rng = np.random.default_rng([seed, 1])
        net = network(names, k, seed=seed)
        X, y = rng.normal(0, 1.5, (N, 2)), targets(loss, k, rng)
        slope = np.abs(net.loss_and_gradient(X, y, loss)[1]).max()
        if min(slope, distance_to_kinks(net, X, y, loss)) > MARGIN:
            return net, X, y
    raise AssertionError("no case away from kinks found")


def central_differences(f, at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """df/d at, by moving each number of `at` (in place) a step up and a step down."""
    gradient = np.empty(at.size)
    flat = at.reshape(-1)
    for i, kept in enumerate(flat.copy()):
        flat[i] = kept + step
        above = f()
        flat[i] = kept - step
        gradient[i] = (above - f()) / (2 * step)
        flat[i] = kept
    return gradient.reshape(at.shape)


# --- gradients: central differences --------------------------------------------------------------


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_gradient_equals_central_differences(hidden, output, loss, k, depth):
    net, X, y = case((*[hidden] * depth, output), loss, k)
    expected = central_differences(
        lambda: net.loss_and_gradient(X, y, loss)[0],
        net.parameters,
    )
    np.testing.assert_allclose(net.loss_and_gradient(X, y, loss)[1], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu"])
def test_input_gradient_of_a_row_equals_central_differences_of_its_own_loss(
    hidden, output, loss, k, depth
):
    net, X, y = case((*[hidden] * depth, output), loss, k)
    gradient = net.input_gradient(X, y, loss)
    for i in range(N):
        row, target = X[i : i + 1].copy(), y[i : i + 1]
        expected = central_differences(
            lambda row=row, target=target: net.loss_and_gradient(row, target, loss)[0], row
        )
        np.testing.assert_allclose(gradient[i], expected[0], rtol=1e-6, atol=1e-8)


def test_mixed_activations_have_the_right_gradient():
    net, X, y = case(("relu", "tanh", "sine", "softmax"), "softmax_nll", 3)
    expected = central_differences(
        lambda: net.loss_and_gradient(X, y, "softmax_nll")[0], net.parameters
    )
    np.testing.assert_allclose(
        net.loss_and_gradient(X, y, "softmax_nll")[1], expected, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("hidden", ["leaky_relu", "elu"])
def test_an_activation_with_a_parameter_of_its_own_has_the_right_gradient(hidden):
    f = activation(hidden, leaky_slope=0.3, elu_alpha=2.0)
    net, X, y = case((f, "linear"), "squared", 2)
    expected = central_differences(
        lambda: net.loss_and_gradient(X, y, "squared")[0], net.parameters
    )
    np.testing.assert_allclose(
        net.loss_and_gradient(X, y, "squared")[1], expected, rtol=1e-6, atol=1e-8
    )


# --- gradients: HIPS autograd --------------------------------------------------------------------

AUTOGRAD_LOSSES = {
    "squared": lambda g, y: (g - y) ** 2,
    "absolute": lambda g, y: anp.abs(g - y),
    "nll": lambda g, y: -(y * anp.log(g) + (1 - y) * anp.log(1 - g)),
    "softmax_nll": lambda g, y: -y * anp.log(g),
    "hinge": lambda g, y: anp.maximum(1 - (2 * y - 1) * g, 0),
}


def autograd_loss(names, sizes, loss):
    """(parameters, X, y) -> mean loss, written anew with autograd's NumPy."""

    def value(parameters, X, y):
        A, start = X, 0
        for m, n, name in zip(sizes[:-1], sizes[1:], names, strict=True):
            W = anp.reshape(parameters[start : start + m * n], (m, n))
            b = parameters[start + m * n : start + (m + 1) * n]
            A, start = TEXTBOOK[name](anp.dot(A, W) + b), start + (m + 1) * n
        return anp.sum(AUTOGRAD_LOSSES[loss](A, y)) / len(X)

    return value


@pytest.mark.parametrize(
    ("names", "loss", "k"),
    [
        (("linear",), "squared", 1),
        (("sigmoid",), "nll", 1),
        (("softmax",), "softmax_nll", 4),
        (("tanh", "sigmoid"), "nll", 1),
        (("relu", "relu", "linear"), "squared", 2),
        (("relu", "tanh", "softmax"), "softmax_nll", 3),
        (("sigmoid", "silu", "linear"), "hinge", 1),
        (("softplus", "sine", "elu", "softmax"), "squared", 3),
        (("elu", "linear", "tanh", "linear"), "absolute", 2),
        (("sine", "relu", "silu", "sigmoid"), "nll", 1),
    ],
)
def test_loss_and_both_gradients_equal_those_of_autograd(names, loss, k):
    net, X, y = case(names, loss, k)
    oracle = autograd_loss(names, net.sizes, loss)
    value, gradient = net.loss_and_gradient(X, y, loss)
    assert value == pytest.approx(oracle(net.parameters, X, y), rel=1e-12)
    expected = grad(oracle)(net.parameters, X, y)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-13)
    # autograd's is the gradient of the mean; ours is that of each row's own loss
    expected = N * grad(oracle, 1)(net.parameters, X, y)
    np.testing.assert_allclose(net.input_gradient(X, y, loss), expected, rtol=1e-10, atol=1e-13)


# --- gradients by hand ---------------------------------------------------------------------------


def test_relu_lets_the_gradient_through_at_zero():
    # x = 0, w = 1, b = 0: z = 0, a = 0; v = 1, c = 0: g = 0, y = 1, loss (0 - 1)^2 = 1.
    # dloss/dg = -2, dloss/da = -2; ReLU'(0) = 1, so dloss/db = -2 (0 by the other convention).
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0, 1, 0]
    loss, gradient = net.loss_and_gradient([[0.0]], [[1.0]], "squared")
    assert loss == 1
    assert gradient.tolist() == [0, -2, 0, -2]
    assert net.input_gradient([[0.0]], [[1.0]], "squared").tolist() == [[-2]]


def test_logistic_regression_by_hand():
    # w = (1, 2), b = 0, x = (3, -1): z = 1, g = 0.7310586. y = 0: loss = log(1 + e) = 1.3132617,
    # dloss/dz = g - y = g, so dloss/dw = g x and dloss/dx = g w.
    net = MLP((2, 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 2, 0]
    loss, gradient = net.loss_and_gradient([[3.0, -1.0]], [[0.0]], "nll")
    g = 0.7310585786300049
    assert loss == pytest.approx(1.3132616875182228)
    assert gradient == pytest.approx([3 * g, -g, g])
    assert net.input_gradient([[3.0, -1.0]], [[0.0]], "nll") == pytest.approx(
        np.array([[g, 2 * g]])
    )


def test_a_layer_is_the_transpose_of_the_lectures():
    # Z = X W + b with W (inputs, outputs): (1, 2) [[1, 2, 3], [4, 5, 6]] + (0, 0, 1) = (9, 12, 16)
    net = MLP((2, 3), ("linear",), rng=np.random.default_rng(0))
    net.weights[0][:] = [[1, 2, 3], [4, 5, 6]]
    net.biases[0][:] = [0, 0, 1]
    assert net.predict([[1, 2]]).tolist() == [[9, 12, 16]]


def test_the_loss_is_the_mean_over_rows_so_repeated_rows_change_nothing(rng):
    net = network(("tanh", "linear"), 2)
    X, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    once = net.loss_and_gradient(X, y, "squared")
    thrice = net.loss_and_gradient(np.tile(X, (3, 1)), np.tile(y, (3, 1)), "squared")
    assert thrice[0] == pytest.approx(once[0], rel=1e-13)
    np.testing.assert_allclose(thrice[1], once[1], rtol=1e-12, atol=1e-15)


def test_squared_loss_sums_over_outputs_and_has_no_half():
    # errors (3, 4) and (0, 0): (9 + 16 + 0 + 0) / 2 rows = 12.5
    net = MLP((1, 2), ("linear",), initializer="zeros", rng=np.random.default_rng(0))
    assert net.loss_and_gradient([[1.0], [1.0]], [[3.0, 4.0], [0.0, 0.0]], "squared")[0] == 12.5


# --- layout, dtype, trace ------------------------------------------------------------------------


def test_parameters_hold_each_layers_weights_row_by_row_and_then_its_biases():
    net = MLP((2, 3, 1), ("tanh", "linear"), rng=np.random.default_rng(0))
    net.parameters[:] = np.arange(13)
    assert net.weights[0].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert net.biases[0].tolist() == [6, 7, 8]
    assert net.weights[1].tolist() == [[9], [10], [11]]
    assert net.biases[1].tolist() == [12]


def test_weights_and_biases_are_views_of_the_parameters():
    net = MLP((2, 3, 1), ("tanh", "linear"), rng=np.random.default_rng(0))
    net.weights[1][2, 0] = 5
    net.biases[0][1] = 7
    assert net.parameters[11] == 5
    assert net.parameters[7] == 7


def test_the_gradient_has_the_layout_of_the_parameters(rng):
    net = network(("tanh", "linear"), 1)
    X, y = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
    gradient = net.loss_and_gradient(X, y, "squared")[1]
    assert gradient.shape == net.parameters.shape
    # dloss/db of the output is the mean of 2 (g - y)
    assert gradient[-1] == pytest.approx(2 * (net.predict(X) - y).mean())


def test_the_trace_holds_every_layer(rng):
    net = network(("tanh", "relu", "linear"), 2)
    X = rng.normal(size=(5, 2))
    trace = net.forward(X)
    assert net.depth == 3
    assert [A.shape for A in trace.A] == [(5, 2), (5, 3), (5, 2), (5, 2)]
    assert trace.Z[0] is None
    assert np.array_equal(trace.A[0], X)
    assert np.array_equal(trace.A[1], np.tanh(X @ net.weights[0] + net.biases[0]))
    assert np.array_equal(trace.A[2], np.maximum(trace.Z[2], 0))
    assert np.array_equal(trace.A[3], trace.Z[3])
    assert np.array_equal(net.predict(X), trace.A[3])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_everything_has_the_networks_dtype(hidden, dtype, rng):
    net = network((hidden, "sigmoid"), 1, dtype=dtype)
    X, y = rng.normal(size=(4, 2)), rng.integers(0, 2, (4, 1))
    trace = net.forward(X)
    assert {each.dtype for each in (*trace.A, *trace.Z[1:])} == {np.dtype(dtype)}
    value, gradient = net.loss_and_gradient(X, y, "nll")
    assert type(value) is float
    assert gradient.dtype == net.input_gradient(X, y, "nll").dtype == dtype


def test_training_is_in_float32_unless_asked_otherwise():
    assert MLP((2, 1), ("linear",), rng=np.random.default_rng(0)).parameters.dtype == np.float32


@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_predicting_leaves_the_inputs_alone(hidden, rng):
    net = network((hidden, "linear"), 2)
    X = rng.normal(size=(4, 2))
    before = X.copy()
    net.loss_and_gradient(X, np.zeros((4, 2)), "squared")
    assert np.array_equal(X, before)


# --- random streams ------------------------------------------------------------------------------


def weights_of(sizes, names, initializer="xavier_uniform", seed=3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    net = MLP(sizes, names, initializer=initializer, rng=rng, dtype=np.float64)
    return net.weights


def test_the_same_seed_gives_the_same_weights_to_the_bit():
    sizes, names = (2, 5, 4, 1), ("tanh", "tanh", "linear")
    for a, b in zip(weights_of(sizes, names), weights_of(sizes, names), strict=True):
        assert np.array_equal(a, b)


def test_another_seed_gives_other_weights():
    sizes, names = (2, 5, 1), ("tanh", "linear")
    assert not np.array_equal(weights_of(sizes, names)[0], weights_of(sizes, names, seed=4)[0])


@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_another_activation_leaves_the_weights_as_they_are(hidden):
    sizes = (2, 5, 4, 1)
    expected = weights_of(sizes, ("tanh", "tanh", "linear"))
    for a, b in zip(weights_of(sizes, (hidden, hidden, "sigmoid")), expected, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("initializer", ["uniform", "normal"])  # their scale ignores the widths
def test_a_wider_layer_keeps_the_units_that_it_had(initializer):
    names = ("tanh", "tanh", "linear")
    narrow = weights_of((2, 3, 4, 1), names, initializer)
    wide = weights_of((2, 5, 4, 1), names, initializer)
    assert np.array_equal(wide[0][:, :3], narrow[0])
    assert np.array_equal(wide[1][:3], narrow[1])
    assert np.array_equal(wide[2], narrow[2])


@pytest.mark.parametrize("initializer", ["xavier_uniform", "xavier_normal", "he_uniform"])
def test_a_wider_layer_keeps_the_base_draws_up_to_the_scale(initializer):
    names = ("tanh", "tanh", "linear")
    narrow = weights_of((2, 3, 4, 1), names, initializer)
    wide = weights_of((2, 5, 4, 1), names, initializer)
    for kept, old in ((wide[0][:, :3], narrow[0]), (wide[1][:3], narrow[1])):
        ratio = kept / old
        np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-12)


def test_layers_of_the_same_shape_start_differently():
    first, second, _ = weights_of((3, 3, 3, 1), ("tanh", "tanh", "linear"))
    assert not np.isin(first, second).any()


def test_units_of_a_layer_start_differently():
    (W,) = weights_of((2, 6), ("linear",))
    assert len(np.unique(W)) == W.size


def test_biases_start_as_the_initializer_says():
    for initializer, bias in (("uniform", 0.1), ("xavier_uniform", 0), ("zeros", 0)):
        rng = np.random.default_rng(0)
        net = MLP((2, 3, 1), ("tanh", "linear"), initializer=initializer, rng=rng)
        assert all((b == np.float32(bias)).all() for b in net.biases)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "names", "options", "message"),
    [
        ((2,), (), {}, r"two or more whole numbers >= 1. Got \(2,\) instead"),
        ((2, 0, 1), ("tanh", "linear"), {}, r"Got \(2, 0, 1\) instead"),
        ((2, 3, 1), ("tanh",), {}, r"activations: one per layer, so 2. Got 1 instead"),
        ((2, 1), ("swish",), {}, r"one of linear, .*Got 'swish' instead"),
        ((2, 3, 1), ("softmax", "linear"), {}, r"softmax .*output layer only"),
        ((2, 1), ("linear",), {"initializer": "ones"}, r"one of zeros, .*Got 'ones' instead"),
    ],
)
def test_a_network_that_cannot_be_is_refused(sizes, names, options, message):
    with pytest.raises(ValueError, match=message):
        MLP(sizes, names, rng=np.random.default_rng(0), **options)


@pytest.mark.parametrize("shape", [(2,), (4, 3), (4, 2, 1), ()])
def test_inputs_of_another_shape_are_refused(shape):
    net = network(("linear",))
    with pytest.raises(ValueError, match=r"X must have shape \(n, 2\)"):
        net.predict(np.zeros(shape))


@pytest.mark.parametrize("method", ["loss_and_gradient", "input_gradient"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(4,), (4, 2), (3, 1), (1, 4), (1, 1)])
def test_targets_of_another_shape_are_refused(method, loss, shape):
    net = network((LOSSES[loss].output or "linear",))
    with pytest.raises(ValueError, match=r"same shape \(n, k\). Got \(4, 1\) and"):
        getattr(net, method)(np.ones((4, 2)), np.ones(shape), loss)


@pytest.mark.parametrize("method", ["loss_and_gradient", "input_gradient"])
@pytest.mark.parametrize(
    ("output", "loss"),
    [
        *[("linear", "nll"), ("tanh", "nll"), ("softmax", "nll"), ("sigmoid", "softmax_nll")],
        *[("linear", "softmax_nll"), ("sigmoid", "hinge"), ("softmax", "hinge")],
    ],
)
def test_a_loss_and_an_output_that_do_not_fit_together_are_refused(method, output, loss):
    net = network((output,))
    with pytest.raises(ValueError, match=rf"loss '{loss}' needs output .*Got '{output}' instead"):
        getattr(net, method)(np.zeros((4, 2)), np.zeros((4, 1)), loss)


def test_an_unknown_loss_is_refused_with_the_names_that_exist():
    with pytest.raises(ValueError, match=r"one of squared, nll, .*Got 'l2' instead"):
        network(("linear",)).loss_and_gradient(np.zeros((4, 2)), np.zeros((4, 1)), "l2")


def test_a_copy_in_double_is_another_network():
    net = MLP((2, 3, 1), ("tanh", "linear"), rng=np.random.default_rng(0))
    net.killed = frozenset({(1, 2)})
    copy = net.astype(np.float64)
    copy.parameters[0] += 1
    assert copy.parameters[0] != net.parameters[0]
    assert np.array_equal(copy.parameters[1:], net.parameters[1:].astype(float))
    assert copy.killed == net.killed
