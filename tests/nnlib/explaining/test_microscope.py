"""The microscope: every number against HIPS autograd, the backward pass and worked numbers."""

import math
import re

import numpy as np
import pytest
from autograd import elementwise_grad, grad

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS
from nnlib.explaining.graph import matrix_text, number
from nnlib.explaining.microscope import microscope, multiplied
from nnlib.explaining.small_graphs import scalar_chain
from nnlib.network import MLP
from tests.nnlib.explaining.backprop_oracle import PAIRS, by_id, case, gradient_in, loss_of
from tests.nnlib.textbook import TEXTBOOK

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
        expected = np.stack([grad(lambda v, i=i: TEXTBOOK[name](v)[i])(z) for i in range(3)])
    else:
        expected = np.diag(elementwise_grad(TEXTBOOK[name])(z))
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
    assert found["A1"].numbers == r"\operatorname{sigmoid}(0.5) = 0.6225"


def test_a_function_of_a_negative_number_has_one_pair_of_brackets():
    net = MLP((1, 1), ("relu",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0]
    found = by_id(microscope(net, [-0.5], [0.0], "squared"))
    assert found["A1"].numbers == r"\operatorname{ReLU}(-0.5) = 0"


@pytest.mark.parametrize("z", [-48.0, 48.0])
def test_the_slope_of_a_saturated_sigmoid_is_tiny_and_not_0(z):
    net = MLP((1, 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [z, 0]
    found = by_id(microscope(net, [1.0], [0.0], "nll"))
    slope = found["J1"].result.values.item()
    assert slope == pytest.approx(math.exp(-48), rel=1e-12)
    product = slope * found["dA1"].result.values.item()
    assert product == pytest.approx(found["dZ1"].result.values.item(), rel=1e-12)


def test_that_w0_is_the_bias_is_said_once(lecture):
    assert [id for id, step in lecture.items() if "bias, b" in step.note] == ["Z1"]


def test_an_activation_of_two_words_is_written_in_two():
    assert r"\operatorname{leaky\ ReLU}(" in scalar_chain(1.0, "leaky_relu")[0].numbers


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
        (-0.0, "0"),
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
    assert matrix_text(matrix) == rf"\begin{{bmatrix}} {first} \\ {second} \end{{bmatrix}}"


# --- What is not possible -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: microscope(n, [1.0], [1.0], "nll"), "x: one example of 2 numbers"),
        (lambda n: microscope(n, np.ones((3, 2)), [1.0], "nll"), "x: one example of 2 numbers"),
        (lambda n: microscope(n, [1.0, 2.0], [1.0, 0.0], "nll"), "y: one example of 1 number"),
        (lambda n: microscope(n, [1.0, 2.0], [1.0], "hinge"), "needs output 'linear'"),
    ],
)
def test_what_is_not_possible_is_refused_in_a_sentence(call, message):
    net, _, _ = case(("tanh", "sigmoid"), "nll", 1)
    with pytest.raises(ValueError, match=message):
        call(net)
