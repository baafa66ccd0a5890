"""The microscope: every number against HIPS autograd, the backward pass and worked numbers."""

import math
import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, grad
from scipy.optimize import approx_fprime

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS
from nnlib.edits import read_edit
from nnlib.microscope import (
    GREEN,
    finite_difference,
    finite_differences,
    linear_regression,
    logistic_regression,
    microscope,
    multiplied,
    number,
    parameter_name,
    scalar_chain,
    take_step,
    written,
)
from nnlib.network import MLP

# Outputs and losses that fit together, with the number of output units.
PAIRS = [
    ("linear", "squared", 2),
    ("linear", "absolute", 2),
    ("linear", "huber", 2),
    ("linear", "hinge", 1),
    ("sigmoid", "nll", 1),
    ("softmax", "softmax_nll", 3),
    ("sigmoid", "squared", 1),
    ("tanh", "squared", 2),
    ("softmax", "squared", 3),
    ("relu", "absolute", 2),
]
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
# Written anew for autograd.
BY_HAND = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0 * z),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(z) - 1),
    "selu": lambda z: SELU_SCALE * anp.where(z > 0, z, SELU_ALPHA * (anp.exp(z) - 1)),
    "gelu": lambda z: z / 2 * (1 + anp.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "sine": anp.sin,
    "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z)),
}
LOSSES_BY_HAND = {
    "squared": lambda g, y: anp.sum((g - y) ** 2),
    "absolute": lambda g, y: anp.sum(anp.abs(g - y)),
    "huber": lambda g, y: anp.sum(
        anp.where(anp.abs(g - y) <= 1, (g - y) ** 2 / 2, anp.abs(g - y) - 0.5)
    ),
    "hinge": lambda g, y: anp.sum(anp.maximum(1 - (2 * y - 1) * g, 0)),
    "nll": lambda g, y: -anp.sum(y * anp.log(g) + (1 - y) * anp.log(1 - g)),
    "softmax_nll": lambda g, y: -anp.sum(y * anp.log(g)),
}


def case(names, loss, k, widths=(3, 4), seed=0):
    """(network, x (2,), y (k,)): a float64 network with biases, and an example of its kind."""
    rng = np.random.default_rng(seed)
    sizes = (2, *widths[: len(names) - 1], k)
    net = MLP(sizes, names, initializer="xavier_normal", rng=rng, dtype=np.float64)
    for b in net.biases:
        b[:] = rng.normal(0, 0.5, b.shape)
    if loss in ("nll", "hinge"):
        y = rng.integers(0, 2, k).astype(float)
    else:
        y = np.eye(k)[rng.integers(k)] if loss == "softmax_nll" else rng.normal(0, 2, k)
    return net, rng.normal(0, 1.5, 2), y


def by_id(steps) -> dict:
    return {step.id: step for step in steps}


def loss_of(names, sizes, loss, x, y):
    """parameters -> loss, as columns, from autograd's NumPy alone."""

    def value(parameters):
        a, start = x, 0
        for m, n, name in zip(sizes[:-1], sizes[1:], names, strict=True):
            W = anp.reshape(parameters[start : start + m * n], (m, n))
            b = parameters[start + m * n : start + (m + 1) * n]
            a, start = BY_HAND[name](anp.dot(W.T, a) + b), start + (m + 1) * n
        return LOSSES_BY_HAND[loss](a, y)

    return value


def gradient_in(steps, size: int) -> np.ndarray:
    """The flat gradient put together from the steps and the places that they name."""
    flat = np.full(size, np.nan)
    for step in steps:
        if step.parameters is not None:
            flat[step.parameters] = step.result.values
    return flat


