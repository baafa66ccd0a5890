"""What a comparison varies, and that everything else is held equal."""

import numpy as np
import pytest

from nnlib.comparing.knobs import (
    KNOBS,
    MOST,
    MOST_IN_GRID,
    check_values,
    find_knob,
    grid,
    variants,
    with_seed,
)
from nnlib.config import LIMITS, RunConfig
from nnlib.features import FEATURES
from nnlib.initializers import INITIALIZERS
from nnlib.run import Run
from nnlib.task import PAIRS

BASE = RunConfig(noise=0.2, n_samples=60, seed=5, hidden=((4, "tanh"), (3, "relu")))
KINDS = {"two classes": "circle", "classes": "blobs", "regression": "bumps"}


def default_variants(name: str, base: RunConfig = BASE) -> list[RunConfig]:
    return variants(base, name, KNOBS[name].defaults_for(base, "two classes"))


# --- the list ------------------------------------------------------------------------------------


def test_the_knobs_are_these_in_this_order():
    assert list(KNOBS) == [
        *("activation", "loss", "optimizer", "learning_rate", "initializer"),
        *("depth", "width", "batch_size", "l2", "features"),
    ]


@pytest.mark.parametrize("name", KNOBS)
def test_default_values_are_possible_and_differ(name):
    values = KNOBS[name].default_values
    assert 2 <= len(values) <= MOST
    assert check_values(name, values) == values
    assert len(set(default_variants(name))) == len(values)


@pytest.mark.parametrize("name", KNOBS)
def test_a_value_is_read_as_it_was_written(name):
    knob = KNOBS[name]
    for value in (*knob.default_values, *knob.choices):
        text = knob.write(value)
        assert knob.read(text) == value
        assert not set(text) & set(",; ")


@pytest.mark.parametrize("name", KNOBS)
def test_every_value_has_a_label_of_its_own(name):
    knob = KNOBS[name]
    for values in [knob.default_values, *([] if name == "loss" else [knob.choices])]:
        assert len({knob.text(value) for value in values}) == len(values)


@pytest.mark.parametrize("kind", PAIRS)
def test_labels_of_losses_differ_on_every_kind_of_data(kind):
    loss = KNOBS["loss"]
    assert len({loss.text(pair) for pair in PAIRS[kind]}) == len(PAIRS[kind])


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("activation", "leaky_relu", "leaky ReLU"),
        ("loss", ("sigmoid", "nll"), "sigmoid + NLL"),
        ("learning_rate", 0.03, "0.03"),
        ("width", 8, "8"),
        ("features", ("x1", "x2^2"), "x₁, x₂²"),
        ("features", tuple(FEATURES), "all"),
    ],
)
def test_labels_are_as_people_write_them(name, value, label):
    assert KNOBS[name].text(value) == label


def test_ranges_are_those_of_the_settings():
    for name in ("learning_rate", "batch_size", "l2"):
        assert (KNOBS[name].low, KNOBS[name].high) == LIMITS[name]
    assert (KNOBS["depth"].low, KNOBS["depth"].high) == (0, 6)
    assert (KNOBS["width"].low, KNOBS["width"].high) == (1, 32)


# --- what suits the data -------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "dataset"), KINDS.items())
def test_every_loss_offered_can_be_trained(kind, dataset):
    base = BASE.replace(dataset=dataset)
    knob = KNOBS["loss"]
    assert knob.choices_for(base, kind) == PAIRS[kind]
    for config in variants(base, "loss", knob.defaults_for(base, kind)):
        Run(config).advance(1)


def test_on_the_line_inputs_have_no_x2_and_none_stands_there_twice():
    base = RunConfig(dataset="sine")
    choices = KNOBS["features"].choices_for(base, "regression")
    assert choices[0] == ("x1",)
    assert len(set(choices)) == len(choices)
    assert not any(FEATURES[name].needs_x2 for names in choices for name in names)


def test_own_data_say_themselves_how_many_inputs_they_have():
    own = RunConfig(dataset="own")
    knob = KNOBS["features"]
    assert knob.choices_for(own, "regression") == knob.choices
    assert knob.defaults_for(own, "regression", n_inputs=1)[0] == ("x1",)


