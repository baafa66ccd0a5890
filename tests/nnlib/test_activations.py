"""Activations: values and derivatives against scikit-learn's peers, autograd and differences."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
import scipy.special
from autograd import elementwise_grad, jacobian
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnlib.activations import (
    ACTIVATIONS,
    HIDDEN_ACTIVATIONS,
    activation,
    softmax,
    softmax_jacobian,
)
from tests.nnlib.textbook import SELU_SCALE, TEXTBOOK

EVERY = list(ACTIVATIONS.values())
ELEMENTWISE = [ACTIVATIONS[name] for name in HIDDEN_ACTIVATIONS]
WITH_PARAMETERS = [activation("leaky_relu", leaky_slope=0.3), activation("elu", elu_alpha=2.5)]


def named(f):
    return f.name


@pytest.fixture
def Z(rng):
    """(40, 6) pre-activations of ordinary size, none closer to a kink (at 0) than 0.01."""
    Z = rng.normal(scale=2, size=(40, 6))
    return Z + 0.01 * np.sign(Z)


# --- Values -------------------------------------------------------------------------------------


def test_the_registry_has_the_agreed_names_in_order():
    assert list(ACTIVATIONS) == [
        *("linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu"),
        *("selu", "gelu", "silu", "mish", "softplus", "sine", "softmax"),
    ]
    assert all(name == f.name for name, f in ACTIVATIONS.items())


def test_every_activation_but_softmax_can_be_hidden():
    assert tuple(ACTIVATIONS) == (*HIDDEN_ACTIVATIONS, "softmax")


@pytest.mark.parametrize("f", EVERY, ids=named)
def test_forward_is_the_textbook_formula(f, Z):
    np.testing.assert_allclose(f.forward(Z), TEXTBOOK[f.name](Z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("sigmoid", scipy.special.expit),
        ("softmax", lambda Z: scipy.special.softmax(Z, axis=1)),
        ("softplus", lambda Z: -scipy.special.log_expit(-Z)),
    ],
)
def test_forward_agrees_with_scipy_also_far_out(name, peer):
    Z = np.linspace(-700, 700, 2802).reshape(-1, 3)
    # A float can hold expit(-700); it must not have been rounded to 0 on the way.
    np.testing.assert_allclose(ACTIVATIONS[name].forward(Z), peer(Z), rtol=1e-13)


def test_gelu_is_within_a_thousandth_of_the_exact_one():
    z = np.linspace(-8, 8, 1601)
    exact = z * scipy.special.ndtr(z)
    assert np.abs(ACTIVATIONS["gelu"].forward(z) - exact).max() < 1e-3


def test_mish_has_its_published_values():
    # Misra's paper: a least value of about -0.31, near z = -1.2; TensorFlow Addons' documentation:
    # mish([1, 0, 1]) = [0.865098..., 0, 0.865098...].
    f = ACTIVATIONS["mish"]
    np.testing.assert_allclose(f.forward(np.array([1.0, 0, 1])), [0.865098, 0, 0.865098], atol=4e-7)
    z = np.linspace(-8, 8, 16_001)
    least = f.forward(z).argmin()
    assert f.forward(z)[least] == pytest.approx(-0.31, abs=0.005)
    assert z[least] == pytest.approx(-1.2, abs=0.05)


@pytest.mark.parametrize("z", [-700, -40, -5.5, -1.2, -0.01, 0, 1e-9, 0.5, 2, 19.9, 20.5, 300])
def test_mish_and_its_slope_are_exact_to_the_last_digits(z):
    # tanh(log s) = (s^2 - 1) / (s^2 + 1); the slope as the paper writes it: e^z w / d^2 with
    # w = 4 (z + 1) + 4 e^2z + e^3z + e^z (4 z + 6) and d = 2 e^z + e^2z + 2.
    with localcontext(prec=700):
        x, e = Decimal(z), Decimal(z).exp()
        value = x * ((1 + e) ** 2 - 1) / ((1 + e) ** 2 + 1)
        w = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)
        slope = e * w / (2 * e + e**2 + 2) ** 2
    f, Z = ACTIVATIONS["mish"], np.array([[float(z)]])
    A = f.forward(Z)
    assert A.item() == pytest.approx(float(value), rel=1e-14, abs=1e-300)
    assert f.derivative(Z, A).item() == pytest.approx(float(slope), rel=1e-14, abs=1e-16)


def test_softmax_of_the_lecture():
    g = softmax(np.array([[1.3, 5.1, 2.2, 0.7, 1.1]]))
    np.testing.assert_array_equal(g.round(2), [[0.02, 0.90, 0.05, 0.01, 0.02]])


def test_softmax_rows_sum_to_one_and_ignore_a_common_shift(Z):
    np.testing.assert_allclose(softmax(Z).sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(softmax(Z + 500), softmax(Z), rtol=1e-12)


def test_selu_keeps_mean_zero_and_variance_one(rng):
    A = ACTIVATIONS["selu"].forward(rng.standard_normal(200_000))
    assert abs(A.mean()) < 0.01
    assert abs(A.var() - 1) < 0.02


def test_leaky_relu_takes_its_slope():
    f = activation("leaky_relu", leaky_slope=0.2)
    np.testing.assert_allclose(f.forward(np.array([[-5.0, 5.0]])), [[-1.0, 5.0]])


def test_elu_takes_its_alpha():
    f = activation("elu", elu_alpha=3.0)
    np.testing.assert_allclose(f.forward(np.array([[-40.0, 5.0]])), [[-3.0, 5.0]])


def test_a_formula_shows_the_parameter_as_a_plain_number():
    assert "0.00001" in activation("leaky_relu", leaky_slope=1e-5).formula
    assert "2.5" in activation("elu", elu_alpha=2.5).formula


def test_default_parameters_give_the_registered_values(Z):
    for name, f in ACTIVATIONS.items():
        np.testing.assert_array_equal(activation(name).forward(Z), f.forward(Z))


def test_an_unknown_name_is_refused_with_the_allowed_ones():
    with pytest.raises(ValueError, match=r"one of linear, sigmoid.*Got 'rleu'"):
        activation("rleu")


# --- Derivatives --------------------------------------------------------------------------------


@pytest.mark.parametrize("f", ELEMENTWISE + WITH_PARAMETERS, ids=named)
def test_derivative_agrees_with_central_differences(f, Z):
    h = 1e-6
    differences = (f.forward(Z + h) - f.forward(Z - h)) / (2 * h)
    np.testing.assert_allclose(f.derivative(Z, f.forward(Z)), differences, atol=1e-8)


@pytest.mark.parametrize("f", ELEMENTWISE, ids=named)
def test_derivative_agrees_with_autograd(f, Z):
    expected = elementwise_grad(TEXTBOOK[f.name])(Z)
    np.testing.assert_allclose(f.derivative(Z, f.forward(Z)), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", EVERY, ids=named)
def test_backward_is_the_gradient_times_autograds_jacobian(f, rng):
    z = rng.normal(size=5) + 0.01
    grad_a = rng.normal(size=5)
    J = jacobian(TEXTBOOK[f.name])(z)  # J[i, j] = da_i / dz_j

    grad_Z = f.backward(z[None], f.forward(z[None]), grad_a[None])

    np.testing.assert_allclose(grad_Z, (grad_a @ J)[None], rtol=1e-10, atol=1e-12)


def test_softmax_backward_agrees_with_central_differences(rng):
    Z, grad_A, h = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), 1e-6
    differences = np.empty_like(Z)
    for j, e in enumerate(np.eye(4)):
        slope = (softmax(Z + h * e) - softmax(Z - h * e)) / (2 * h)
        differences[:, j] = (slope * grad_A).sum(axis=1)

    grad_Z = ACTIVATIONS["softmax"].backward(Z, softmax(Z), grad_A)

    np.testing.assert_allclose(grad_Z, differences, atol=1e-9)


def test_softmax_backward_is_the_product_with_the_full_jacobian(Z, rng):
    A, grad_A = softmax(Z), rng.normal(size=Z.shape)
    product = np.einsum("nij,ni->nj", softmax_jacobian(A), grad_A)
    np.testing.assert_allclose(
        ACTIVATIONS["softmax"].backward(Z, A, grad_A), product, rtol=1e-10, atol=1e-14
    )


def test_softmax_jacobian_worked_by_hand():
    # a = (1/4, 3/4): a1 (1 - a1) = 3/16 on the diagonal, -a1 a2 = -3/16 off it.
    J = softmax_jacobian(np.array([[0.25, 0.75]]))
    np.testing.assert_allclose(J, [[[3 / 16, -3 / 16], [-3 / 16, 3 / 16]]])


def test_softmax_has_no_element_wise_derivative():
    assert ACTIVATIONS["softmax"].derivative is None


@pytest.mark.parametrize(
    ("f", "at_zero"),
    [
        (activation("relu"), 1.0),
        (activation("leaky_relu"), 1.0),
        (activation("elu"), 1.0),
        (activation("elu", elu_alpha=2.5), 1.0),
        (activation("selu"), SELU_SCALE),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_derivative_at_a_kink_is_the_one_from_the_right(f, at_zero):
    zeros = np.array([[0.0, -0.0]])
    np.testing.assert_array_equal(f.derivative(zeros, f.forward(zeros)), [[at_zero, at_zero]])
    np.testing.assert_array_equal(f.backward(zeros, zeros, np.array([[2.0, 2.0]])), 2 * at_zero)


def test_relu_passes_the_gradient_exactly_where_z_is_not_negative():
    Z = np.array([[-2.0, -1e-300, 0.0, 1e-300, 2.0]])
    grad_Z = ACTIVATIONS["relu"].backward(Z, np.maximum(Z, 0), np.full((1, 5), 7.0))
    np.testing.assert_array_equal(grad_Z, [[0, 0, 7, 7, 7]])


# --- Properties of all --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f", EVERY + WITH_PARAMETERS, ids=named)
def test_finite_and_of_the_same_dtype_up_to_a_thousand(f, dtype):
    Z = np.linspace(-1000, 1000, 4002, dtype=dtype).reshape(-1, 3)
    A = f.forward(Z)
    results = [A, f.backward(Z, A, np.ones_like(Z))]
    if f.derivative is not None:
        results.append(f.derivative(Z, A))
    for result in results:
        assert result.dtype == dtype
        assert np.isfinite(result).all()


@pytest.mark.parametrize("f", ELEMENTWISE, ids=named)
def test_float32_agrees_with_float64(f, Z):
    small = Z.astype(np.float32)
    A = f.forward(small)
    np.testing.assert_allclose(A, f.forward(Z), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        f.derivative(small, A), f.derivative(Z, f.forward(Z)), rtol=1e-5, atol=1e-6
    )


def test_a_numpy_scalar_as_parameter_does_not_widen_float32():
    Z = np.ones((2, 2), np.float32)
    assert activation("leaky_relu", leaky_slope=np.float64(0.1)).forward(Z).dtype == np.float32
    assert activation("elu", elu_alpha=np.float64(2)).forward(Z).dtype == np.float32


def test_softmax_jacobian_keeps_float32():
    assert softmax_jacobian(np.full((1, 2), 0.5, np.float32)).dtype == np.float32


@pytest.mark.parametrize("f", EVERY, ids=named)
def test_the_arguments_are_left_as_they_were(f, Z):
    A, grad_A = f.forward(Z), np.ones_like(Z)
    copies = Z.copy(), A.copy(), grad_A.copy()
    result = f.backward(Z, A, grad_A)
    result += 1
    f.forward(Z)[:] = 0
    for array, copy in zip((Z, A, grad_A), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=6),
        elements=st.floats(-50, 50),
    )
)
def test_shapes_are_kept_with_any_leading_axes(Z):
    for f in EVERY:
        A = f.forward(Z)
        assert A.shape == f.backward(Z, A, np.ones_like(Z)).shape == Z.shape
    assert softmax_jacobian(softmax(Z)).shape == (*Z.shape, Z.shape[-1])


@pytest.mark.parametrize("f", EVERY, ids=named)
def test_every_text_that_a_page_shows_is_there(f):
    assert all((f.formula, f.derivative_formula, f.note, f.source))
