"""The hot loop against the clear one: same batches, same numbers."""

import numpy as np
import pytest

from nnlib.activations import HIDDEN_ACTIVATIONS, activation
from nnlib.config import RunConfig
from nnlib.fast.kernel import Kernel
from nnlib.fast.passes import Forward, layer_views, weight_mask, with_ones
from nnlib.losses import LOSSES
from nnlib.losses import loss as loss_by_name
from nnlib.network import MLP
from nnlib.optimizers import OPTIMIZERS, SCHEDULES, optimizer, scheduled_rate
from nnlib.run import Run
from tests.nnlib.clear_training import clip_by_norm

# Outputs and losses, each with its number of output units.
PAIRS = [
    ("linear", "squared", 1),
    ("linear", "squared", 2),
    ("tanh", "squared", 1),
    ("sigmoid", "squared", 2),
    ("softmax", "squared", 3),
    ("relu", "squared", 2),
    ("linear", "absolute", 1),
    ("linear", "huber", 2),
    ("softplus", "huber", 2),
    ("sigmoid", "nll", 1),
    ("sigmoid", "nll", 2),
    ("softmax", "softmax_nll", 3),
    ("linear", "hinge", 1),
]
WIDTHS = (4, 3, 5)
N, EPOCHS = 23, 5  # a prime number of rows: the last batch is a partial one
LINEAR_STEPS = ("sgd", "momentum", "nesterov")


def problem(names, loss: str, k: int, dtype=np.float64):
    """(network, X, y), the same numbers at every call."""
    rng = np.random.default_rng(5)
    depth = len(names) - 1
    net = MLP((2, *WIDTHS[:depth], k), names, rng=rng, dtype=dtype)
    X = rng.normal(0, 1.5, (N, 2))
    if loss in ("nll", "hinge"):
        y = rng.integers(0, 2, (N, k)).astype(float)
    elif loss == "softmax_nll" or names[-1] == "softmax":
        y = np.eye(k)[rng.integers(0, k, N)]
    else:
        y = rng.normal(0, 1, (N, k))
    return net, X.astype(dtype), y.astype(dtype)


def orders() -> list[np.ndarray]:
    """The order of the rows in each epoch."""
    return list(np.random.default_rng(6).permuted(np.tile(np.arange(N), (EPOCHS, 1)), axis=1))


def mask_of(net: MLP) -> np.ndarray:
    """1 for weights and 0 for biases, in the layout of the parameters."""
    return np.concatenate(
        [part for W in net.weights for part in (np.ones(W.size), np.zeros(W.shape[1]))]
    ).astype(net.dtype)


def train_clearly(
    net, X, y, loss, opt, *, rates, batch_size, l1=0.0, l2=0.0, clip_norm=None
) -> np.ndarray:
    """The reference: gradient, penalties, clipping, update - one batch after the other."""
    P, mask, state = net.parameters, mask_of(net), opt.init(net.parameters)
    if opt.name == "adamw":
        state["decay_mask"] = mask
    for order, rate in zip(orders(), rates, strict=True):
        for start in range(0, N, batch_size):
            rows = order[start : start + batch_size]
            _, gradient = net.loss_and_gradient(X[rows], y[rows], loss)
            gradient = gradient + mask * (l2 * P + l1 * np.sign(P))
            P += opt.update(clip_by_norm(gradient, clip_norm), state, P, rate)
    return P


def train_fast(net, X, y, loss, opt, *, rates, batch_size, **options) -> np.ndarray:
    kernel = Kernel(net, X, y, loss, opt, batch_size=batch_size, learning_rate=rates[0], **options)
    for order, rate in zip(orders(), rates, strict=True):
        kernel.set_rate(rate)
        kernel.load(order)
        kernel.run(0, kernel.n_batches)
    return net.parameters


def difference(
    names, loss, k, *, opt="sgd", rate=0.05, batch_size=5, schedule="constant", **options
) -> float:
    """||fast - clear|| / ||clear|| of the parameters after five epochs, in float64."""
    rates = [scheduled_rate(schedule, rate, epoch, every=2, horizon=4) for epoch in range(EPOCHS)]
    opt = OPTIMIZERS[opt] if isinstance(opt, str) else opt
    loss = LOSSES[loss] if isinstance(loss, str) else loss
    options |= {"rates": rates, "batch_size": batch_size}
    clear = train_clearly(*problem(names, loss.name, k), loss, opt, **options)
    start = problem(names, loss.name, k)[0].parameters
    assert np.linalg.norm(clear - start) > 1e-3  # something was learned
    fast = train_fast(*problem(names, loss.name, k), loss, opt, **options)
    return np.linalg.norm(fast - clear) / np.linalg.norm(clear)


