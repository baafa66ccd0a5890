"""Numbers in links, as they are written and nothing else: Python's int and float read more.

`int("１_０ ")` is 10, `float("Infinity")` a number: a link that somebody mistyped would open
something, without a word. One way to write a number means that what is read is what is seen.
"""

from __future__ import annotations

import re

_WHOLE = re.compile(r"-?[0-9]+")
_DECIMAL = re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def whole(text: str) -> int:
    """The whole number of a text such as 42 or -7; ValueError for anything else."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)  # ValueError from 4,300 digits on


def decimal(text: str) -> float:
    """The number of a text such as 0.1, -3 or 1e-05; ValueError for anything else.

    Too large a number is infinite, which no range allows.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a number")
    return float(text)
