"""RunConfig: names, defaults and ranges as agreed; what is refused and in what words; the URL."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS
from nnlib.config import (
    CHOICES,
    LIMITS,
    MAX_LINK_LENGTH,
    RunConfig,
    allowed,
    explain,
    read_query,
    write_query,
)
from nnlib.data import DATASETS
from nnlib.features import FEATURES
from nnlib.initializers import INITIALIZERS
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS, SCHEDULES

DEFAULTS = {
    "dataset": "circle",
    "n_samples": 500,
    "test_share": 0.5,
    "noise": 0.0,
    "seed": 0,
    "weight_seed": 0,
    "n_classes": 3,
    "columns": None,
    "target": None,
    "task": "auto",
    "features": ("x1", "x2"),
    "hidden": ((4, "tanh"), (2, "tanh")),
    "output": "auto",
    "leaky_slope": 0.01,
    "elu_alpha": 1.0,
    "initializer": "xavier_uniform",
    "loss": "auto",
    "huber_delta": 1.0,
    "optimizer": "sgd",
    "learning_rate": 0.03,
    "schedule": "constant",
    "schedule_every": 100,
    "schedule_factor": 0.5,
    "batch_size": 10,
    "l1": 0.0,
    "l2": 0.0,
    "clip_norm": None,
    "momentum": 0.9,
    "rho": 0.9,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "weight_decay": 0.01,
}
# The ranges that were agreed on, both ends allowed.
RANGES = {
    "n_samples": (20, 2000),
    "test_share": (0.1, 0.9),
    "noise": (0.0, 2.0),
    "seed": (0, 4294967295),
    "learning_rate": (1e-5, 10.0),
    "batch_size": (1, 2000),
    "l1": (0.0, 10.0),
    "l2": (0.0, 10.0),
}
INTEGERS = [name for name, value in DEFAULTS.items() if type(value) is int]
NUMBERS = [*LIMITS, "clip_norm"]
NAMES = {
    "dataset": (*DATASETS, "own"),
    "output": ("auto", *ACTIVATIONS),
    "initializer": tuple(INITIALIZERS),
    "loss": ("auto", *LOSSES),
    "optimizer": tuple(OPTIMIZERS),
    "schedule": SCHEDULES,
    "task": ("auto", "classification", "regression"),
}


def problems_of(**values) -> list[str]:
    """The sentences about values that RunConfig must refuse."""
    with pytest.raises(ValidationError) as caught:
        RunConfig(**values)
    return explain(caught.value)


# --- names, defaults, ranges ---------------------------------------------------------------------


def test_the_fields_and_their_defaults_are_the_agreed_ones():
    assert RunConfig().model_dump() == DEFAULTS


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_the_ranges_are_the_agreed_ones(name, ends):
    assert LIMITS[name] == ends


@pytest.mark.parametrize(("name", "ends"), LIMITS.items())
def test_both_ends_of_a_range_are_possible_and_what_lies_beyond_is_not(name, ends):
    low, high = ends
    step = 1 if name in INTEGERS else 1e-9
    for value in ends:
        assert getattr(RunConfig(**{name: value}), name) == value
    for value in (low - step, high + step):
        (sentence,) = problems_of(**{name: value})
        assert sentence.startswith(f"{name}: {value!r} is not possible; allowed: ")
        assert f"from {low:,.10g} to {high:,.10g}" in sentence


@pytest.mark.parametrize("value", [1e-9, 0.5, 1, 1e9, None])
def test_a_clip_norm_is_any_number_above_0_or_none(value):
    assert RunConfig(clip_norm=value).clip_norm == value


@pytest.mark.parametrize("value", [0, -1.0, float("inf"), "none"])
def test_another_clip_norm_is_refused(value):
    (sentence,) = problems_of(clip_norm=value)
    assert sentence == f"clip_norm: {value!r} is not possible; allowed: a number > 0, or none."


@pytest.mark.parametrize(("field", "name"), [(f, n) for f in NAMES for n in NAMES[f]])
def test_every_name_of_a_registry_is_possible(field, name):
    assert getattr(RunConfig(**{field: name}), field) == name


@pytest.mark.parametrize("field", NAMES)
def test_another_name_is_refused_with_those_that_exist(field):
    (sentence,) = problems_of(**{field: "nonsense"})
    assert CHOICES[field] == NAMES[field]
    assert sentence == (f"{field}: 'nonsense' is not possible; allowed: {', '.join(NAMES[field])}.")


@pytest.mark.parametrize(
    "hidden",
    [
        (),
        ((1, "relu"),),
        ((64, "sine"),) * 6,
        tuple((2, name) for name in HIDDEN_ACTIVATIONS[:6]),
    ],
)
def test_hidden_layers_that_are_possible(hidden):
    assert RunConfig(hidden=hidden).hidden == hidden


@pytest.mark.parametrize(
    "hidden",
    [
        ((0, "tanh"),),
        ((65, "tanh"),),
        ((8, "softmax"),),
        ((8, "swish"),),
        ((8, "tanh"),) * 7,
        ((True, "tanh"),),
        ((8.0, "tanh"),),
        (("8", "tanh"),),
        ((8,),),
        ((8, "tanh", 1),),
        (8, "tanh"),
        8,
        "8.tanh",
        None,
    ],
)
def test_hidden_layers_that_are_refused(hidden):
    (sentence,) = problems_of(hidden=hidden)
    assert sentence.startswith("hidden: ")
    assert "allowed: 0 to 6 layers such as 8.tanh,4.relu, widths 1 to 64" in sentence
    assert ", ".join(HIDDEN_ACTIVATIONS) in sentence


@pytest.mark.parametrize("features", [(), ("x3",), ("x1", "x1"), "x1", None, ("x1", 2)])
def test_features_that_are_refused(features):
    (sentence,) = problems_of(features=features)
    assert sentence.startswith("features: ")
    assert f"allowed: at least one of {', '.join(FEATURES)}, each once" in sentence


def test_features_have_one_order_so_that_one_meaning_has_one_config():
    assert RunConfig(features=("x1*x2", "x2", "x1")) == RunConfig(features=("x1", "x2", "x1*x2"))


@pytest.mark.parametrize("columns", [(), ("a", "b", "c"), ("a", "a"), "a", (1, 2), ("\ud800",)])
def test_columns_that_are_refused(columns):
    (sentence,) = problems_of(columns=columns)
    assert sentence.startswith("columns: ")
    assert sentence.endswith("allowed: one or two different column names.")


@pytest.mark.parametrize("target", [1, ("a",), "\ud800"])
def test_targets_that_are_refused(target):
    (sentence,) = problems_of(target=target)
    assert sentence.startswith("target: ")
    assert sentence.endswith("allowed: the name of a column.")


# --- no coercion ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [True, False, "3", "", [3], {}, 1j])
def test_what_is_not_a_number_is_not_made_one(name, value):
    (sentence,) = problems_of(**{name: value})
    assert sentence == f"{name}: {value!r} is not possible; {allowed(name)}."


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_refused(name, value):
    (sentence,) = problems_of(**{name: value})
    assert sentence.startswith(f"{name}: {value!r} is not possible; allowed: ")


@pytest.mark.parametrize("name", INTEGERS)
def test_a_whole_number_with_a_point_is_no_whole_number(name):
    (sentence,) = problems_of(**{name: float(DEFAULTS[name])})
    assert "allowed: a whole number from" in sentence


@pytest.mark.parametrize("name", [name for name, value in DEFAULTS.items() if value is not None])
def test_none_is_refused_where_it_means_nothing(name):
    (sentence,) = problems_of(**{name: None})
    assert sentence.startswith(f"{name}: None is not possible; allowed: ")


def test_an_unknown_setting_is_refused_by_name():
    assert problems_of(learnrate=0.1) == ["learnrate: there is no such setting."]


def test_every_bad_field_gets_one_sentence():
    sentences = problems_of(noise=3, batch_size=0, hidden=((99, "tanh"), (0, "x")), l1=0.5, foo=1)
    names = sorted(sentence.partition(":")[0] for sentence in sentences)
    assert names == ["batch_size", "foo", "hidden", "noise"]


def test_a_loss_and_an_output_that_disagree_are_refused():
    assert problems_of(output="linear", loss="nll") == [
        "loss 'nll' needs output 'sigmoid', not 'linear'."
    ]


HUGE = {
    "text": "x" * 10_000_000,
    "5,001 digits": 10**5_000,
    "4,001 digits": -(10**4_000),
    "a list": [[0] * 10_000] * 10,
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("name", [name for name in DEFAULTS if name != "target"])
def test_a_huge_value_is_refused_in_a_few_words(name, value):
    (sentence,) = problems_of(**{name: value})
    assert sentence.startswith(f"{name}: ")
    assert len(sentence) < 400


def test_a_config_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        RunConfig().noise = 1.0


def test_a_config_can_key_a_cache():
    assert len({RunConfig(), RunConfig(noise=0.0), RunConfig(noise=1.0)}) == 2


# --- replace -------------------------------------------------------------------------------------


def test_replace_changes_what_it_is_told_and_nothing_else():
    config = RunConfig(seed=4).replace(noise=0.5, hidden=((3, "relu"),))
    assert config == RunConfig(seed=4, noise=0.5, hidden=((3, "relu"),))


@pytest.mark.parametrize("changes", [{"noise": 3.0}, {"foo": 1}, {"seed": True}])
def test_replace_checks(changes):
    with pytest.raises(ValidationError):
        RunConfig().replace(**changes)


# --- configs of all kinds ------------------------------------------------------------------------


def numbers(name: str):
    low, high = LIMITS[name]
    if name in INTEGERS:
        return st.integers(int(low), int(high))
    return st.floats(low, high, allow_nan=False)


NAME_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FIELDS = {
    **{name: numbers(name) for name in LIMITS},
    **{name: st.sampled_from(names) for name, names in NAMES.items()},
    "clip_norm": st.none() | st.floats(1e-30, 1e30),
    "columns": st.none() | st.lists(NAME_TEXT, min_size=1, max_size=2, unique=True).map(tuple),
    "target": st.none() | NAME_TEXT,
    "features": st.lists(st.sampled_from([*FEATURES]), min_size=1, unique=True).map(tuple),
    "hidden": st.lists(
        st.tuples(st.integers(1, 64), st.sampled_from(HIDDEN_ACTIVATIONS)), max_size=6
    ).map(tuple),
}


def fits(values: dict) -> bool:
    needed = LOSSES[values["loss"]].output if values.get("loss", "auto") != "auto" else None
    return needed is None or values.get("output", "auto") in ("auto", needed)


CONFIGS = (
    st.fixed_dictionaries({}, optional=FIELDS).filter(fits).map(lambda values: RunConfig(**values))
)


def test_the_strategy_draws_every_field():
    assert set(FIELDS) == set(DEFAULTS) == set(RunConfig.model_fields)


@settings(max_examples=200, deadline=None)
@given(CONFIGS)
def test_json_round_trip(config):
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


@settings(max_examples=300, deadline=None)
@given(CONFIGS)
def test_url_round_trip(config):
    assert read_query(write_query(config)) == (config, [])


@settings(max_examples=200, deadline=None)
@given(CONFIGS)
def test_the_url_carries_what_differs_and_nothing_else(config):
    query = write_query(config)
    assert set(query) == {name for name in DEFAULTS if getattr(config, name) != DEFAULTS[name]}
    assert all(type(text) is str for text in query.values())


# --- JSON ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"n_samples": true}', "n_samples: True is not possible"),
        ('{"n_samples": "300"}', "n_samples: '300' is not possible"),
        ('{"n_samples": 300.0}', "n_samples: 300.0 is not possible"),
        ('{"noise": NaN}', "noise: nan is not possible"),
        ('{"noise": Infinity}', "noise: inf is not possible"),
        ('{"noise": 1e999}', "noise: inf is not possible"),
        ('{"noise": null}', "noise: None is not possible"),
        ('{"hidden": [[8, "softmax"]]}', "hidden: "),
        ('{"foo": 1}', "foo: there is no such setting"),
        ("[]", "Input should be an object"),
        ("null", "Input should be an object"),
        ("{", "Invalid JSON"),
        ("", "Invalid JSON"),
        ('{"hidden": ' + "[" * 100_000, "Invalid JSON"),
        ('{"seed": ' + "9" * 100_000 + "}", "Invalid JSON"),
    ],
    ids=lambda text: text[:30],
)
def test_json_that_is_no_config_is_refused_in_words(text, sentence):
    with pytest.raises(ValidationError) as caught:
        RunConfig.model_validate_json(text)
    assert sentence in explain(caught.value)[0]


def test_a_whole_number_stands_for_itself_where_any_number_is_possible():
    assert RunConfig.model_validate_json('{"noise": 1}') == RunConfig(noise=1.0)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*DEFAULTS, "foo"]), inner, max_size=6)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_config_or_explained(value):
    try:
        RunConfig.model_validate_json(json.dumps(value))
    except ValidationError as error:
        assert explain(error)


# --- the URL -------------------------------------------------------------------------------------


def test_the_default_has_an_empty_query():
    assert write_query(RunConfig()) == {}
    assert read_query({}) == (RunConfig(), [])


def test_a_query_is_readable():
    config = RunConfig(
        dataset="spiral",
        hidden=((8, "tanh"), (8, "tanh")),
        features=("x1", "sin(x2)"),
        learning_rate=0.1,
        clip_norm=2.0,
        columns=("length, cm", "é"),
    )
    assert write_query(config) == {
        "dataset": "spiral",
        "columns": '["length, cm", "é"]',
        "features": "x1,sin(x2)",
        "hidden": "8.tanh,8.tanh",
        "learning_rate": "0.1",
        "clip_norm": "2.0",
    }


def test_no_hidden_layer_is_written_as_none():
    assert write_query(RunConfig(hidden=())) == {"hidden": "none"}
    assert read_query({"hidden": "none"})[0].hidden == ()


def test_columns_may_be_typed_with_a_comma():
    assert read_query({"columns": "alcohol,hue"})[0].columns == ("alcohol", "hue")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("learning_rate", "100"),
        ("learning_rate", "nan"),
        ("learning_rate", "inf"),
        ("learning_rate", "-1e-3"),
        ("learning_rate", "fast"),
        ("learning_rate", ""),
        ("n_samples", "3.0"),
        ("n_samples", "19"),
        ("n_samples", "true"),
        ("seed", "9" * 4_000),
        ("seed", "9" * 10_000_000),
        ("clip_norm", "0"),
        ("clip_norm", "None"),
        ("dataset", "donut"),
        ("task", "clustering"),
        ("features", ""),
        ("features", "x1,x9"),
        ("hidden", "8"),
        ("hidden", "8.tanh,"),
        ("hidden", "8.5.tanh"),
        ("hidden", "65.tanh"),
        ("hidden", "8.tanh;8.tanh"),
        ("hidden", "1.tanh," * 500 + "1.tanh"),
        ("columns", '["a"'),
        ("columns", "[1, 2]"),
        ("columns", "a,b,c"),
        ("columns", "[" * 4_000),
        ("target", "x" * (MAX_LINK_LENGTH + 1)),
    ],
    ids=lambda text: text[:30],
)
def test_a_bad_value_of_a_link_is_named_and_everything_else_holds(name, text):
    others = {"noise": "0.5", "optimizer": "adam"} | {name: text}
    config, problems = read_query(others)
    assert config == RunConfig(noise=0.5, optimizer="adam")
    shown = repr(text) if len(repr(text)) <= 60 else repr(text)[:57] + "..."
    assert problems == [f"{name}: {shown} is not possible; {allowed(name)}."]


def test_an_unknown_setting_of_a_link_is_named_and_everything_else_holds():
    config, problems = read_query({"learnrate": "1", "x" * 100_000: "1", "noise": "0.5"})
    assert config == RunConfig(noise=0.5)
    assert problems == [
        "learnrate: there is no such setting.",
        "x" * 40 + ": there is no such setting.",
    ]


def test_several_bad_values_get_a_sentence_each():
    config, problems = read_query({"noise": "7", "seed": "x", "loss": "y", "l1": "1"})
    assert config == RunConfig(l1=1.0)
    assert sorted(p.partition(":")[0] for p in problems) == ["loss", "noise", "seed"]


def test_where_output_and_loss_of_a_link_disagree_the_output_follows_the_loss():
    config, problems = read_query({"output": "linear", "loss": "nll", "noise": "0.5"})
    assert config == RunConfig(noise=0.5, loss="nll")
    assert problems == ["loss 'nll' needs output 'sigmoid', not 'linear'."]


ANY_TEXT = st.text(max_size=40) | st.sampled_from(
    ["nan", "-inf", "1e400", "0x10", "1_0", "٣", "[[", '["\\ud800"]', "\ud800", "none", "8.tanh"]
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*DEFAULTS]), ANY_TEXT, max_size=8)
    | st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4)
)
def test_any_text_in_a_link_gives_a_config_and_sentences(query):
    config, problems = read_query(query)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    assert all(sentence.endswith(".") for sentence in problems)


@settings(max_examples=100, deadline=None)
@given(CONFIGS, st.sampled_from([name for name in DEFAULTS if name not in ("target", "columns")]))
def test_a_bad_field_leaves_all_others_as_the_link_says(config, name):
    query = write_query(config) | {name: "?"}
    found, problems = read_query(query)
    assert found == config.replace(**{name: DEFAULTS[name]})
    assert len(problems) == 1


def test_a_link_may_write_the_product_as_people_do():
    assert read_query({"features": "x1,x1x2"})[0].features == ("x1", "x1*x2")