def bound(opt: str) -> float:
    # Adaptive optimizers divide by the root of squares: what is tiny there is blown up.
    return 1e-12 if opt in LINEAR_STEPS else 1e-9


# --- the hot loop is the clear loop --------------------------------------------------------------


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_every_activation_output_and_depth(hidden, output, loss, k, depth):
    assert difference((*[hidden] * depth, output), loss, k) <= 1e-12


@pytest.mark.parametrize("opt", OPTIMIZERS)
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
def test_every_optimizer_with_every_loss(output, loss, k, opt):
    assert difference(("tanh", "relu", output), loss, k, opt=opt) <= bound(opt)


@pytest.mark.parametrize("opt", OPTIMIZERS)
@pytest.mark.parametrize(
    "options",
    [
        {"l1": 0.01},
        {"l2": 0.1},
        {"l1": 0.01, "l2": 0.1},
        {"clip_norm": 0.05},
        {"clip_norm": 1e6},
        {"l1": 0.01, "l2": 0.1, "clip_norm": 0.3},
    ],
    ids=str,
)
@pytest.mark.parametrize(("output", "loss", "k"), [PAIRS[0], PAIRS[-2]])
def test_every_optimizer_with_penalties_and_clipping(output, loss, k, options, opt):
    assert difference(("tanh", "relu", output), loss, k, opt=opt, **options) <= bound(opt)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("opt", OPTIMIZERS)
def test_every_optimizer_with_every_schedule_penalties_included(opt, schedule):
    assert difference(
        ("tanh", "linear"), "squared", 1, opt=opt, schedule=schedule, l1=0.01, l2=0.1
    ) <= bound(opt)


@pytest.mark.parametrize("opt", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [1, 2, 11, 22, 23, 100])
def test_every_batch_size_from_one_to_more_than_there_are(batch_size, opt):
    assert difference(
        ("sigmoid", "gelu", "softmax"), "softmax_nll", 3, opt=opt, batch_size=batch_size, rate=0.02
    ) <= bound(opt)


@pytest.mark.parametrize(
    "names",
    [
        ("tanh", "tanh", "relu", "linear"),
        ("relu", "tanh", "tanh", "linear"),
        ("gelu", "tanh", "gelu", "linear"),
        ("leaky_relu", "relu", "sigmoid", "linear"),
        ("elu", "elu", "linear", "linear"),
    ],
)
def test_neighbours_with_the_same_activation_and_with_different_ones(names):
    assert difference(names, "squared", 2) <= 1e-12


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_leaky_relu_with_any_slope(slope):
    # With slope 0 the activation is 0 on both sides of the kink, so f' must come from Z.
    f = activation("leaky_relu", leaky_slope=slope)
    assert difference((f, f, "linear"), "squared", 1) <= 1e-12


def test_elu_with_a_scale_of_its_own():
    f = activation("elu", elu_alpha=2.5)
    assert difference((f, f, "linear"), "squared", 1) <= 1e-12


def test_huber_with_a_delta_of_its_own():
    assert difference(("tanh", "linear"), loss_by_name("huber", huber_delta=0.2), 2) <= 1e-12


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_momentum_of_its_own(name, momentum):
    names, rates = ("tanh", "linear"), [0.05] * EPOCHS
    opt = optimizer(name, momentum=momentum)
    options = {"rates": rates, "batch_size": 5}
    clear = train_clearly(*problem(names, "squared", 1), LOSSES["squared"], opt, **options)
    fast = train_fast(*problem(names, "squared", 1), LOSSES["squared"], opt, **options)
    np.testing.assert_allclose(fast, clear, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", ["rmsprop", "adagrad", "adam", "adamw", "nadam"])
def test_adaptive_numbers_of_ones_own(name):
    opt = optimizer(name, rho=0.5, beta1=0.3, beta2=0.6, epsilon=0.1, weight_decay=0.7)
    assert difference(("tanh", "linear"), "squared", 1, opt=opt) <= 1e-9


def test_relu_lets_the_gradient_through_at_zero():
    # As in test_network: gradient (0, -2, 0, -2), a step of 0.5 adds (0, 1, 0, 1).
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0))
    net.parameters[:] = [1, 0, 1, 0]
    kernel = Kernel(
        net,
        np.zeros((1, 1)),
        np.ones((1, 1)),
        LOSSES["squared"],
        OPTIMIZERS["sgd"],
        batch_size=1,
        learning_rate=0.5,
    )
    kernel.run(0, 1)
    assert net.parameters.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("opt", OPTIMIZERS)
