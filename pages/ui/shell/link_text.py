"""A sandbox's settings as a part of a link: logits:1.3,5.1;temperature:2, what differs only."""

from __future__ import annotations

from typing import TypeVar

from nnlib.basics.numerals import decimal, whole
from pages.ui.sandbox.sandbox import Settings

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
    """The settings that a text stands for, and a sentence for each that is not possible.

    That one stays at its default, all others hold.
    """
    if len(text) > MAX_TEXT:
        problem = f"the text has {len(text):,} characters; allowed: {MAX_TEXT:,}."
        return default, [f"link: {problem} The default is used instead."]
    values: dict[str, object] = {}
    problems: list[str] = []
    for part in text.split(";") if text else ():
        try:
            name, value = _part(part, default)
            values[name] = value
        except ValueError as error:
            problems.append(str(error))
    settings = default
    try:
        settings = default.replace(values)
    except ValueError:  # about one of them: which others hold shows one by one
        for name, value in values.items():
            try:
                settings = settings.replace({name: value})
            except ValueError as error:
                problems.append(str(error))
    return settings, [f"link: {problem} The default is used instead." for problem in problems]


def _part(text: str, default: Settings) -> tuple[str, object]:
    name, _, value = text.partition(":")
    if name not in type(default).model_fields or name in HIDDEN:
        raise ValueError(f"{name[:40]}: there is no such setting.")
    return name, _value(name, value, getattr(default, name))


def _value(name: str, text: str, default: object) -> object:
    """A text as what the setting's default is; the setting's range is checked by Settings."""
    try:
        if isinstance(default, tuple):
            return tuple(map(decimal, text.split(",")))
        if isinstance(default, bool):
            return {"True": True, "False": False}.get(text, text)  # else Settings complains
        if isinstance(default, int | float):
            return whole(text) if isinstance(default, int) else decimal(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:40]!r} is not a number.") from None
    return text
