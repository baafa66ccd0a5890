"""RunConfig: the one schema of settings - every name, its range, its default - and its URL form.

What widgets edit, what a link carries and what a run is made from is this object. A value
is never coerced (true is not 1) and never silently repaired: `read_query` turns a bad one
into a sentence that names the field, the value and the allowed range.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS
from nnlib.basics.numerals import decimal, whole
from nnlib.basics.registry import Entry, Setting, settings_of
from nnlib.data import DATASETS
from nnlib.features import FEATURES
from nnlib.initializers import INITIALIZERS
from nnlib.losses import LOSSES
from nnlib.names import shown
from nnlib.optimizers import OPTIMIZERS, SCHEDULES

# The numbers of activations, losses and optimizers, each a field of the same name.
SETTINGS: dict[str, Setting] = settings_of(ACTIVATIONS, LOSSES, OPTIMIZERS)
# The numeric limits of the schema, low and high, both allowed (clip_norm is just > 0).
LIMITS: dict[str, tuple[float, float]] = {
    "n_samples": (20, 2_000),
    "test_share": (0.1, 0.9),
    "noise": (0.0, 2.0),
    "seed": (0, 2**32 - 1),
    "weight_seed": (0, 2**32 - 1),
    "n_classes": (2, 6),
    "learning_rate": (1e-5, 10.0),
    "schedule_every": (1, 10_000),
    "schedule_factor": (0.01, 1.0),
    "batch_size": (1, 2_000),
    "l1": (0.0, 10.0),
    "l2": (0.0, 10.0),
    **{each.name: (each.low, each.high) for each in SETTINGS.values()},
}
# The names that a field may have.
CHOICES: dict[str, tuple[str, ...]] = {
    "dataset": (*DATASETS, "own"),
    "task": ("auto", "classification", "regression"),
    "output": ("auto", *ACTIVATIONS),
    "initializer": tuple(INITIALIZERS),
    "loss": ("auto", *LOSSES),
    "optimizer": tuple(OPTIMIZERS),
    "schedule": SCHEDULES,
}
MAX_LAYERS = 6  # hidden layers: how deep a network may be
MAX_WIDTH = 64  # units in a hidden layer; the Playground's sliders end at PLAYGROUND_WIDTH
PLAYGROUND_WIDTH = 32
MAX_EPOCHS = 1_000_000  # an endless play ends here
MAX_QUERY_EPOCHS = 10_000  # a link or a sweep trains at most this far
MAX_LINK_LENGTH = 4_000  # characters; a longer query value is refused unread


def _number(name: str) -> Any:
    low, high = LIMITS[name]
    return Field(ge=low, le=high, allow_inf_nan=False)


def _as_tuple(value: Any) -> Any:
    """JSON has lists only; the frozen config holds tuples."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)


def _choice(name: str) -> Any:
    def check(value: str) -> str:
        if value not in CHOICES[name]:
            raise ValueError(allowed(name))
        return value

    return AfterValidator(check)


Name = Annotated[str, Field(max_length=40)]
Column = Annotated[str, Field(max_length=MAX_LINK_LENGTH)]
Layer = tuple[Annotated[int, Field(ge=1, le=MAX_WIDTH)], Name]


