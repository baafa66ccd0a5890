"""Formulas with a run's settings filled in."""

import re

import pytest

from nnlib.config import RunConfig
from nnlib.optimizers import OPTIMIZERS
from nnlib.task import prepare
from pages.ui.shell import formulas


def of(**settings) -> tuple:
    config = RunConfig(**settings)
    return config, prepare(config)


def test_every_layer_is_there_with_its_shape_and_activation():
    layers, *activations = formulas.network(*of(hidden=((5, "relu"), (3, "tanh"))))
    assert r"\underset{2 \times 5}{W^1}" in layers
    assert r"\operatorname{relu}(Z^1)" in layers
    assert r"\underset{3 \times 1}{W^3}" in layers
    assert r"\operatorname{sigmoid}(Z^3)" in layers
    assert len(activations) == 3


def test_an_activation_that_is_used_twice_is_explained_once():
    lines = formulas.network(*of(hidden=((5, "elu"), (3, "elu"))))
    assert sum(r"\operatorname{elu}(z) =" in line for line in lines) == 1


def test_the_objective_has_the_loss_the_batch_and_only_the_penalties_that_are_on():
    loss, objective = formulas.objective(*of(batch_size=20))
    assert r"\log g" in loss
    assert r"\frac{1}{20}" in objective
    assert "w" not in objective.replace("text", "")
    objective = formulas.objective(*of(l2=0.01, l1=0.5))[1]
    assert r"\frac{0.01}{2} \sum w^2" in objective
    assert r"0.5 \sum |w|" in objective


def test_a_batch_is_never_larger_than_the_training_data():
    assert r"\frac{1}{50}" in formulas.objective(*of(n_samples=100, batch_size=2000))[1]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_symbol_of_a_setting_is_left_in_the_filled_update(name):
    config = RunConfig(optimizer=name, learning_rate=0.05, momentum=0.8, beta1=0.7)
    *_, symbols, numbers = formulas.update(config, config.learning_rate)
    assert symbols == OPTIMIZERS[name].formula
    for symbol in (r"\eta", *(field.symbol for field in OPTIMIZERS[name].fields)):
        assert not re.search(re.escape(symbol) + "(?![a-zA-Z])", numbers)
    assert "0.05" in numbers


def test_clipping_is_said_where_the_gradient_is():
    assert r"\le 2" in formulas.update(RunConfig(clip_norm=2.0), 0.03)[0]
    assert "clipped" not in formulas.update(RunConfig(), 0.03)[0]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.03, "0.03"),
        (10.0, "10"),
        (0.0, "0"),
        (1e-5, "10^{-5}"),
        (2.5e-8, r"2.5 \cdot 10^{-8}"),
    ],
)
def test_numbers_are_written_as_people_do(x, text):
    assert formulas.number(x) == text
