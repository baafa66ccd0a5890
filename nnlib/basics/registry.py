"""What the registries of functions share: entries, and the numbers that an entry can be set to.

An activation, a loss and an optimizer each stand in one entry: name, texts, mathematics, and how
the kernel computes it. Everything else (RunConfig's fields, widgets, links, lists) is derived.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np


@dataclass(frozen=True)
class Interval:
    """The numbers between two ends, which belong to it unless they are open; never nan."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, x: float) -> bool:
        above = x > self.low if self.low_open else x >= self.low
        below = x < self.high if self.high_open else x <= self.high
        return above and below

    def __str__(self) -> str:
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"{left}{self.low}, {self.high}{right}"


@dataclass(frozen=True)
class Setting:
    """A number that an entry has, and the field of RunConfig of the same name.

    Attributes
    ----------
    name : the field, and the argument of `activation`, `loss` or `optimizer`
    default : its value where nothing else is said
    low, high : what RunConfig and the pages offer, both allowed
    domain : where the mathematics holds; others are refused
    label : the name of its number field
    about : what it does, in a sentence for people
    symbol : KaTeX of the symbol that stands for it in the entry's formula; "" where the formula
        shows the number itself
    step, format : of its number field: what a click adds, and how it is printed (None: as it is)
    """

    name: str
    default: float
    low: float
    high: float
    domain: Interval
    label: str
    about: str
    symbol: str = ""
    step: float = 0.01
    format: str | None = None

    def checked(self, value: float) -> float:
        """The value as a float; ValueError where the mathematics does not hold."""
        if value not in self.domain:
            raise ValueError(f"{self.name} must be in {self.domain}. Got {value!r} instead.")
        return float(value)  # a NumPy scalar would turn float32 arrays into float64


class Entry(Protocol):
    """What every registry's entries have.

    Attributes
    ----------
    name : its key in the registry, in links and in files
    title : its name as people write it
    fields : its settings
    make : the same entry with these settings, all by name; None where it has none. Equal numbers
        give the same object, so that neighbours can share their calls
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def fields(self) -> tuple[Setting, ...]: ...
    @property
    def make(self) -> Callable[..., Any] | None: ...


class HasName(Protocol):
    """What a registry is made of."""

    @property
    def name(self) -> str: ...


Kind = TypeVar("Kind", bound=Entry)
Named = TypeVar("Named", bound=HasName)


def by_name(entries: Iterable[Named]) -> dict[str, Named]:
    """The registry of these entries, in their order."""
    return {each.name: each for each in entries}


def made_with_defaults(make: Callable[..., Kind], *fields: Setting) -> Kind:
    """The entry as it stands in the registry."""
    return make(**{field.name: field.default for field in fields})


def settings_of(*registries: Mapping[str, Entry]) -> dict[str, Setting]:
    """Every setting of these registries by its name, each once, in the entries' order."""
    return {
        field.name: field
        for registry in registries
        for entry in registry.values()
        for field in entry.fields
    }


def chosen(
    kind: str, registry: Mapping[str, Kind], name: str, numbers: Mapping[str, float]
) -> Kind:
    """The entry of that name with these numbers; those that it does not have are ignored.

    kind : what the registry holds, for the message

    Raises
    ------
    ValueError : an unknown name, or a number outside its domain (whether it is used or not)
    TypeError : a number that no entry of the registry has
    """
    if name not in registry:
        raise ValueError(f"{kind} must be one of {', '.join(registry)}. Got {name!r} instead.")
    entry = registry[name]
    if not numbers and not entry.fields:
        return entry
    known = settings_of(registry)
    for each in numbers:
        if each not in known:
            raise TypeError(f"no {kind} has a setting {each!r}; there are {', '.join(known)}.")
    checked = {each: known[each].checked(value) for each, value in numbers.items()}
    if entry.make is None:
        return entry
    return entry.make(**{f.name: checked.get(f.name, f.default) for f in entry.fields})


def shown(x: float) -> str:
    """0.01 -> '0.01', 1.0 -> '1': a number as a formula shows it, never as 1e-05."""
    return np.format_float_positional(x, trim="-")