class RunConfig(BaseModel):
    """Everything that determines a run; the same config gives the same numbers, bit for bit.

    Raises `pydantic.ValidationError` on an unknown field, a wrong type or a value out of
    range; `explain` turns that into sentences for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    # data
    dataset: Annotated[Name, _choice("dataset")] = "circle"
    n_samples: Annotated[int, _number("n_samples")] = 500
    test_share: Annotated[float, _number("test_share")] = 0.5
    noise: Annotated[float, _number("noise")] = 0.0
    seed: Annotated[int, _number("seed")] = 0
    n_classes: Annotated[int, _number("n_classes")] = 3
    columns: Annotated[
        Annotated[tuple[Column, ...], Field(max_length=2)] | None, BeforeValidator(_as_tuple)
    ] = None
    target: Column | None = None
    task: Annotated[Name, _choice("task")] = "auto"
    # network
    features: Annotated[
        tuple[Name, ...], Field(max_length=len(FEATURES)), BeforeValidator(_as_tuple)
    ] = ("x1", "x2")
    hidden: Annotated[
        tuple[Layer, ...], Field(max_length=MAX_LAYERS), BeforeValidator(_as_tuple)
    ] = (
        (4, "tanh"),
        (2, "tanh"),
    )
    output: Annotated[Name, _choice("output")] = "auto"
    leaky_slope: Annotated[float, _number("leaky_slope")] = SETTINGS["leaky_slope"].default
    elu_alpha: Annotated[float, _number("elu_alpha")] = SETTINGS["elu_alpha"].default
    initializer: Annotated[Name, _choice("initializer")] = "xavier_uniform"
    weight_seed: Annotated[int, _number("weight_seed")] = 0  # other weights on the same data
    # training
    loss: Annotated[Name, _choice("loss")] = "auto"
    huber_delta: Annotated[float, _number("huber_delta")] = SETTINGS["huber_delta"].default
    optimizer: Annotated[Name, _choice("optimizer")] = "sgd"
    learning_rate: Annotated[float, _number("learning_rate")] = 0.03
    schedule: Annotated[Name, _choice("schedule")] = "constant"
    schedule_every: Annotated[int, _number("schedule_every")] = 100
    schedule_factor: Annotated[float, _number("schedule_factor")] = 0.5
    batch_size: Annotated[int, _number("batch_size")] = 10
    l1: Annotated[float, _number("l1")] = 0.0
    l2: Annotated[float, _number("l2")] = 0.0
    clip_norm: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    momentum: Annotated[float, _number("momentum")] = SETTINGS["momentum"].default
    rho: Annotated[float, _number("rho")] = SETTINGS["rho"].default
    beta1: Annotated[float, _number("beta1")] = SETTINGS["beta1"].default
    beta2: Annotated[float, _number("beta2")] = SETTINGS["beta2"].default
    epsilon: Annotated[float, _number("epsilon")] = SETTINGS["epsilon"].default
    weight_decay: Annotated[float, _number("weight_decay")] = SETTINGS["weight_decay"].default

    @field_validator("features")
    @classmethod
    def _features(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in FEATURES]
        if unknown or not value or len(set(value)) != len(value):
            raise ValueError(allowed("features"))
        return tuple(name for name in FEATURES if name in value)  # one order, one meaning

    @field_validator("hidden")
    @classmethod
    def _hidden(cls, value: tuple[Layer, ...]) -> tuple[Layer, ...]:
        if len(value) > MAX_LAYERS or any(name not in HIDDEN_ACTIVATIONS for _, name in value):
            raise ValueError(allowed("hidden"))
        return value

    @field_validator("columns")
    @classmethod
    def _columns(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and (not 1 <= len(value) <= 2 or len(set(value)) != len(value)):
            raise ValueError(allowed("columns"))
        return value

    @field_validator("columns", "target")
    @classmethod
    def _text(cls, value: Any) -> Any:
        "".join(value or ()).encode()  # half a surrogate pair could not be written as JSON
        return value

    @model_validator(mode="after")
    def _pair(self) -> RunConfig:
        needed = None if self.loss == "auto" else LOSSES[self.loss].output
        if needed and self.output not in ("auto", needed):
            raise ValueError(f"loss {self.loss!r} needs output {needed!r}, not {self.output!r}")
        return self

    def settings_of(self, entry: Entry) -> dict[str, float]:
        """The numbers that an activation, a loss or an optimizer has, by name."""
        return {field.name: getattr(self, field.name) for field in entry.fields}

    def replace(self, /, **changes: Any) -> RunConfig:
        """A checked copy with some fields changed (model_copy would not check)."""
        return RunConfig(**{**self.model_dump(), **changes})


def explain(error: ValidationError) -> list[str]:
    """One sentence per bad field: its name, the value, the allowed range."""
    sentences: dict[str, str] = {}
    for item in error.errors():
        name = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            sentence = f"{name[:40]}: there is no such setting."
        elif not name:  # the whole: output and loss disagree, or text that is not JSON
            sentence = f"{item['msg'].removeprefix('Value error, ')}."
        else:
            sentence = _impossible(name, item["input"])
        sentences.setdefault(name, sentence)
    return list(sentences.values())


def _impossible(name: str, value: Any) -> str:
    return f"{name}: {shown(value)} is not possible; {allowed(name)}."


def allowed(name: str) -> str:
    """The allowed values of a field, in words."""
    if name in LIMITS:
        low, high = LIMITS[name]
        whole = "a whole number" if RunConfig.model_fields[name].annotation is int else "a number"
        return f"allowed: {whole} from {low:,.10g} to {high:,.10g}"
    if name in CHOICES:
        return f"allowed: {', '.join(CHOICES[name])}"
    return {
        "clip_norm": "allowed: a number > 0, or none",
        "columns": "allowed: one or two different column names",
        "features": f"allowed: at least one of {', '.join(FEATURES)}, each once",
        "hidden": f"allowed: 0 to {MAX_LAYERS} layers such as 8.tanh,4.relu, "
        f"widths 1 to {MAX_WIDTH}, activations {', '.join(HIDDEN_ACTIVATIONS)}",
        "target": "allowed: the name of a column",
    }[name]


# ---------------------------------------------------------------- the URL form


def write_query(config: RunConfig) -> dict[str, str]:
    """What differs from the default, each field under its name: hidden=8.tanh,8.tanh."""
    query = {}
    for name, field in RunConfig.model_fields.items():
        value = getattr(config, name)
        if value != field.default:
            query[name] = write_value(name, value)
    return query


def write_value(name: str, value: Any) -> str:
    """A field's value as it stands in a link."""
    if name == "hidden":
        return ",".join(f"{width}.{activation}" for width, activation in value) or "none"
    if name == "columns" and value is not None:
        return json.dumps(list(value), ensure_ascii=False)  # a column name may hold a comma
    if name == "features":
        return ",".join(value)
    return "none" if value is None else str(value)


