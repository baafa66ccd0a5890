"""Formulas in HTML: every formula of the boards can be written, and what it looks like."""

from __future__ import annotations

import pytest

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.explaining.microscope import microscope
from nnlib.explaining.one_neuron import neuron_story
from nnlib.explaining.small_graphs import linear_regression, logistic_regression, scalar_chain
from pages.ui.backprop.tex import html
from tests.nnlib.explaining.backprop_oracle import PAIRS, case


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("x", "<i>x</i>"),
        ("-1.5", "−1.5"),
        (r"n^{1} \times 1", "<i>n</i><sup>1</sup> × 1"),
        ("w_0", "<i>w</i><sub>0</sub>"),
        ("f'(u)", "<i>f</i>′(<i>u</i>)"),
        (r"1.2 \cdot 10^{-7}", "1.2\u00a0·\u00a010<sup>−7</sup>"),
        (r"\operatorname{leaky\ ReLU}(2)", "<span>leaky ReLU</span>(2)"),
        (
            r"\frac{\partial L}{\partial z}",
            '<span class="fm-f"><span>∂<i>L</i></span><span>∂<i>z</i></span></span>',
        ),
        (
            r"\underset{1 \times 1}{L}",
            '<span class="fm-u"><span><i>L</i></span><span>1 × 1</span></span>',
        ),
    ],
)
def test_a_formula_is_written(tex: str, expected: str):
    assert html(tex) == expected


def test_a_letter_with_two_scripts_has_both():
    assert "<sup>1</sup><sub>2</sub>" in html("z_{2}^{1}")


def test_a_matrix_has_its_rows():
    assert html(r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}").count("<span><span>") == 2


def test_text_is_escaped():
    assert html(r"\text{a<b>}") == "<span>a&lt;b&gt;</span>"
    assert html("z < 0") == "<i>z</i> &lt; 0"


def test_an_unknown_symbol_is_refused_by_name():
    with pytest.raises(ValueError, match="unheard"):
        html(r"\unheard{x}")


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
def test_every_formula_of_the_microscope_can_be_written(hidden, output, loss, k):
    net, x, y = case((hidden, output), loss, k)
    steps = microscope(net, x, y, loss)
    for step in (*steps, *neuron_story(net, steps, 1)):
        for text in (html(step.formula), html(step.numbers), html(step.result.symbol)):
            assert "\\" not in text


def test_every_formula_of_the_small_graphs_can_be_written():
    graphs = (
        scalar_chain(0.7),
        linear_regression([1.0, 2.0], 0.5, [3.0, -1.0], 2.0),
        logistic_regression([1.0, 2.0], 0.0, [3.0, -1.0], 0.0),
    )
    for step in (step for graph in graphs for step in graph):
        assert html(step.formula)
        assert "\\" not in html(step.numbers)
