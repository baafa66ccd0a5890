"""How runs differ: the settings and changes that set them apart, and how to say it in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nnlib.changes import Change
from nnlib.config import CHOICES, RunConfig, write_value
from nnlib.edits import is_edit, read_edit
from nnlib.names import written
from nnlib.run import Run

MAX_WORDS = 3  # differences that a title names


def difference(run: Run, config: RunConfig, changes: Sequence[Change]) -> str:
    """How a run differs from one that began with `config` and had these changes so far."""
    words = [
        _became(field, getattr(config, field), getattr(run.initial_config, field))
        + " from the start"
        for field in different(config, run.initial_config)
    ]
    words += [
        f"{_words(change)} at epoch {change.epoch:,}"
        for change in [*run.changes, *run.plan]
        if change not in changes
    ]
    more = len(words) - MAX_WORDS
    return ", ".join(words[:MAX_WORDS]) + (f" and {more} more" * (more > 0)) or "no difference"


def different(old: RunConfig, new: RunConfig) -> list[str]:
    """The names of the settings that differ."""
    return [name for name in RunConfig.model_fields if getattr(old, name) != getattr(new, name)]


def settings(changes: Iterable[Change]) -> dict[str, object]:
    """What the settings are after changes; edits of the network are none."""
    return {change.field: change.new for change in changes if not is_edit(change.field)}


def fitting(changes: Sequence[Change], sizes: tuple[int, ...]) -> tuple[list[Change], list[str]]:
    """The changes that a network of these sizes can have, and the names of edits that it cannot."""
    kept, lost = [], []
    for change in changes:
        try:
            if is_edit(change.field):
                read_edit(change.field, sizes)
            kept.append(change)
        except ValueError:
            lost.append(change.field)
    return kept, lost


def _words(change: Change) -> str:
    """A change in words: learning rate 0.03 → 0.3, neuron 2 of layer 1 held at 0."""
    if not is_edit(change.field):
        return _became(change.field, change.old, change.new)
    kind, *places = change.field.split("-")
    if kind == "randomise":
        return f"layer {places[0]} drawn anew"
    if kind == "kill":
        return "neuron {1} of layer {0} ".format(*places) + ("held at 0" if change.new else "back")
    if kind == "freeze":
        return _place(*places) + (" frozen" if change.new else " free")
    return f"{_place(kind, *places)} {change.old:.3g} → {change.new:.3g}"


def _place(kind: str, layer: str, *units: str) -> str:
    return f"{'weight' if kind == 'w' else 'bias'} {'→'.join(units)} of layer {layer}"


def _became(field: str, old: object, new: object) -> str:
    return f"{field.replace('_', ' ')} {_said(field, old)} → {_said(field, new)}"


def _said(field: str, value: Any) -> str:
    """A setting's value for people: 8 leaky ReLU,4 tanh, where a link has 8.leaky_relu,4.tanh."""
    if value is None:
        return "none"
    if field == "hidden":
        return ",".join(f"{width} {written(name)}" for width, name in value) or "none"
    text = write_value(field, value)
    return written(text) if field in CHOICES else text
