"""What a board and its client say to each other: a table for each board, PROTOCOL.

A table names every key of a frame's header and every blob behind it: what it holds, in which form,
and when it is sent. Python packs by it (packing.py: what is not in the table, or has another form,
is refused), the page gets it with the component's data, and JavaScript reads by it (frames.js: a
name that is not in the table is an error). What the client may wish is the board's VERBS
(wishes.py). `python -m tests.ui.protocol_tables` writes all of them to .github/PROTOCOL.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

Form = str  # one of FORMS
FORMS = ("float32", "uint8", "png", "json", "text")
EVERY = "every frame"
PNG = b"\x89PNG"


class ProtocolError(Exception):
    """A frame holds what its table does not have: a fault of the program, not of a person."""


@dataclass(frozen=True)
class Key:
    """A key of a frame's header.

    kind : its Python type, one that JSON can hold. holds : what it says, with unit and range.
    """

    kind: Any
    holds: str
    when: str = EVERY
    checked: TypeAdapter = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        adapter = TypeAdapter(self.kind, config=ConfigDict(strict=True))
        object.__setattr__(self, "checked", adapter)


@dataclass(frozen=True)
class Blob:
    """Bytes behind the header.

    form : float32 and uint8 arrays, a png, json, text. shape : the array's sides, "3 n": numbers,
    and letters that mean the same number wherever they stand in one frame. several : whether a
    frame may hold more than one, in an order that matters; JavaScript has a list of them.
    """

    form: Form
    shape: str
    holds: str
    when: str = EVERY
    several: bool = False


@dataclass(frozen=True)
class Protocol:
    """The table of one board."""

    keys: Mapping[str, Key]
    blobs: Mapping[str, Blob] = field(default_factory=dict)

    def __or__(self, other: Protocol) -> Protocol:
        return Protocol({**self.keys, **other.keys}, {**self.blobs, **other.blobs})

    @property
    def for_client(self) -> dict[str, Any]:
        """What JavaScript reads by: the header's names, the forms of blobs, which are several."""
        return {
            "keys": list(self.keys),
            "forms": {name: blob.form for name, blob in self.blobs.items()},
            "several": [name for name, blob in self.blobs.items() if blob.several],
        }

    def check_key(self, name: str, value: object) -> None:
        """Raises ProtocolError where the header may not hold this."""
        if name not in self.keys:
            raise ProtocolError(f"no frame of this board has the key {name!r}")
        try:
            self.keys[name].checked.validate_python(value)
        except ValidationError as error:
            raise ProtocolError(f"the key {name!r}: {error}") from None


# What every frame may say; each board's table goes on from it.
COMMON = Protocol(
    {
        "blobs": Key(list[tuple[str, int]], "the name and the bytes of each blob, in their order"),
        "heard": Key(int, "messages of this socket (without `drawn` and `beat`) that it knows"),
        "problem": Key(str, "what could not be done, for the person; '' for nothing"),
        "fault": Key(str, "instead of a picture: something went wrong", "after a fault"),
    }
)


def encoded(name: str, blob: Blob, data: object, sides: dict[str, int]) -> bytes:
    """The bytes of a blob. `sides` are those of the frame so far, and take on this one's.

    Raises ProtocolError where the data have another form or shape.
    """
    if blob.form in ("float32", "uint8"):
        if not isinstance(data, np.ndarray):
            raise ProtocolError(f"the blob {name!r} is an array of {blob.form}")
        _check_shape(name, blob.shape, data.shape, sides)
        if blob.form == "uint8" and data.dtype not in (np.uint8, np.bool_):
            raise ProtocolError(f"the blob {name!r} is of uint8, not of {data.dtype}")
        return data.astype(blob.form).tobytes()
    if blob.form == "png":
        if not isinstance(data, bytes) or not data.startswith(PNG):
            raise ProtocolError(f"the blob {name!r} is a PNG")
        return data
    if not isinstance(data, bytes):
        raise ProtocolError(f"the blob {name!r} is {blob.form}, in bytes")
    return data


def _check_shape(name: str, shape: str, found: tuple[int, ...], sides: dict[str, int]) -> None:
    expected = shape.split()
    fits = len(expected) == len(found)
    for side, n in zip(expected, found, strict=False):
        fits &= n == (int(side) if side.isdigit() else sides.setdefault(side, n))
    if not fits:
        known = ", ".join(f"{side} = {sides[side]}" for side in expected if side in sides)
        raise ProtocolError(f"the blob {name!r} is {shape} ({known}), not {found}")
