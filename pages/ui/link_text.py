"""A sandbox's settings as a part of a link: logits:1.3,5.1;temperature:2, what differs only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pages.ui.sandbox import Settings

S = TypeVar("S", bound=Settings)
HIDDEN = ("theme",)  # is the viewer's own, not the link's
MAX_TEXT = 1_000  # characters


def write(settings: S, default: S) -> str:
    """What differs from the default; '' where nothing does."""
    return ";".join(
        f"{name}:{_written(value)}"
        for name, value in settings
        if name not in HIDDEN and value != getattr(default, name)
    )


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def read(text: str, default: S) -> tuple[S, list[str]]:
    """The settings that a text stands for; or the default, and the sentence that says why."""
    try:
        return default.replace(dict(_parts(text, default))), []
    except ValueError as error:
        return default, [f"link: {error} The default is used instead."]


def _parts(text: str, default: Settings) -> Iterator[tuple[str, object]]:
    if len(text) > MAX_TEXT:
        raise ValueError(f"the text has {len(text):,} characters; allowed: {MAX_TEXT:,}.")
    for part in text.split(";") if text else ():
        name, _, value = part.partition(":")
        if name not in type(default).model_fields or name in HIDDEN:
            raise ValueError(f"{name[:40]}: there is no such setting.")
        yield name, _value(name, value, getattr(default, name))


def _value(name: str, text: str, default: object) -> object:
    """A text as what the setting's default is; the setting's range is checked by Settings."""
    try:
        if isinstance(default, tuple):
            return tuple(map(float, text.split(",")))
        if isinstance(default, bool):
            return {"True": True, "False": False}.get(text, text)  # else Settings complains
        if isinstance(default, int | float):
            return type(default)(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:40]!r} is not a number.") from None
    return text
