"""Gradients on their way down through many layers, against HIPS autograd and known factors."""

import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.explaining.chains import (
    KEEPS,
    MAX_CHAIN_LAYERS,
    MAX_WIDTH,
    SAMPLES,
    factor,
    gradient_norms,
    verdict,
)
from nnlib.initializers import INITIALIZERS
from nnlib.network import MLP

# Written anew for autograd. ReLU has no kink where these random numbers fall.
BY_HAND = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.maximum(z, 0),
    "elu": lambda z: anp.where(z >= 0, z, anp.exp(z) - 1),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "sine": anp.sin,
}


def median_factor(activation, initializer, width=16, depth=MAX_CHAIN_LAYERS):
    return np.median(
        [factor(gradient_norms(depth, width, activation, initializer, seed)) for seed in range(8)]
    )


# --- The measurement ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_HAND)
def test_sizes_are_those_of_autograds_gradient_of_the_same_network(name):
    depth, width, seed = 5, 6, 3
    weights, inputs, errors = np.random.SeedSequence(seed).spawn(3)
    network = MLP(
        [width] * (depth + 1),
        [name] * depth,
        initializer="he_normal",
        rng=np.random.default_rng(weights),
        dtype=np.float64,
    )
    X, error = (
        np.stack(
            [np.random.default_rng(unit).standard_normal(SAMPLES) for unit in stream.spawn(width)],
            axis=1,
        )
        for stream in (inputs, errors)
    )

    y = network.predict(X) - error

    def mean_loss(moved):  # what is added to every z^l: its gradient is dL/dz^l
        A = X
        for layer in range(depth):
            A = BY_HAND[name](A @ network.weights[layer] + network.biases[layer] + moved[layer])
        return anp.sum((A - y) ** 2) / SAMPLES

    gradient = grad(mean_loss)(np.zeros((depth, SAMPLES, width)))
    sizes = np.sqrt((gradient**2).mean(axis=(1, 2)))
    found = gradient_norms(depth, width, name, "he_normal", seed)
    np.testing.assert_allclose(found, sizes / sizes[-1], rtol=1e-9)


@pytest.mark.parametrize("name", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_there_is_a_finite_size_for_every_layer_and_the_last_one_is_1(name, initializer):
    sizes = gradient_norms(MAX_CHAIN_LAYERS, 8, name, initializer)
    assert sizes.shape == (MAX_CHAIN_LAYERS,)
    assert np.isfinite(sizes).all()
    assert (sizes >= 0).all()
    assert sizes[-1] == 1


def test_the_same_seed_gives_the_same_sizes_whatever_was_measured_between():
    before = gradient_norms(7, 9, "tanh", "xavier_normal", 5)
    gradient_norms(20, 30, "relu", "he_uniform", 5)
    np.testing.assert_array_equal(gradient_norms(7, 9, "tanh", "xavier_normal", 5), before)


def test_another_seed_is_another_network():
    first, second = (gradient_norms(7, 9, "tanh", seed=seed) for seed in (0, 1))
    assert (first[:-1] != second[:-1]).all()


# --- What is known of it ------------------------------------------------------------------------


def test_linear_layers_with_orthogonal_weights_keep_a_gradient_as_long_as_it_is():
    np.testing.assert_allclose(gradient_norms(20, 12, "linear", "orthogonal"), 1, rtol=1e-10)


def test_no_gradient_passes_weights_of_zero():
    np.testing.assert_array_equal(gradient_norms(4, 8, "tanh", "zeros"), [0, 0, 0, 1])


def test_sigmoid_takes_at_least_three_quarters_in_every_layer():
    # sigmoid' <= 1/4, and orthogonal weights change no length; the last layer's own slope, which
    # is in what all are divided by, differs from the others' by little.
    sizes = gradient_norms(20, 32, "sigmoid", "orthogonal")
    assert factor(sizes[:-1]) <= 0.25


def test_relu_keeps_the_gradient_under_he_and_halves_its_square_under_xavier():
    # He et al. (2015), equation 14: n Var[w] / 2 = 1; Xavier has half the variance.
    he, xavier = (median_factor("relu", f"{kind}_normal", width=64) for kind in ("he", "xavier"))
    assert he == pytest.approx(1, abs=0.05)
    assert xavier == pytest.approx(math.sqrt(1 / 2), abs=0.05)


def test_linear_layers_multiply_by_the_root_of_width_times_variance():
    assert median_factor("linear", "normal", width=64) == pytest.approx(
        math.sqrt(64) * 0.1, rel=0.05
    )


def test_too_large_weights_explode():
    assert verdict(median_factor("linear", "uniform", width=32)) == "explodes"


# --- Factor and verdict -------------------------------------------------------------------------


def test_the_factor_is_what_each_layer_multiplies_by_on_the_way_down():
    assert factor(np.array([1 / 8, 1 / 4, 1 / 2, 1])) == pytest.approx(1 / 2)
    assert factor(np.array([9.0, 3.0, 1.0])) == pytest.approx(3)


def test_a_single_layer_has_no_factor():
    assert math.isnan(factor(gradient_norms(1, 4, "relu")))
    assert verdict(math.nan) == ""


@pytest.mark.parametrize(
    ("value", "word"),
    [(0.0, "vanishes"), (0.84, "vanishes"), (1.0, "keeps"), (1.19, "explodes")],
)
def test_the_verdict_follows_the_factor(value, word):
    assert verdict(value) == word


def test_both_limits_count_as_kept():
    assert {verdict(value) for value in KEEPS} == {"keeps"}


# --- What is not possible -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 4, "relu"), f"depth: a whole number from 1 to {MAX_CHAIN_LAYERS}. Got 0"),
        ((MAX_CHAIN_LAYERS + 1, 4, "relu"), "depth"),
        ((2, 0, "relu"), "width"),
        ((2, MAX_WIDTH + 1, "relu"), f"width: a whole number from 1 to {MAX_WIDTH}"),
        ((2, 4, "softmax"), "activation: one of linear"),
        ((2, 4, "relu", "unheard"), "initializer"),
    ],
)
def test_what_is_not_possible_is_named_with_what_is(arguments, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        gradient_norms(*arguments)
