"""One neuron's story: the microscope's numbers, told for a unit of each layer."""

import re

import numpy as np
import pytest

from nnlib.explaining.microscope import microscope
from nnlib.explaining.one_neuron import neuron_story
from tests.nnlib.explaining.backprop_oracle import PAIRS, by_id, case


def story(names, loss, k, unit):
    """(matrices' steps, the unit's steps), by id."""
    net, x, y = case(names, loss, k)
    steps = microscope(net, x, y, loss)
    return by_id(steps), by_id(neuron_story(net, steps, unit))


@pytest.mark.parametrize("unit", [1, 2, 9])
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
def test_the_numbers_are_parts_of_the_matrices(output, loss, k, unit):
    whole, told = story(("tanh", "relu", output), loss, k, unit)
    assert list(told) == list(whole)
    for id, step in told.items():
        assert np.array_equal(step.result.values, whole[id].result.values[step.part]), id
        if step.parameters is not None:
            assert np.array_equal(step.parameters, whole[id].parameters[step.part]), id


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
def test_what_is_multiplied_gives_the_result(output, loss, k):
    _, told = story(("tanh", "silu", output), loss, k, 2)
    for id, step in told.items():
        if id.startswith(("Z", "dZ", "dW")) or id in ("dA1", "dA2"):
            left, right, *rest = (factor.values for factor in step.factors)
            expected = left @ right + (rest[0] if rest else 0)
            np.testing.assert_allclose(step.result.values, expected, rtol=1e-9, atol=1e-15)


def test_a_layer_with_fewer_units_tells_of_its_last():
    whole, told = story(("tanh", "relu", "sigmoid"), "nll", 1, 4)
    assert told["Z1"].result.values.item() == whole["Z1"].result.values[2, 0]
    assert told["Z2"].result.values.item() == whole["Z2"].result.values[3, 0]
    assert told["Z3"].result.values.item() == whole["Z3"].result.values[0, 0]


def test_the_sum_is_written_out():
    _, told = story(("tanh", "sigmoid"), "nll", 1, 2)
    assert told["Z1"].formula == r"z_{2}^{1} = \sum_i w_{i2}^{1} a_{i}^{0} + w_{02}^{1}"
    assert told["Z1"].numbers.count(r"\cdot") == 2
    assert told["dA1"].formula == (
        r"\frac{\partial L}{\partial a_{2}^{1}} = "
        r"\sum_k w_{2k}^{2} \cdot \frac{\partial L}{\partial z_{k}^{2}}"
    )


def test_a_units_bias_is_one_bias():
    _, told = story(("tanh", "sigmoid"), "nll", 1, 2)
    assert told["db1"].name.startswith("Gradient of the bias of unit 2 of layer 1")


def test_a_unit_of_softmax_hears_of_every_output():
    _, told = story(("tanh", "softmax"), "softmax_nll", 3, 1)
    assert told["J2"].result.values.shape == (1, 3)
    assert (told["J2"].result.values != 0).all()


def test_braces_of_every_formula_are_balanced():
    _, told = story(("relu", "gelu", "softmax"), "softmax_nll", 3, 2)
    for step in told.values():
        for text in (step.formula, step.numbers):
            assert text.count("{") == text.count("}")
            assert "<" not in re.sub(r"z < 0|g < 1", "", text)
