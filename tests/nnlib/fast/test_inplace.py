"""What activations and losses record for the kernel, against the functions themselves."""

import numpy as np
import pytest

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS, activation
from nnlib.fast.inplace import derives_output, output_delta
from nnlib.losses import LOSSES, loss

DTYPES = (np.float32, np.float64)
# Ordinary numbers, the kink, and what a network on its way to divergence produces.
VALUES = np.array([-1000, -90, -20, -3.7, -1, -1e-6, -0.0, 0, 1e-6, 0.5, 1, 4.2, 20, 90, 1000])
OWN = [
    activation("leaky_relu", leaky_slope=0.0),
    activation("leaky_relu", leaky_slope=0.3),
    activation("leaky_relu", leaky_slope=1.0),
    activation("leaky_relu", leaky_slope=2.0),
    activation("elu", elu_alpha=0.3),
    activation("elu", elu_alpha=4.0),
]
ELEMENTWISE = [*(ACTIVATIONS[name] for name in HIDDEN_ACTIVATIONS), *OWN]


def ids(each) -> str:
    return each.name + "".join(f" {value:g}" for value in each.settings.values())


def close(got: np.ndarray, wanted: np.ndarray) -> None:
    digits = 1e-12 if got.dtype == np.float64 else 2e-6
    np.testing.assert_allclose(got, wanted, rtol=digits, atol=digits)


def run(ops) -> None:
    with np.errstate(over="ignore", under="ignore"):
        for op in ops:
            op()


def buffers(f, Z: np.ndarray) -> list[np.ndarray]:
    return [np.full_like(Z, np.nan) for _ in range(f.in_place.scratch)]


@pytest.fixture(params=DTYPES, ids=str)
def Z(request) -> np.ndarray:
    """(units, batch) with every value in it."""
    return np.resize(VALUES, (4, 15)).astype(request.param)


# --- activations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [*ELEMENTWISE, ACTIVATIONS["softmax"]], ids=ids)
def test_activate_is_the_activation(f, Z):
    A = np.full_like(Z, np.nan)
    run(f.in_place.activate(Z, A, buffers(f, Z)))
    close(A, f.forward(Z.T).T)
    assert A.dtype == Z.dtype


@pytest.mark.parametrize("f", [*ELEMENTWISE, ACTIVATIONS["softmax"]], ids=ids)
def test_activate_may_overwrite_z(f, Z):
    wanted = f.forward(Z.T).T
    run(f.in_place.activate(Z, Z, buffers(f, Z)))
    close(Z, wanted)


@pytest.mark.parametrize("f", ELEMENTWISE, ids=ids)
def test_derive_is_the_derivative_again_and_again(f, Z):
    A, D, scratch = np.empty_like(Z), np.full_like(Z, np.nan), buffers(f, Z)
    ops = [*f.in_place.activate(Z, A, scratch), *f.in_place.derive(Z, A, D, scratch)]
    for _ in range(2):  # a scratch that is used up by the first pass would show in the second
        run(ops)
        close(D, f.derivative(Z, f.forward(Z)))


@pytest.mark.parametrize("f", [f for f in ELEMENTWISE if f.in_place.derive_from != "Z"], ids=ids)
def test_derive_does_without_z_where_a_has_overwritten_it(f, Z):
    wanted = f.derivative(Z, f.forward(Z))
    D, scratch = np.full_like(Z, np.nan), buffers(f, Z)
    run([*f.in_place.activate(Z, Z, scratch), *f.in_place.derive(Z, Z, D, scratch)])
    close(D, wanted)


@pytest.mark.parametrize("f", [*ELEMENTWISE, ACTIVATIONS["softmax"]], ids=ids)
def test_a_leading_axis_of_models_changes_nothing(f, Z):
    many = np.stack([Z, Z / 3])
    A = np.empty_like(many)
    run(f.in_place.activate(many, A, buffers(f, many)))
    for model in range(2):
        close(A[model], f.forward(many[model].T).T)


def test_large_arrays_and_small_ones_are_compared_with_the_same_zero():
    Z = np.random.default_rng(0).normal(size=(40, 3000)).astype(np.float32)
    A = np.empty_like(Z)
    run(ACTIVATIONS["relu"].in_place.activate(Z, A, []))
    assert np.array_equal(A, np.maximum(Z, 0))


# --- losses --------------------------------------------------------------------------------------

LOSS_LIST = [*LOSSES.values(), loss("huber", huber_delta=0.3)]


def predictions(each, dtype) -> tuple[np.ndarray, np.ndarray]:
    """Predictions (or logits) and targets, (3, 40) each, feature-major."""
    rng = np.random.default_rng(3)
    prediction = rng.normal(0, 3, (3, 40)).astype(dtype)
    if each.name == "softmax_nll":
        y = np.eye(3)[rng.integers(0, 3, 40)].T
    elif each.name in ("nll", "hinge"):
        y = rng.integers(0, 2, (3, 40)).astype(float)
    else:
        y = rng.normal(0, 1, (3, 40))
    return prediction, np.ascontiguousarray(y, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("each", LOSS_LIST, ids=ids)
def test_sample_losses_add_up_to_the_loss_of_each_sample(each, dtype):
    prediction, y = predictions(each, dtype)
    out = np.full_like(y, np.nan)
    ops = each.in_place.sample_losses(prediction, prediction, y, out)
    for _ in range(2):
        run(ops)
        close(out.sum(axis=0), each.per_sample(prediction.T, y.T))


@pytest.mark.parametrize("name", ["nll", "softmax_nll"])
def test_sample_losses_are_finite_for_logits_of_a_thousand(name):
    z = np.array([[1000.0, -1000, 1000], [-1000, 1000, 1000]])
    y = np.array([[1.0, 1, 0], [0, 0, 1]])
    out = np.empty_like(z)
    run(LOSSES[name].in_place.sample_losses(z, z, y, out))
    close(out.sum(axis=0), LOSSES[name].per_sample(z.T, y.T))


PAIRS = [
    (f, each) for each in LOSS_LIST for f in ACTIVATIONS.values() if each.output in (None, f.name)
]


@pytest.mark.parametrize(("f", "each"), PAIRS, ids=ids)
def test_output_delta_is_the_gradient_through_the_output(f, each):
    Z, y = predictions(each, np.float64)
    A = f.forward(Z.T).T
    D = f.derivative(Z, A) if derives_output(f, each) else np.full_like(Z, np.nan)
    delta = np.full_like(Z, np.nan)
    run(output_delta(f, each, A, y, D, delta))
    if each.on_logits:
        wanted = each.gradient(Z.T, y.T).T
    else:
        wanted = f.backward(Z.T, A.T, each.gradient(A.T, y.T)).T
    close(delta * each.in_place.factor, wanted)