def read_query(query: Mapping[str, str]) -> tuple[RunConfig, list[str]]:
    """The config of a link, and a sentence for each value that is not possible.

    A bad value leaves that field at its default; everything else still holds.
    """
    settings: dict[str, Any] = {}
    problems: list[str] = []
    for name, text in query.items():
        if name not in RunConfig.model_fields:
            problems.append(f"{name[:40]}: there is no such setting.")
            continue
        try:
            settings[name] = read_value(name, text)
        except (ValueError, RecursionError):  # json.loads of many brackets
            problems.append(_impossible(name, text))
    while True:
        try:
            return RunConfig(**settings), problems
        except ValidationError as error:
            bad = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
            if bad:
                problems += [_impossible(name, query[name]) for name in query if name in bad]
            else:
                problems += explain(error)
                bad = {"output"}  # it disagrees with the loss, which brings its own
            for name in bad:
                settings.pop(name, None)


def read_value(name: str, text: str) -> Any:
    """Text to the field's type; ValueError where it cannot be one."""
    if len(text) > MAX_LINK_LENGTH:
        raise ValueError("too long")
    if name == "hidden":
        return _read_hidden(text)
    if name == "features":
        names = text.replace(" ", "").split(",")
        return tuple("x1*x2" if name == "x1x2" else name for name in names)
    if name == "columns":
        value = json.loads(text) if text.startswith("[") else text.split(",")
        if not all(isinstance(item, str) for item in value):
            raise ValueError(text)
        return value
    annotation = RunConfig.model_fields[name].annotation
    if annotation is int:
        return whole(text)
    if name == "clip_norm" and text == "none":
        return None
    if annotation is float or name == "clip_norm":
        return decimal(text)
    return text


def _read_hidden(text: str) -> tuple[Layer, ...]:
    layers = []
    for part in text.split(",") if text not in ("", "none") else ():
        width, _, activation = part.partition(".")
        layers.append((whole(width), activation))
    return tuple(layers)
