"""Changes of settings while a run goes on: which act on it, and how a link writes them down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from nnlib.basics.numerals import decimal, whole
from nnlib.basics.registry import settings_of
from nnlib.config import MAX_QUERY_EPOCHS, RunConfig, explain, read_value, write_value
from nnlib.edits import check_value, is_edit, read_edit
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS
from nnlib.task import choose_pair

MAX_LINK_CHANGES = 40  # a link with more would be cut off by mail programs and chats
# Settings that act on the network as it runs; any other trains again from the base weights.
LIVE_FIELDS = frozenset(
    (
        *("loss", "batch_size", "l1", "l2", "clip_norm"),
        *("learning_rate", "schedule", "schedule_every", "schedule_factor"),
        *("optimizer", *settings_of(LOSSES, OPTIMIZERS)),
    )
)


@dataclass(frozen=True)
class Change:
    """A setting, or the network itself (edits.py), changed: from the epoch after `epoch` on."""

    epoch: int
    field: str
    old: object
    new: object

    @property
    def number(self) -> float:
        """The new value of an edit."""
        assert isinstance(self.new, int | float)  # edits.check_value has seen to it
        return self.new


def can_continue(old: RunConfig, new: RunConfig) -> bool:
    """Whether a change of settings keeps data and architecture: it acts on the running network."""
    names = {n for n in RunConfig.model_fields if getattr(old, n) != getattr(new, n)}
    if "loss" in names and "auto" in (old.output, new.output):
        return False  # the output follows the loss
    return names <= LIVE_FIELDS


def with_changes(config: RunConfig, changes: Iterable[Change]) -> RunConfig:
    """The config after changes; edits of the network change no setting."""
    return config.replace(**{c.field: c.new for c in changes if not is_edit(c.field)})


def config_after(config: RunConfig, change: Change, sizes: tuple[int, ...], kind: str) -> RunConfig:
    """The settings after a planned change of them; ValueError where the run cannot have it.

    The run has a network of these sizes and data of this kind (task.Data.kind).
    """
    if is_edit(change.field):
        check_value(change.field, read_edit(change.field, sizes), change.new)
        return config
    new = with_changes(config, [change])
    if not can_continue(config, new):
        raise ValueError(f"{change.field} cannot change during a run")
    choose_pair(new, kind)
    return new


def fitting(
    changes: Iterable[Change], config: RunConfig, sizes: tuple[int, ...], kind: str
) -> tuple[list[Change], list[str]]:
    """Those of the changes that a run can have one after the other, and why it cannot the others.

    Arguments as in `config_after`.
    """
    kept: list[Change] = []
    problems: list[str] = []
    for change in changes:
        try:
            new = config_after(config, change, sizes, kind)
        except ValueError as error:
            problems.append(str(error))
            continue
        if new is not config:  # what it changes may be another value, without those left out
            change = replace(change, old=getattr(config, change.field))
        kept.append(change)
        config = new
    return kept, problems


def record(changes: list[Change], change: Change) -> None:
    """Note a change behind others; a slider's many values on its way at one epoch are one."""
    last = changes[-1] if changes else None
    # Another optimiser in between begins its state anew: that one is no detail of a drag.
    dragged = last and (last.epoch, last.field) == (change.epoch, change.field)
    if last and dragged and change.field != "optimizer":
        changes.pop()
        change = replace(change, old=last.old)
    if change.old != change.new:
        changes.append(change)


def write_changes(changes: Iterable[Change]) -> str:
    """50.learning_rate.0.1~60.w-2-3-1.0.5: from which epoch on, what, and its new value."""
    return "~".join(f"{c.epoch}.{c.field}.{_written(c)}" for c in changes)


def _written(change: Change) -> str:
    if is_edit(change.field):
        value = change.number
        return f"{value:g}" if value == int(value) else repr(value)
    return write_value(change.field, change.new)


def read_changes(text: str, config: RunConfig) -> tuple[tuple[Change, ...], list[str]]:
    """The changes of a link to a run of `config`, and a sentence for each that is not possible.

    One that is not possible is left out, all others hold. Whether they fit the run's network and
    data, `Run.fitting` says.
    """
    changes: list[Change] = []
    problems: list[str] = []
    parts = text.split("~") if text else []
    for part in parts[:MAX_LINK_CHANGES]:
        try:
            change, config = _read_change(part, config, changes[-1].epoch if changes else 0)
            changes.append(change)
        except ValidationError as error:
            problems += [f"changes: {sentence}" for sentence in explain(error)]
        except ValueError as error:
            problems.append(f"changes: {part[:60]!r} {error}.")
    if len(parts) > MAX_LINK_CHANGES:
        problems.append(
            f"changes: {len(parts)} are too many; allowed: at most {MAX_LINK_CHANGES}, the first."
        )
    return tuple(changes), problems


def _read_change(part: str, config: RunConfig, after: int) -> tuple[Change, RunConfig]:
    """One change of a link, at epoch `after` or later, and the config that it leads to.

    Raises ValidationError, or a ValueError that ends a sentence.
    """
    number, _, rest = part.partition(".")
    field, _, text = rest.partition(".")
    try:
        epoch = whole(number)
    except ValueError:
        epoch = -1
    if epoch < 0 or not (field in LIVE_FIELDS or is_edit(field)):
        raise ValueError("is no change such as 50.learning_rate.0.1")
    if not after <= epoch <= MAX_QUERY_EPOCHS:
        raise ValueError(
            "is not possible; allowed: epochs in their order, "
            f"from {after:,} to {MAX_QUERY_EPOCHS:,}"
        )
    try:
        value = decimal(text) if is_edit(field) else read_value(field, text)
    except ValueError:
        raise ValueError("is not possible") from None
    if is_edit(field):
        return Change(epoch, field, None, value), config
    new = config.replace(**{field: value})
    return Change(epoch, field, getattr(config, field), getattr(new, field)), new
