"""Knobs: the settings that a comparison varies, one or two at a time, all else held equal.

A variant differs from the base config in its knob alone, so data, order of the batches and base
weights are the same for all variants of a seed: config.py gives each a random stream of its own.
(Another batch size cuts the same order into other batches; another initializer or shape scales
the same draws.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.basics.numerals import decimal, whole
from nnlib.config import LIMITS, MAX_LAYERS, PLAYGROUND_WIDTH, RunConfig, allowed, read_value
from nnlib.data import DATASETS
from nnlib.features import FEATURES
from nnlib.initializers import INITIALIZERS
from nnlib.names import shown, written
from nnlib.optimizers import OPTIMIZERS
from nnlib.task import PAIRS, usable_features

MOST = 6  # values of one knob side by side
MOST_IN_GRID = 10  # values of each of two knobs
FIRST_LAYER = (4, "tanh")  # what layers are made like where the base network has none

FEATURE_SETS: tuple[tuple[str, ...], ...] = (
    ("x1", "x2"),
    ("x1^2", "x2^2"),
    ("x1", "x2", "x1*x2"),
    ("x1", "x2", "x1^2", "x2^2"),
    ("x1", "x2", "sin(x1)", "sin(x2)"),
    tuple(FEATURES),
)


@dataclass(frozen=True)
class Knob:
    """One setting that can vary.

    Attributes
    ----------
    name : the key in KNOBS, and the name in links and sentences
    title, symbol : for people; the symbol is the lecture's letter, or ""
    kind : "choice" (a value is one of `choices`), "number" (`low` to `high`), or "features" (a
        tuple of names in FEATURES; `choices` are sets worth trying)
    choices : for the loss all pairs (output, loss) there are; a task allows some (`choices_for`)
    low, high : the range of a number, both allowed; `whole` says that it counts something
    default_values : what a comparison begins with, at most MOST (`defaults_for`: on given data)
    same_loss : False where values have losses in different units: compare their scores then
    """

    name: str
    title: str
    symbol: str
    kind: str
    default_values: tuple[Any, ...]
    set_value: Callable[[RunConfig, Any], RunConfig]
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    same_loss: bool = True

    def apply(self, config: RunConfig, value: Any) -> RunConfig:
        """The config with this value and everything else as it was; ValueError for a bad value."""
        return self.set_value(config, self.check(value))

    def check(self, value: Any) -> Any:
        """The value in its one form; ValueError names the field, the value and what is allowed."""
        if self.kind == "number":
            number = isinstance(value, int if self.whole else int | float)
            if number and not isinstance(value, bool) and self.low <= value <= self.high:
                return value if self.whole else float(value)
        elif self.kind == "choice":
            value = tuple(value) if isinstance(value, list) else value
            if value in self.choices:
                return value
        elif isinstance(value, list | tuple):
            known = tuple(name for name in FEATURES if name in value)
            if known and len(known) == len(value):
                return known
        raise ValueError(f"{self.name}: {shown(value)} is not possible; {self.allowed}.")

    @property
    def allowed(self) -> str:
        """What a value may be, in words."""
        if self.kind == "features":
            return allowed("features")
        if self.kind == "choice":
            return f"allowed: {', '.join(map(self.write, self.choices))}"
        number = "a whole number" if self.whole else "a number"
        return f"allowed: {number} from {self.low:,.10g} to {self.high:,.10g}"

    def text(self, value: Any) -> str:
        """A value as a label."""
        if self.kind == "number":
            return f"{value:.10g}"
        if self.kind == "features":
            return "all" if len(value) == len(FEATURES) else _listed(value)
        if isinstance(value, tuple):
            return " + ".join(map(written, value))
        return written(value)

    def write(self, value: Any) -> str:
        """A value as it stands in a link or a CSV file: no comma, no space; `read` gets it back."""
        return ".".join(value) if isinstance(value, tuple) else str(value)

    def read(self, text: str) -> Any:
        """The value of such a text; ValueError where it is none."""
        value: Any = text
        try:
            if self.kind == "number":
                value = whole(text) if self.whole else decimal(text)
            elif self.kind == "features":
                value = read_value("features", text.replace(".", ","))
            elif self.choices and isinstance(self.choices[0], tuple):
                value = tuple(value.split("."))
        except ValueError:  # text that is no number: `check` says so
            pass
        try:
            return self.check(value)
        except ValueError:
            raise ValueError(
                f"{self.name}: {shown(text)} is not possible; {self.allowed}."
            ) from None

    def choices_for(
        self, config: RunConfig, data_kind: str, n_inputs: int | None = None
    ) -> tuple[Any, ...]:
        """The choices that suit the data; () for a number.

        data_kind: a key of task.PAIRS. n_inputs: 1 for data on the line, 2 for the plane; None:
        what the config's data set says (own data: the plane).
        """
        if self.name == "loss":
            return PAIRS[data_kind]
        if self.name == "features":
            return self._usable(self.choices, config, n_inputs)
        return self.choices

    def defaults_for(
        self, config: RunConfig, data_kind: str, n_inputs: int | None = None
    ) -> tuple[Any, ...]:
        """The default values that suit the data (arguments as of `choices_for`), 1 to MOST."""
        if self.name == "loss":
            return PAIRS[data_kind][:MOST]
        if self.name == "features":
            return self._usable(self.default_values, config, n_inputs)
        return self.default_values

    def _usable(
        self, sets: tuple[Any, ...], config: RunConfig, n_inputs: int | None
    ) -> tuple[Any, ...]:
        if n_inputs is None:
            known = config.dataset in DATASETS
            n_inputs = DATASETS[config.dataset].n_inputs if known else 2
        return tuple(dict.fromkeys(usable_features(names, n_inputs) for names in sets))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(FEATURES[name].label for name in names)


# ---------------------------------------------------------------- how a value is set


def _field(name: str) -> Callable[[RunConfig, Any], RunConfig]:
    return lambda config, value: config.replace(**{name: value})


def _set_activation(config: RunConfig, name: str) -> RunConfig:
    return config.replace(hidden=tuple((width, name) for width, _ in config.hidden))


def _set_width(config: RunConfig, width: int) -> RunConfig:
    return config.replace(hidden=tuple((width, name) for _, name in config.hidden))


def _set_depth(config: RunConfig, depth: int) -> RunConfig:
    first = config.hidden[0] if config.hidden else FIRST_LAYER
    return config.replace(hidden=(first,) * depth)


def _set_loss(config: RunConfig, pair: tuple[str, str]) -> RunConfig:
    return config.replace(output=pair[0], loss=pair[1])


def _number(name: str, title: str, symbol: str, values: tuple[Any, ...], **others: Any) -> Knob:
    low, high = others.pop("limits", None) or LIMITS[name]
    set_value = others.pop("set_value", None) or _field(name)
    return Knob(name, title, symbol, "number", values, set_value, low=low, high=high, **others)


_ALL = (
    Knob(
        "activation",
        "Activation (hidden layers)",
        "f",
        "choice",
        ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "linear"),
        _set_activation,
        choices=HIDDEN_ACTIVATIONS,
    ),
    Knob(
        "loss",
        "Output and loss",
        "L",
        "choice",
        PAIRS["two classes"][:MOST],
        _set_loss,
        choices=tuple(dict.fromkeys(pair for pairs in PAIRS.values() for pair in pairs)),
        same_loss=False,
    ),
    Knob(
        "optimizer",
        "Optimizer",
        "",
        "choice",
        ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam"),
        _field("optimizer"),
        choices=tuple(OPTIMIZERS),
    ),
    _number("learning_rate", "Learning rate", "η", (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)),
    Knob(
        "initializer",
        "Initial weights",
        "W",
        "choice",
        ("zeros", "normal", "uniform", "xavier_uniform", "he_normal", "orthogonal"),
        _field("initializer"),
        choices=tuple(INITIALIZERS),
    ),
    _number(
        "depth",
        "Hidden layers",
        "",
        (0, 1, 2, 3, 4, 6),
        limits=(0, MAX_LAYERS),
        whole=True,
        set_value=_set_depth,
    ),
    _number(
        "width",
        "Neurons a hidden layer",
        "n",
        (1, 2, 4, 8, 16, 32),
        limits=(1, PLAYGROUND_WIDTH),
        whole=True,
        set_value=_set_width,
    ),
    _number("batch_size", "Batch size", "", (1, 4, 10, 32, 100, 250), whole=True),
    _number("l2", "L2 penalty", "λ₂", (0.0, 0.0001, 0.001, 0.003, 0.01, 0.03)),
    Knob(
        "features",
        "Inputs",
        "φ",
        "features",
        FEATURE_SETS,
        _field("features"),
        choices=FEATURE_SETS,
    ),
)
KNOBS: dict[str, Knob] = {each.name: each for each in _ALL}


# ---------------------------------------------------------------- from values to configs


def find_knob(name: str) -> Knob:
    """KNOBS[name]; ValueError names the knobs there are."""
    if name not in KNOBS:
        raise ValueError(f"knob: {shown(name)} is not possible; allowed: {', '.join(KNOBS)}.")
    return KNOBS[name]


def check_values(knob: str, values: Iterable[Any], most: int = MOST) -> tuple[Any, ...]:
    """1 to `most` different values of a knob, each in its one form, in their order.

    Raises ValueError with a sentence that names the field, the value and what is allowed.
    """
    found = find_knob(knob)
    checked = [found.check(value) for value in values]
    range_ = f"allowed: 1 to {most} different values"
    if not checked:
        raise ValueError(f"{knob}: no value was chosen; {range_}.")
    if len(checked) > most:
        raise ValueError(f"{knob}: {len(checked)} values are too many; {range_}.")
    for i, value in enumerate(checked):
        if value in checked[:i]:
            raise ValueError(f"{knob}: {found.write(value)} was chosen twice; {range_}.")
    return tuple(checked)


def variants(base: RunConfig, knob: str, values: Sequence[Any]) -> list[RunConfig]:
    """A config for each value, equal but for the knob; ValueError as of `check_values`."""
    _check_has_layers(base, knob)
    return [find_knob(knob).apply(base, value) for value in check_values(knob, values)]


def grid(
    base: RunConfig,
    first: str,
    first_values: Sequence[Any],
    second: str,
    second_values: Sequence[Any],
) -> list[list[RunConfig]]:
    """A config for each pair of values, a row for each value of the first knob.

    At most MOST_IN_GRID values each. Raises ValueError as of `check_values`, or for twice the
    same knob.
    """
    if first == second:
        raise ValueError(f"knobs: {shown(first)} was chosen twice; allowed: two different knobs.")
    rows = check_values(first, first_values, MOST_IN_GRID)
    columns = check_values(second, second_values, MOST_IN_GRID)
    if "depth" not in (first, second):
        _check_has_layers(base, first)
        _check_has_layers(base, second)

    def config(row: Any, column: Any) -> RunConfig:
        # Layers first: a base without any has none whose activation or width could be set.
        pairs = sorted([(first, row), (second, column)], key=lambda pair: pair[0] != "depth")
        found = base
        for name, value in pairs:
            found = KNOBS[name].apply(found, value)
        return found

    return [[config(row, column) for column in columns] for row in rows]


def with_seed(config: RunConfig, i: int) -> RunConfig:
    """The config of the i-th seed (0 is its own): other data, weights and batches."""
    return config.replace(seed=(config.seed + i) % (LIMITS["seed"][1] + 1))


def _check_has_layers(base: RunConfig, knob: str) -> None:
    if knob in ("activation", "width") and not base.hidden:
        raise ValueError(
            f"{knob}: this network has no hidden layer, so every value would be the same; "
            "allowed: networks with 1 to 6 hidden layers."
        )
