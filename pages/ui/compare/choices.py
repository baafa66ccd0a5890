"""What a comparison is of: the settings that vary, their values, seeds and epochs; and its link.

In a link one knob is a comparison side by side, two are a grid:
`activation:relu,tanh;seeds:8;epochs:300`, `learning_rate:0.01,0.1;l2:0.0,0.001;seeds:4`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from nnlib.basics.numerals import whole
from nnlib.comparing.knobs import KNOBS, MOST, MOST_IN_GRID, check_values, find_knob, grid, variants
from nnlib.config import MAX_LINK_LENGTH, MAX_QUERY_EPOCHS, RunConfig
from nnlib.data import Table
from nnlib.task import Data, prepare

MAX_SEEDS = 32  # of a comparison side by side
MAX_GRID_SEEDS = 8
MODES = ("side", "grid")
MAX_BYTES = 300e6  # of all runs side by side, about
_FIRST_KNOBS = ("activation", "learning_rate")  # the first that the base network has


@dataclass(frozen=True)
class Axis:
    """A knob and the values that it takes."""

    knob: str
    values: tuple


@dataclass(frozen=True)
class Choices:
    """What is compared. `side` is the knob side by side; `rows` and `columns` are the grid's."""

    mode: str
    side: Axis
    rows: Axis
    columns: Axis
    seeds: int = 1
    epochs: int = 300  # at which training rests
    grid_seeds: int = 2
    grid_epochs: int = 200

    def configs(self, base: RunConfig) -> list[RunConfig]:
        """A config for each value side by side; ValueError where one is not possible."""
        return variants(base, self.side.knob, self.side.values)

    def cells(self, base: RunConfig) -> list[list[RunConfig]]:
        """A config for each cell of the grid, row by row; ValueError where one is not possible."""
        rows, columns = self.rows, self.columns
        return grid(base, rows.knob, rows.values, columns.knob, columns.values)

    def write(self) -> str:
        """The comparison as it stands in a link."""
        axes, seeds, epochs = [self.side], self.seeds, self.epochs
        if self.mode == "grid":
            axes, seeds, epochs = [self.rows, self.columns], self.grid_seeds, self.grid_epochs
        parts = [
            f"{axis.knob}:{','.join(map(KNOBS[axis.knob].write, axis.values))}" for axis in axes
        ]
        return ";".join([*parts, f"seeds:{seeds}", f"epochs:{epochs}"])