# --- what a value changes ------------------------------------------------------------------------


@pytest.mark.parametrize("name", KNOBS)
def test_a_variant_differs_in_its_knob_alone(name):
    fields = {
        **{layers: {"hidden"} for layers in ("activation", "depth", "width")},
        "loss": {"output", "loss"},
    }.get(name, {name})
    for config in default_variants(name):
        changed = {
            field
            for field in RunConfig.model_fields
            if getattr(config, field) != getattr(BASE, field)
        }
        assert changed <= fields


def test_activation_and_width_hold_for_every_hidden_layer():
    assert variants(BASE, "activation", ["elu"])[0].hidden == ((4, "elu"), (3, "elu"))
    assert variants(BASE, "width", [7])[0].hidden == ((7, "tanh"), (7, "relu"))


def test_depth_repeats_the_first_layer():
    assert variants(BASE, "depth", [3, 0])[0].hidden == ((4, "tanh"),) * 3
    assert variants(BASE, "depth", [3, 0])[1].hidden == ()
    assert variants(RunConfig(hidden=()), "depth", [2])[0].hidden == ((4, "tanh"),) * 2


# --- fairness ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KNOBS)
@pytest.mark.parametrize("seed", [0, 3])
def test_all_variants_of_a_seed_have_the_same_points_in_the_same_order(name, seed):
    runs = [Run(with_seed(config, seed)) for config in default_variants(name)]
    first = runs[0]
    for run in runs[1:]:
        for part in ("train", "test", "train_target", "test_target"):
            ours, theirs = getattr(run.data.points, part), getattr(first.data.points, part)
            np.testing.assert_array_equal(ours, theirs)
        for epoch in (0, 1, 40):
            np.testing.assert_array_equal(run.order(epoch), first.order(epoch))


@pytest.mark.parametrize("name", ["activation", "optimizer", "learning_rate", "batch_size", "l2"])
def test_variants_of_one_shape_begin_with_the_same_weights_to_the_bit(name):
    runs = [Run(config) for config in default_variants(name)]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.snapshot(0), runs[0].snapshot(0))


@pytest.mark.parametrize("family", ["uniform", "normal"])
def test_initializers_of_a_family_scale_the_same_draws(family):
    names = [name for name in INITIALIZERS if name.endswith(family)]
    runs = [Run(config, dtype=np.float64) for config in variants(BASE, "initializer", names)]
    for layers in zip(*(run.network.weights for run in runs), strict=True):
        for W in layers[1:]:
            scale = W / layers[0]
            np.testing.assert_allclose(scale, scale[0, 0], rtol=1e-12)


@pytest.mark.parametrize(("name", "small", "large"), [("width", 3, 8), ("depth", 2, 4)])
def test_a_larger_network_has_the_smaller_ones_draws_in_it(name, small, large):
    # "uniform" has no scale of its own: the weights themselves are equal
    base = BASE.replace(initializer="uniform", hidden=((4, "tanh"), (4, "tanh")))
    few, many = (Run(config).network for config in variants(base, name, [small, large]))
    hidden = zip(few.weights[:-1], many.weights[: len(few.weights) - 1], strict=True)
    for W, larger in hidden:
        np.testing.assert_array_equal(larger[: W.shape[0], : W.shape[1]], W)


def test_more_inputs_leave_the_draws_of_the_others():
    base = BASE.replace(initializer="uniform")
    sets = [("x1", "x2"), ("x1", "x2", "sin(x1)")]
    few, many = (Run(config).network.weights[0] for config in variants(base, "features", sets))
    np.testing.assert_array_equal(many[:2], few)


def test_another_seed_is_other_data_other_weights_and_other_batches():
    first, second = (Run(with_seed(BASE, i)) for i in (0, 1))
    assert not np.array_equal(first.data.X_train, second.data.X_train)
    assert not np.array_equal(first.snapshot(0), second.snapshot(0))
    assert not np.array_equal(first.order(0), second.order(0))