def test_float32_stays_float32_and_close_to_the_clear_loop(opt):
    names, options = ("tanh", "relu", "linear"), {"rates": [0.02] * EPOCHS, "batch_size": 5}
    loss = LOSSES["squared"]
    each = OPTIMIZERS[opt]
    fast = train_fast(*problem(names, "squared", 1, np.float32), loss, each, **options)
    clear = train_clearly(*problem(names, "squared", 1, np.float32), loss, each, **options)
    assert fast.dtype == np.float32
    # 25 steps in numbers of 7 digits
    assert np.linalg.norm(fast - clear) <= 1e-4 * np.linalg.norm(clear)


# --- clipping ------------------------------------------------------------------------------------


def test_an_exploding_float32_gradient_is_clipped_to_length_not_to_zero():
    # x = 1e12, g = 0, y = -1e12: dloss/dw = 2e24, whose square is beyond float32. Clipped to
    # length 2: dloss/dw = 2, dloss/db = 2e-12, and a step of 0.5 gives w = -1.
    net = MLP((1, 1), ("linear",), initializer="zeros", rng=np.random.default_rng(0))
    X, y = np.full((1, 1), 1e12), np.full((1, 1), -1e12)
    kernel = Kernel(
        net,
        X,
        y,
        LOSSES["squared"],
        OPTIMIZERS["sgd"],
        batch_size=1,
        learning_rate=0.5,
        clip_norm=2.0,
    )
    kernel.run(0, 1)
    assert net.parameters == pytest.approx([-1, -1e-12], rel=1e-6)


# --- epochs in parts -----------------------------------------------------------------------------


def kernel_of(net, X, y, **options) -> Kernel:
    options = {"batch_size": 5, "learning_rate": 0.05, **options}
    return Kernel(net, X, y, LOSSES["squared"], OPTIMIZERS["momentum"], **options)


@pytest.mark.parametrize(
    ("batch_size", "n_batches"), [(1, 23), (5, 5), (11, 3), (22, 2), (23, 1), (2000, 1)]
)
def test_a_partial_last_batch_counts(batch_size, n_batches):
    kernel = kernel_of(*problem(("linear",), "squared", 1), batch_size=batch_size)
    assert kernel.n_batches == n_batches


def test_an_epoch_in_parts_gives_the_same_bits():
    whole, X, y = problem(("tanh", "linear"), "squared", 1)
    parts = problem(("tanh", "linear"), "squared", 1)[0]
    at_once, in_parts = kernel_of(whole, X, y), kernel_of(parts, X, y)
    for kernel in (at_once, in_parts):
        kernel.load(orders()[0])
    at_once.run(0, 5)
    for start, stop in ((0, 1), (1, 1), (1, 4), (4, 5)):
        in_parts.run(start, stop)
    assert np.array_equal(whole.parameters, parts.parameters)


def test_the_data_are_copied_so_later_changes_to_them_do_not_matter():
    net, X, y = problem(("tanh", "linear"), "squared", 1)
    other = problem(("tanh", "linear"), "squared", 1)[0]
    kernel, expected = kernel_of(net, X, y), kernel_of(other, X.copy(), y.copy())
    X[:], y[:] = 0, 0
    for each in (kernel, expected):
        each.load(orders()[0])
        each.run(0, 5)
    assert np.array_equal(net.parameters, other.parameters)


def test_a_given_state_goes_on_where_it_was():
    net, X, y = problem(("tanh", "linear"), "squared", 1)
    other = problem(("tanh", "linear"), "squared", 1)[0]
    one = kernel_of(other, X, y)
    first = kernel_of(net, X, y)
    first.run(0, 5)
    second = kernel_of(net, X, y, state=first.state)
    second.run(0, 5)
    one.run(0, 5)
    one.run(0, 5)
    assert np.array_equal(net.parameters, other.parameters)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y"), [((23, 2), (23,)), ((23, 2), (22, 1)), ((23, 2), (23, 2)), ((23, 3), (23, 1))]
)
def test_arrays_of_another_shape_are_refused(X, y):
    net = problem(("tanh", "linear"), "squared", 1)[0]
    with pytest.raises(ValueError, match="X and y must have shapes"):
        kernel_of(net, np.zeros(X), np.zeros(y))