# --- Against autograd and the backward pass -----------------------------------------------------


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_loss_and_gradients_are_autograds(hidden, output, loss, k):
    names = (hidden, hidden, output)
    net, x, y = case(names, loss, k)
    steps = microscope(net, x, y, loss)
    oracle = loss_of(names, net.sizes, loss, x, y)
    assert by_id(steps)["L"].result.values.item() == pytest.approx(oracle(net.parameters))
    np.testing.assert_allclose(
        gradient_in(steps, len(net.parameters)),
        grad(oracle)(net.parameters),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_gradient_is_that_of_the_backward_pass(hidden, output, loss, k, depth):
    net, x, y = case((*[hidden] * depth, output), loss, k)
    expected = net.loss_and_gradient(x[None], y[None], loss)[1]
    found = gradient_in(microscope(net, x, y, loss), len(net.parameters))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
def test_the_factors_of_the_chain_multiply_to_each_gradient(output, loss, k):
    net, x, y = case(("tanh", "silu", output), loss, k)
    for step in microscope(net, x, y, loss):
        if step.id.startswith(("dZ", "dA")):
            product = multiplied(step.chain)[-1]
            np.testing.assert_allclose(product.values, step.result.values, rtol=1e-9, atol=1e-14)
            assert product.shape == step.result.shape


def test_the_product_builds_up_from_right_to_left():
    net, x, y = case(("tanh", "sigmoid"), "nll", 1)
    chain = by_id(microscope(net, x, y, "nll"))["dZ1"].chain
    built = multiplied(chain)
    assert len(built) == len(chain) == 4
    assert built[0] is chain[-1]
    for i in range(1, 4):
        expected = np.linalg.multi_dot([each.values for each in chain[-1 - i :]])
        np.testing.assert_allclose(built[i].values, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_jacobian_of_a_layer_is_autograds(name):
    loss = "squared"
    net, x, y = case(("tanh", name), loss, 3)
    found = by_id(microscope(net, x, y, loss))
    z = found["Z2"].result.values[:, 0]
    J = found["J2"].result
    if name == "softmax":
        expected = np.stack([grad(lambda v, i=i: BY_HAND[name](v)[i])(z) for i in range(3)])
    else:
        expected = np.diag(elementwise_grad(BY_HAND[name])(z))
    np.testing.assert_allclose(J.values, expected, rtol=1e-9, atol=1e-12)
    assert J.diagonal == (name != "softmax")


def test_a_network_in_float32_is_looked_at_in_float64():
    net = MLP((2, 3, 1), ("tanh", "sigmoid"), rng=np.random.default_rng(0))
    steps = microscope(net, [1.0, -2.0], [1.0], "nll")
    assert {step.result.values.dtype for step in steps} == {np.dtype(np.float64)}
    assert net.dtype == np.float32


def test_a_unit_held_at_0_lets_nothing_through():
    net, x, y = case(("sigmoid", "tanh", "sigmoid"), "nll", 1)
    net.killed = frozenset({(1, 2)})
    steps = microscope(net, x, y, "nll")
    found = by_id(steps)
    assert found["A1"].result.values[1, 0] == 0
    assert found["J1"].result.values[1, 1] == 0
    assert "unit 2" in found["A1"].note
    expected = net.loss_and_gradient(x[None], y[None], "nll")[1]
    np.testing.assert_allclose(gradient_in(steps, len(expected)), expected, atol=1e-12)


@pytest.mark.parametrize("size", [40.0, 800.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_saturated_output_keeps_its_gradient(size, y, sign):
    net = MLP((1, 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [sign * size, 0]
    found = by_id(microscope(net, [1.0], [y], "nll"))
    assert found["dZ1"].result.values.item() == pytest.approx((sign > 0) - y, abs=1e-15)
    assert not np.isnan(found["dA1"].result.values).any()


def test_a_saturated_softmax_keeps_its_gradient():
    net = MLP((1, 3), ("softmax",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [900, 0, -900, 0, 0, 0]
    found = by_id(microscope(net, [1.0], [0.0, 0.0, 1.0], "softmax_nll"))
    assert found["dZ1"].result.values.tolist() == [[1], [0], [-1]]
    assert not np.isnan(found["dA1"].result.values).any()


# --- As the lecture writes it -------------------------------------------------------------------


@pytest.fixture
def lecture():
    """Steps of a 2-3-4-2 network with softmax, by id; m^1 = 2, n^1 = 3, n^2 = 4, n^3 = 2."""
    net, x, y = case(("relu", "tanh", "softmax"), "softmax_nll", 2)
    return by_id(microscope(net, x, y, "softmax_nll"))


def test_steps_run_forward_and_then_from_right_to_left(lecture):
    backward = ["dA3", "J3", "dZ3", "dW3", "db3"]
    for layer in (2, 1):
        backward += [f"{name}{layer}" for name in ("dA", "J", "dZ", "dW", "db")]
    assert list(lecture) == ["Z1", "A1", "Z2", "A2", "Z3", "A3", "L", *backward]
    directions = [step.direction for step in lecture.values()]
    assert directions == ["forward"] * 7 + ["backward"] * 15


SHAPES = {
    "Z1": (r"n^{1} \times 1", (3, 1)),
    "A2": (r"n^{2} \times 1", (4, 1)),
    "L": (r"1 \times 1", (1, 1)),
    "dA3": (r"n^{3} \times 1", (2, 1)),
    "J3": (r"n^{3} \times n^{3}", (2, 2)),
    "dZ3": (r"n^{3} \times 1", (2, 1)),
    "dW3": (r"m^{3} \times n^{3}", (4, 2)),
    "db3": (r"n^{3} \times 1", (2, 1)),
    "J2": (r"n^{2} \times n^{2}", (4, 4)),
    "dZ1": (r"n^{1} \times 1", (3, 1)),
    "dW1": (r"m^{1} \times n^{1}", (2, 3)),
    "db1": (r"n^{1} \times 1", (3, 1)),
}


@pytest.mark.parametrize("id", SHAPES)
def test_a_result_has_the_lectures_shape_in_symbols_and_in_numbers(lecture, id):
    symbols, numbers = SHAPES[id]
    result = lecture[id].result
    assert result.shape == symbols
    assert result.values.shape == numbers
    assert result.size == f"{numbers[0]} × {numbers[1]}"


def test_the_chain_of_the_first_layer_is_the_lectures_with_every_shape(lecture):
    chain = lecture["dZ1"].chain
    assert [matrix.shape for matrix in chain] == [
        r"n^{1} \times n^{1}",
        r"n^{1} \times n^{2}",
        r"n^{2} \times n^{2}",
        r"n^{2} \times n^{3}",
        r"n^{3} \times n^{3}",
        r"n^{3} \times 1",
    ]
    assert [matrix.symbol for matrix in chain] == [
        r"\frac{\partial A^{1}}{\partial Z^{1}}",
        r"\frac{\partial Z^{2}}{\partial A^{1}}",
        r"\frac{\partial A^{2}}{\partial Z^{2}}",
        r"\frac{\partial Z^{3}}{\partial A^{2}}",
        r"\frac{\partial A^{3}}{\partial Z^{3}}",
        r"\frac{\partial L}{\partial A^{3}}",
    ]
    assert [matrix.diagonal for matrix in chain] == [True, False, True, False, False, False]


def test_the_weights_are_the_jacobian_between_layers():
    net, x, y = case(("tanh", "linear"), "squared", 2)
    chain = by_id(microscope(net, x, y, "squared"))["dZ1"].chain
    assert np.array_equal(chain[1].values, net.weights[1])  # (n^1, n^2), as dZ^2/dA^1 is written


def test_every_shape_stands_under_its_matrix(lecture):
    assert lecture["dW2"].formula == (
        r"\underset{m^{2} \times n^{2}}{\frac{\partial L}{\partial W^{2}}} = "
        r"\underset{n^{1} \times 1}{A^{1}} \cdot "
        r"\underset{1 \times n^{2}}{\left(\frac{\partial L}{\partial Z^{2}}\right)^{\!\top}}"
    )
    assert lecture["Z1"].formula == (
        r"\underset{n^{1} \times 1}{Z^{1}} = "
        r"\underset{n^{1} \times m^{1}}{\left(W^{1}\right)^{\!\top}} "
        r"\underset{m^{1} \times 1}{A^{0}} + \underset{n^{1} \times 1}{W_0^{1}}"
    )


def test_relu_gates_are_0_or_1_on_a_diagonal(lecture):
    J = lecture["J1"]
    assert J.result.diagonal
    assert set(np.unique(J.result.values)) <= {0, 1}
    assert "gates" in J.name
    z = lecture["Z1"].result.values[:, 0]
    assert np.array_equal(np.diag(J.result.values), z >= 0)


def test_the_jacobian_of_softmax_is_full(lecture):
    assert not lecture["J3"].result.diagonal
    assert (lecture["J3"].result.values != 0).all()
    assert "full" in lecture["J3"].name


def test_steps_come_from_earlier_ones(lecture):
    seen = set()
    for step in lecture.values():
        assert seen.issuperset(step.comes_from)
        seen.add(step.id)
    assert lecture["dZ1"].comes_from == ("J1", "dA1")
    assert lecture["dW2"].comes_from == ("A1", "dZ2")


def test_braces_of_every_formula_are_balanced(lecture):
    for step in lecture.values():
        for text in (step.formula, step.numbers):
            assert text.count("{") == text.count("}")
            assert "<" not in re.sub(r"z < 0|g < 1", "", text)


# --- Numbers filled in --------------------------------------------------------------------------


def test_numbers_stand_where_the_symbols_were():
    net = MLP((2, 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 2, -0.5]
    found = by_id(microscope(net, [3.0, -1.0], [0.0], "nll"))
    assert found["Z1"].numbers == (
        r"\begin{bmatrix} 1 & 2 \end{bmatrix} \cdot \begin{bmatrix} 3 \\ -1 \end{bmatrix} "
        r"+ \left(-0.5\right) = 0.5"
    )
    assert found["A1"].numbers == r"\operatorname{sigmoid} 0.5 = 0.6225"


def test_an_activation_of_two_words_is_written_in_two():
    assert r"\operatorname{leaky\ relu}(" in scalar_chain(1.0, "leaky_relu")[0].numbers


def test_a_large_matrix_is_not_written_out():
    net, x, y = case(("tanh", "linear"), "squared", 1, widths=(9,))
    found = by_id(microscope(net, x, y, "squared"))
    assert found["Z1"].numbers == ""
    assert found["Z1"].result.is_large
    assert found["dZ2"].numbers != ""


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.5, "0.5"),
        (-1.23456, "-1.235"),
        (1.5e-7, r"1.5 \cdot 10^{-7}"),
        (0, "0"),
        (math.inf, r"\infty"),
        (-math.inf, r"-\infty"),
        (math.nan, r"\text{undefined}"),
    ],
)
def test_a_number_has_four_digits(x, text):
    assert number(x) == text


def test_a_matrix_is_written_row_by_row(lecture):
    matrix = lecture["A3"].result
    first, second = (number(x) for x in matrix.values[:, 0])
    assert written(matrix) == rf"\begin{{bmatrix}} {first} \\ {second} \end{{bmatrix}}"


# --- Finite differences -------------------------------------------------------------------------


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu", "elu"])
def test_every_gradient_is_green(hidden, output, loss, k):
    net, x, y = case((hidden, hidden, output), loss, k, seed=3)
    checks = finite_differences(net, x, y, loss, range(len(net.parameters)))
    assert all(check.green and check.relative_error < GREEN for check in checks)
    expected = net.loss_and_gradient(x[None], y[None], loss)[1]
    assert [check.gradient for check in checks] == expected.tolist()


def test_the_difference_has_nine_digits_however_curved_the_loss_is():
    net, _, _ = case(("sine", "sine", "linear"), "squared", 1)
    x, y = np.array([5.0, -6.0]), np.array([0.3])
    expected = grad(loss_of(("sine", "sine", "linear"), net.sizes, "squared", x, y))(net.parameters)
    for check, gradient in zip(
        finite_differences(net, x, y, "squared", range(len(expected))), expected, strict=True
    ):
        assert check.value == pytest.approx(gradient, rel=1e-9, abs=1e-10)


def test_the_difference_is_scipys_up_to_its_precision():
    net, x, y = case(("tanh", "sigmoid"), "nll", 1)
    oracle = loss_of(("tanh", "sigmoid"), net.sizes, "nll", x, y)
    forward_differences = approx_fprime(net.parameters, oracle, 1e-7)
    for i, expected in enumerate(forward_differences):
        assert finite_difference(net, x, y, "nll", i).value == pytest.approx(expected, abs=1e-5)


def test_the_difference_is_of_the_loss_and_not_of_the_gradient(monkeypatch):
    net, x, y = case(("tanh", "linear"), "squared", 1)
    right = finite_difference(net, x, y, "squared", 0)
    true = MLP.loss_and_gradient

    def wrong(self, X, y, loss):
        value, gradient = true(self, X, y, loss)
        return value, gradient * (1 + 1e-5)

    monkeypatch.setattr(MLP, "loss_and_gradient", wrong)
    check = finite_difference(net, x, y, "squared", 0)
    assert check.value == right.value
    assert check.relative_error == pytest.approx(1e-5, rel=1e-2)
    assert not check.green


def test_a_batch_is_checked_by_its_mean_loss(rng):
    net, _, _ = case(("tanh", "linear"), "squared", 2)
    X, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    check = finite_difference(net, X, y, "squared", 4)
    assert check.green
    assert check.gradient == net.loss_and_gradient(X, y, "squared")[1][4]


def test_at_a_kink_the_check_says_so():
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0, 1, 0]
    check = finite_difference(net, [0.0], [1.0], "squared", 1)
    assert check.gradient == -2  # ReLU'(0) = 1; the difference takes both sides
    assert not check.green
    assert "kink" in check.note


def test_near_a_kink_a_smaller_step_is_taken():
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0, 1, 0]
    assert finite_difference(net, [1e-3], [1.0], "squared", 1).green


def test_a_dead_unit_has_no_gradient_and_is_green():
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, -3, 1, 0]
    check = finite_difference(net, [1.0], [1.0], "squared", 0)
    assert (check.gradient, check.value, check.relative_error) == (0, 0, 0)
    assert check.green


def test_checking_leaves_the_network_as_it_is():
    net, x, y = case(("tanh", "linear"), "squared", 1)
    before = net.parameters.copy()
    finite_differences(net, x, y, "squared", range(len(before)))
    assert np.array_equal(net.parameters, before)


# --- A step -------------------------------------------------------------------------------------


def test_a_step_goes_against_the_gradient(rng):
    net, _, _ = case(("tanh", "sigmoid"), "nll", 1)
    X, y = rng.normal(size=(6, 2)), rng.integers(0, 2, (6, 1)).astype(float)
    step = take_step(net, X, y, "nll", 0.1)
    loss, gradient = net.loss_and_gradient(X, y, "nll")
    assert np.array_equal(step.old, net.parameters)
    np.testing.assert_allclose(step.new, net.parameters - 0.1 * gradient, rtol=1e-14)
    assert step.loss_before == loss
    net.parameters[:] = step.new
    assert step.loss_after == net.loss_and_gradient(X, y, "nll")[0]
    assert step.loss_after < step.loss_before


def test_a_step_of_linear_regression_by_hand():
    # w = 1, w0 = 0, x = 2, y = 1: g = 2, L = 1, dL/dw = 2 * 1 * 2 = 4, dL/dw0 = 2. Rate 0.1:
    # w = 0.6, w0 = -0.2, g = 1, L = 0.
    net = MLP((1, 1), ("linear",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0]
    step = take_step(net, [2.0], [1.0], "squared", 0.1)
    np.testing.assert_allclose(step.new, [0.6, -0.2], rtol=1e-12)
    assert (step.loss_before, step.loss_after) == pytest.approx((1, 0))


def test_a_step_leaves_the_network_and_frozen_parameters_as_they_are():
    net, x, y = case(("tanh", "linear"), "squared", 1)
    before = net.parameters.copy()
    frozen = np.arange(len(before)) % 2 == 0
    step = take_step(net, x, y, "squared", 0.5, frozen)
    assert np.array_equal(net.parameters, before)
    assert np.array_equal(step.new[frozen], before[frozen])
    assert (step.new != before)[~frozen].any()


@pytest.mark.parametrize("rate", [0, -0.1, math.inf, math.nan])
def test_a_learning_rate_that_is_none_is_refused(rate):
    net, x, y = case(("linear",), "squared", 1)
    with pytest.raises(ValueError, match="learning_rate: a finite number > 0"):
        take_step(net, x, y, "squared", rate)


def test_a_parameters_name_is_that_of_its_edit():
    sizes = (2, 3, 4, 1)
    for index in range(9 + 16 + 5):
        assert read_edit(parameter_name(sizes, index), sizes).index == index
    with pytest.raises(ValueError, match="index"):
        parameter_name(sizes, 30)


# --- Small graphs -------------------------------------------------------------------------------


@pytest.mark.parametrize("outer", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("inner", ["sine", "tanh", "relu"])
def test_the_scalar_chain_rule_is_autograds(inner, outer):
    def h(x):
        return BY_HAND[outer](BY_HAND[inner](x))

    found = by_id(scalar_chain(0.7, inner, outer))
    assert found["h"].result.values.item() == pytest.approx(h(0.7))
    assert found["dh_dx"].result.values.item() == pytest.approx(grad(h)(0.7))
    slopes = [matrix.values.item() for matrix in found["dh_dx"].chain]
    assert math.prod(slopes) == found["dh_dx"].result.values.item()


def test_linear_regression_by_hand():
    # g = 1 * 3 + 2 * (-1) + 0.5 = 1.5; y = 2: L = 0.25, dL/dg = -1, dL/dw = (-3, 1)
    found = by_id(linear_regression([1.0, 2.0], 0.5, [3.0, -1.0], 2.0))
    assert found["g"].result.values.item() == 1.5
    assert found["L"].result.values.item() == 0.25
    assert found["dg"].result.values.item() == -1
    assert found["dw"].result.values.tolist() == [[-3], [1]]
    assert found["dw0"].result.values.item() == -1
    assert found["dg"].numbers == r"2 \cdot (1.5 - 2) = -1"


def test_logistic_regression_by_hand():
    # w = (1, 2), w0 = 0, x = (3, -1): z = 1, g = 0.7310586. y = 0: L = log(1 + e) = 1.3132617,
    # dL/dg = 1 / (1 - g) = 1 + e, g (1 - g) = 0.1966119, dL/dz = g.
    found = by_id(logistic_regression([1.0, 2.0], 0.0, [3.0, -1.0], 0.0))
    g = 0.7310585786300049
    values = {id: step.result.values for id, step in found.items()}
    assert values["z"].item() == 1
    assert values["g"].item() == pytest.approx(g)
    assert values["L"].item() == pytest.approx(1.3132616875182228)
    assert values["dg"].item() == pytest.approx(1 + math.e)
    assert values["J"].item() == pytest.approx(0.19661193324148185)
    assert values["dz"].item() == pytest.approx(g)
    np.testing.assert_allclose(values["dw"], [[3 * g], [-g]])
    assert values["dw0"].item() == pytest.approx(g)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
def test_small_graphs_agree_with_networks_without_hidden_layers(y):
    w, w0, x = np.array([0.4, -1.2]), 0.3, np.array([1.5, 2.0])
    for graph, names, loss in (
        (linear_regression, ("linear",), "squared"),
        (logistic_regression, ("sigmoid",), "nll"),
    ):
        net = MLP((2, 1), names, rng=np.random.default_rng(0), dtype=np.float64)
        net.parameters[:] = [*w, w0]
        expected = net.loss_and_gradient(x[None], [[y]], loss)[1]
        found = gradient_in(graph(w, w0, x, y), 3)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


# --- What is not possible -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: microscope(n, [1.0], [1.0], "nll"), "x: one example of 2 numbers"),
        (lambda n: microscope(n, np.ones((3, 2)), [1.0], "nll"), "x: one example of 2 numbers"),
        (lambda n: microscope(n, [1.0, 2.0], [1.0, 0.0], "nll"), "y: one example of 1 number"),
        (lambda n: microscope(n, [1.0, 2.0], [1.0], "hinge"), "needs output 'linear'"),
        (lambda n: finite_difference(n, [1.0, 2.0], [1.0], "nll", 99), "index: 0 to 12"),
        (lambda n: scalar_chain(1.0, "softmax"), "inner and outer"),
        (lambda n: scalar_chain(math.nan), "x: a finite number"),
        (lambda n: linear_regression([1.0], 0, [1.0, 2.0], 0), "w and x: as many numbers each"),
        (lambda n: logistic_regression([1.0], 0, [1.0], 2.0), r"y must lie in \[0, 1\]"),
    ],
)
def test_what_is_not_possible_is_refused_in_a_sentence(call, message):
    net, _, _ = case(("tanh", "sigmoid"), "nll", 1)
    with pytest.raises(ValueError, match=message):
        call(net)
