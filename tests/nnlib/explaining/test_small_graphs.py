"""The small graphs: the scalar chain rule and the regressions, by hand and by autograd."""

import math

import numpy as np
import pytest
from autograd import grad

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.explaining.small_graphs import (
    as_network,
    linear_regression,
    logistic_regression,
    scalar_chain,
)
from nnlib.network import MLP
from tests.nnlib.explaining.backprop_oracle import by_id, gradient_in
from tests.nnlib.textbook import TEXTBOOK


@pytest.mark.parametrize("outer", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("inner", ["sine", "tanh", "relu"])
def test_the_scalar_chain_rule_is_autograds(inner, outer):
    def h(x):
        return TEXTBOOK[outer](TEXTBOOK[inner](x))

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


def test_a_saturated_guess_keeps_its_slope_and_is_not_written_as_0():
    found = by_id(logistic_regression([4.0, 4.0], 4.0, [4.0, 4.0], 0.0))  # z = 36
    assert found["J"].result.values.item() == pytest.approx(math.exp(-36), rel=1e-12)
    assert found["J"].numbers == r"1 \cdot 2.32 \cdot 10^{-16} = 2.32 \cdot 10^{-16}"


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


def test_a_regression_is_a_network_without_hidden_layers():
    net = as_network([0.4, -1.2], 0.3, "sigmoid")
    assert net.sizes == (2, 1)
    x = np.array([[1.5, 2.0]])
    assert net.predict(x).item() == pytest.approx(1 / (1 + math.exp(-(0.6 - 2.4 + 0.3))))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scalar_chain(1.0, "softmax"), "inner and outer"),
        (lambda: scalar_chain(math.nan), "x: a finite number"),
        (lambda: linear_regression([1.0], 0, [1.0, 2.0], 0), "w and x: as many numbers each"),
        (lambda: logistic_regression([1.0], 0, [1.0], 2.0), r"y must lie in \[0, 1\]"),
    ],
)
def test_what_is_not_possible_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