def test_a_loss_and_an_output_that_do_not_fit_together_are_refused():
    net, X, y = problem(("linear",), "nll", 1)
    with pytest.raises(ValueError, match="loss 'nll' needs output 'sigmoid'"):
        Kernel(net, X, y, LOSSES["nll"], OPTIMIZERS["sgd"], batch_size=5, learning_rate=0.1)


# --- numbers that have decayed to nothing ---------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("opt", ["momentum", "adam", "rmsprop"])
def test_flush_takes_out_what_would_become_denormal_and_nothing_else(opt, dtype):
    net, X, y = problem(("tanh", "linear"), "squared", 1, dtype)
    kernel = Kernel(net, X, y, LOSSES["squared"], OPTIMIZERS[opt], batch_size=5, learning_rate=0.01)
    kernel.run(0, 5)
    kept = [net.parameters, *(v for v in kernel.state.values() if isinstance(v, np.ndarray))]
    tiny = np.finfo(dtype).tiny
    for array in kept:
        array[0], array[1] = tiny * 10, -tiny / 10
    before = [array.copy() for array in kept]
    kernel.flush()
    for array, old in zip(kept, before, strict=True):
        assert array[:2].tolist() == [0, 0]
        assert np.array_equal(array[2:], old[2:])


def test_a_run_with_a_dead_unit_keeps_no_denormal_numbers():
    # Without flushing, Adam's first moment of a dead unit ends at the smallest number there is
    # and every step costs twice as much.
    run = Run(
        RunConfig(
            hidden=((4, "relu"),), optimizer="adam", n_samples=100, batch_size=1, dataset="gauss"
        )
    )
    run.network.biases[0][0] = -100
    run.advance(64)
    moment = np.abs(run.state["first_moment"])
    assert (moment == 0).any()
    assert not ((moment > 0) & (moment < np.finfo(np.float32).tiny)).any()


# --- the forward pass ----------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("output", ["linear", "sigmoid", "softmax", "relu", "tanh"])
@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_forward_equals_the_networks_trace(hidden, output, depth):
    net, X, _ = problem((*[hidden] * depth, output), "squared", 3)
    forward, trace = Forward(net, X), net.forward(X)
    np.testing.assert_allclose(forward.run().T, trace.A[-1], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(forward.Z.T, trace.Z[-1], rtol=1e-12, atol=1e-15)
    assert len(forward.hidden) == depth
    for A, expected in zip(forward.hidden, trace.A[1:-1], strict=True):
        np.testing.assert_allclose(A.T, expected, rtol=1e-12, atol=1e-15)


def test_forward_sees_the_present_parameters():
    net, X, _ = problem(("tanh", "linear"), "squared", 1)
    forward = Forward(net, X)
    forward.run()
    net.parameters *= 2
    np.testing.assert_allclose(forward.run().T, net.predict(X), rtol=1e-12)


def test_forward_is_right_again_after_numbers_that_overflow():
    net, X, _ = problem(("relu", "linear"), "squared", 1)
    forward, kept = Forward(net, X), net.parameters.copy()
    net.parameters[:] = np.nan
    forward.run()
    net.parameters[:] = kept
    np.testing.assert_allclose(forward.run().T, net.predict(X), rtol=1e-12)


# --- the layout ----------------------------------------------------------------------------------


def test_a_last_column_of_ones():
    assert with_ones(np.array([[2, 3], [4, 5]]), np.float32).tolist() == [[2, 3, 1], [4, 5, 1]]


def test_layer_views_have_the_biases_below_the_weights():
    net = problem(("tanh", "linear"), "squared", 1)[0]
    for Wx, W, b in zip(layer_views(net, net.parameters), net.weights, net.biases, strict=True):
        assert np.array_equal(Wx[:-1], W)
        assert np.array_equal(Wx[-1], b)
        assert np.shares_memory(Wx, net.parameters)


def test_the_mask_is_one_for_weights_and_zero_for_biases():
    net = problem(("tanh", "relu", "linear"), "squared", 2)[0]
    assert np.array_equal(weight_mask(net), mask_of(net))