def test_seeds_count_on_from_the_configs_own_and_wrap():
    assert with_seed(BASE, 0) == BASE
    assert with_seed(BASE, 4) == BASE.replace(seed=9)
    assert with_seed(BASE.replace(seed=2**32 - 1), 2).seed == 1


# --- two knobs -----------------------------------------------------------------------------------


def test_a_grid_has_a_row_for_each_value_of_the_first_knob():
    configs = grid(BASE, "learning_rate", [0.01, 0.1], "l2", [0.0, 0.001, 0.01])
    assert [len(row) for row in configs] == [3, 3]
    assert configs[1][2] == BASE.replace(learning_rate=0.1, l2=0.01)


@pytest.mark.parametrize("names", [("depth", "activation"), ("activation", "depth")])
def test_depth_and_activation_meet_even_where_the_base_has_no_layer(names):
    values = {"depth": [0, 2], "activation": ["relu", "elu"]}
    configs = grid(RunConfig(hidden=()), names[0], values[names[0]], names[1], values[names[1]])
    found = {config.hidden for row in configs for config in row}
    assert found == {(), ((4, "relu"),) * 2, ((4, "elu"),) * 2}


def test_a_grid_takes_ten_values_a_knob():
    widths, depths = list(range(1, MOST_IN_GRID + 1)), [0, 1]
    assert len(grid(BASE, "width", widths, "depth", depths)) == MOST_IN_GRID
    with pytest.raises(ValueError, match="width: 11 values are too many; allowed: 1 to 10"):
        grid(BASE, "width", [*widths, 11], "depth", depths)


# --- what is not possible ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("activation", ["relu", "softmax"], r"activation: 'softmax' is not possible; allowed: lin"),
        ("loss", [("tanh", "nll")], r"loss: \('tanh', 'nll'\) is not possible; allowed: sigmoid.n"),
        ("learning_rate", [20.0], r"learning_rate: 20.0 is not possible; .* from 1e-05 to 10\.$"),
        ("learning_rate", [float("nan")], r"learning_rate: nan is not possible"),
        ("learning_rate", ["0.1"], r"learning_rate: '0.1' is not possible"),
        ("l2", [True], r"l2: True is not possible; allowed: a number from 0 to 10\.$"),
        ("depth", [7], r"depth: 7 is not possible; allowed: a whole number from 0 to 6\.$"),
        ("depth", [2.0], r"depth: 2.0 is not possible; allowed: a whole number"),
        ("width", [33], r"width: 33 is not possible; allowed: a whole number from 1 to 32\.$"),
        ("features", [("x1", "x3")], r"features: \('x1', 'x3'\) is not possible; .* at least one"),
        ("features", [()], r"features: \(\) is not possible"),
        ("l2", [], r"l2: no value was chosen; allowed: 1 to 6 different values\.$"),
        ("width", [1, 2, 3, 4, 5, 6, 7], r"width: 7 values are too many; allowed: 1 to 6"),
        ("l2", [0, 0.0], r"l2: 0.0 was chosen twice; allowed: 1 to 6 different values\.$"),
        ("features", [("x1", "x2"), ("x2", "x1")], r"features: x1.x2 was chosen twice"),
        ("colour", ["red"], r"knob: 'colour' is not possible; allowed: activation, loss,"),
    ],
)
def test_a_bad_value_gets_a_sentence(name, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_values(name, values)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("width", "2.5"),
        ("l2", ""),
        ("loss", "nll"),
        ("features", "x1,x9"),
        ("activation", "x" * 99),
    ],
)
def test_text_that_is_no_value_gets_a_sentence_with_the_text(name, text):
    with pytest.raises(ValueError, match=f"{name}: '{text[:50]}.* is not possible; allowed:"):
        find_knob(name).read(text)


@pytest.mark.parametrize("name", ["activation", "width"])
def test_layers_that_do_not_exist_cannot_be_varied(name):
    with pytest.raises(ValueError, match=f"{name}: this network has no hidden layer"):
        default_variants(name, BASE.replace(hidden=()))


def test_a_grid_of_one_knob_is_refused():
    with pytest.raises(ValueError, match="knobs: 'l2' was chosen twice; allowed: two different"):
        grid(BASE, "l2", [0.1], "l2", [0.2])