class Chooser:
    """Makes and changes choices that fit a base config and its data.

    Every method raises ValueError with a sentence that names the field, the value and what is
    allowed; what comes from a client may be of any type.
    """

    def __init__(self, base: RunConfig, own: Table | None) -> None:
        self.base, self.own = base, own
        self.data: Data = prepare(base, own)

    def axis(self, knob: str) -> Axis:
        """A knob with the values to begin with."""
        found = find_knob(knob)
        return Axis(knob, found.defaults_for(self.base, self.data.kind, self._n_inputs))

    def options(self, knob: str) -> tuple:
        """What a knob's value can be chosen from; () for a number."""
        return KNOBS[knob].choices_for(self.base, self.data.kind, self._n_inputs)

    @property
    def _n_inputs(self) -> int:
        return len(self.data.points.extent)

    def default(self) -> Choices:
        """What the page begins with: activation functions, or else learning rates."""
        for knob in _FIRST_KNOBS:
            choices = Choices("side", self.axis(knob), self.axis("learning_rate"), self.axis("l2"))
            try:
                return self.checked(choices)
            except ValueError:  # no hidden layers: no activation functions
                continue
        raise AssertionError("a learning rate can always be varied")

    def checked(self, choices: Choices) -> Choices:
        """The same, after a look whether every config is possible on these data."""
        if choices.mode == "side":
            check_values(choices.side.knob, choices.side.values, MOST)
            configs = choices.configs(self.base)
            self._check_size(configs, choices.seeds)
        else:
            configs = [config for row in choices.cells(self.base) for config in row]
        for config in {(c.features, c.output, c.loss): c for c in configs}.values():
            prepare(config, self.own)  # equal in these three: equal data
        return choices

    def _check_size(self, configs: list[RunConfig], seeds: int) -> None:
        """Raises ValueError where the runs would need more than MAX_BYTES."""
        bytes_ = sum(_bytes(config, self.data) for config in configs)
        most = max(1, int(MAX_BYTES / bytes_))
        if seeds > most:
            raise ValueError(
                f"seeds: {seeds} is too much for {len(configs)} values of networks, data and "
                f"batches of this size; allowed: 1 to {most}."
            )

    def read(self, text: str) -> tuple[Choices, list[str]]:
        """The choices of a link, and a sentence for each count that is not possible.

        That one stays as it is by default. Raises ValueError where the knobs are not possible:
        they are what the comparison is of.
        """
        default = self.default()
        if not text:
            return default, []
        if len(text) > MAX_LINK_LENGTH:
            raise ValueError(f"compare: {len(text)} characters are too many for a comparison.")
        axes: list[Axis] = []
        counts: dict[str, int | str] = {}
        for part in text.split(";"):
            name, _, value = part.partition(":")
            if name in ("seeds", "epochs"):
                counts[name] = _count(value)
            else:
                axes.append(self._axis_of(name, value.split(",")))
        if not 1 <= len(axes) <= 2:
            raise ValueError(f"compare: {text[:60]!r} is not possible; allowed: one or two knobs.")
        if len(axes) == 1:
            made = replace(default, mode="side", side=axes[0])
        else:
            made = replace(default, mode="grid", rows=axes[0], columns=axes[1])
        made, problems = self.checked(made), []
        for name, count in counts.items():
            try:
                made = self.changed(made, {name: count})
            except ValueError as error:
                problems.append(str(error))
        return made, problems

    def changed(self, choices: Choices, changes: dict) -> Choices:
        """Choices after what a client asks for in the mode that it is in.

        mode; knob and values (side by side); rows, row_values, columns, column_values (grid);
        seeds and epochs (of the mode). Values are texts, as in a link; another knob begins with its
        own values.
        """
        if not isinstance(changes, dict):
            raise ValueError("compare: names and what they are to be are needed.")
        for name, value in changes.items():
            choices = self._change(choices, str(name), value)
        return self.checked(choices)

    def _change(self, choices: Choices, name: str, value: Any) -> Choices:
        on_side = choices.mode == "side"
        change: dict[str, Any]
        match name:
            case "mode":
                if value not in MODES:
                    raise ValueError(
                        f"mode: {str(value)[:40]!r} is not possible; allowed: {', '.join(MODES)}."
                    )
                change = {"mode": value}
            case "knob" | "rows" | "columns":
                change = {"side" if name == "knob" else name: self.axis(str(value))}
            case "values" | "row_values" | "column_values":
                part = {"values": "side", "row_values": "rows", "column_values": "columns"}[name]
                knob = getattr(choices, part).knob
                change = {part: self._axis_of(knob, value)}
            case "seeds":
                seeds = _whole(name, value, MAX_SEEDS if on_side else MAX_GRID_SEEDS)
                change = {"seeds" if on_side else "grid_seeds": seeds}
            case "epochs":
                epochs = _whole(name, value, MAX_QUERY_EPOCHS)
                change = {"epochs" if on_side else "grid_epochs": epochs}
            case _:
                raise ValueError(f"{name[:40]}: there is no such choice in a comparison.")
        return replace(choices, **change)

    def _axis_of(self, name: str, texts: object) -> Axis:
        knob = find_knob(name)
        if not isinstance(texts, Iterable):
            raise ValueError(f"{name}: values are needed, from 1 to {MOST_IN_GRID}.")
        values = [knob.read(str(text)) for text in list(texts)[: 2 * MOST_IN_GRID]]
        return Axis(name, check_values(name, values, MOST_IN_GRID))


def _bytes(config: RunConfig, data: Data) -> float:
    """About what a run keeps: z and a of every point, and what is prebuilt for every batch."""
    points = len(data.points.train) + len(data.points.test)
    units = sum(width for width, _ in config.hidden) + 10
    return 8 * points * units + 4_000 * len(data.points.train) / config.batch_size


def _count(text: str) -> int | str:
    """A whole number of a link, or the text that is none: `_whole` says so."""
    try:
        return whole(text)
    except ValueError:
        return text


def _whole(name: str, value: object, high: int) -> int:
    if type(value) is int and 1 <= value <= high:
        return value
    raise ValueError(
        f"{name}: {str(value)[:40]!r} is not possible; allowed: a whole number from 1 to {high:,}."
    )
