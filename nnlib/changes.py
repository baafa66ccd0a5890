"""Changes of settings while a run goes on: which act on it, and how a link writes them down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from nnlib.config import MAX_QUERY_EPOCHS, RunConfig, explain, read_value, write_value
from nnlib.edits import is_edit
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS
from nnlib.registry import settings_of

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


def can_continue(old: RunConfig, new: RunConfig) -> bool:
    """Whether a change of settings keeps data and architecture: it acts on the running network."""
    names = {n for n in RunConfig.model_fields if getattr(old, n) != getattr(new, n)}
    if "loss" in names and "auto" in (old.output, new.output):
        return False  # the output follows the loss
    return names <= LIVE_FIELDS


def write_changes(changes: Iterable[Change]) -> str:
    """50.learning_rate.0.1~60.w-2-3-1.0.5: from which epoch on, what, and its new value."""
    return "~".join(f"{c.epoch}.{c.field}.{_written(c)}" for c in changes)


def _written(change: Change) -> str:
    if is_edit(change.field):
        return f"{change.new:g}" if change.new == int(change.new) else repr(change.new)
    return write_value(change.field, change.new)


def read_changes(text: str, config: RunConfig) -> tuple[tuple[Change, ...], list[str]]:
    """The changes of a link to a run of `config`, and a sentence if they are not possible.

    They hold together or not at all: half a history would be another run.
    """
    changes: list[Change] = []
    for part in text.split("~") if text else ():
        epoch, _, rest = part.partition(".")
        field, _, value = rest.partition(".")
        after = changes[-1].epoch if changes else 0
        possible = field in LIVE_FIELDS or is_edit(field)
        if not (epoch.isascii() and epoch.isdigit() and len(epoch) < 9 and possible):
            return (), [f"changes: {part[:60]!r} is no change such as 50.learning_rate.0.1."]
        if not after <= int(epoch) <= MAX_QUERY_EPOCHS or len(changes) == MAX_LINK_CHANGES:
            return (), [
                f"changes: {part[:60]!r} is not possible; allowed: at most {MAX_LINK_CHANGES}, "
                f"in the order of their epochs, 0 to {MAX_QUERY_EPOCHS:,}."
            ]
        try:
            if is_edit(field):  # whether the network has such a place, its run will say
                changes.append(Change(int(epoch), field, None, float(value)))
                continue
            new = config.replace(**{field: read_value(field, value)})
        except ValidationError as error:
            return (), [f"changes: {sentence}" for sentence in explain(error)]
        except ValueError:
            return (), [f"changes: {part[:60]!r} is not possible."]
        changes.append(Change(int(epoch), field, getattr(config, field), getattr(new, field)))
        config = new
    return tuple(changes), []
