"""The bytes of one frame: a 4-byte header length, a JSON header, the blobs listed there."""

from __future__ import annotations

import json
import struct

from pages.ui.live import protocol
from pages.ui.live.protocol import Protocol, ProtocolError


class Packet:
    """A frame being packed by its board's table; frames.js takes it apart by the same one.

    Raises ProtocolError for what is not in the table, or has another form than it says.
    """

    def __init__(self, table: Protocol, **header: object) -> None:
        self._table = table
        self.header: dict = {**header, "blobs": []}
        self._blobs: list[bytes] = []
        self._sides: dict[str, int] = {}  # of the arrays, by their letters

    def attach(self, name: str, data: object) -> None:
        """Add a blob: an array, the bytes of a PNG or text, or what becomes JSON (or is it)."""
        blob = self._table.blobs.get(name)
        if blob is None:
            raise ProtocolError(f"no frame of this board has the blob {name!r}")
        if not blob.several and name in self.names:
            raise ProtocolError(f"a frame has one blob {name!r} at most")
        if blob.form == "json" and not isinstance(data, bytes):
            data = _json(data)
        packed = protocol.encoded(name, blob, data, self._sides)
        self.header["blobs"].append((name, len(packed)))
        self._blobs.append(packed)

    @property
    def names(self) -> list[str]:
        """Of the blobs so far."""
        return [name for name, _ in self.header["blobs"]]

    def __bytes__(self) -> bytes:
        for name, value in self.header.items():
            self._table.check_key(name, value)
        text = _json(self.header)
        return b"".join([struct.pack("<I", len(text)), text, *self._blobs])


def _json(data: object) -> bytes:
    """As JSON, which has no NaN and no infinity: a client could not read them (ValueError)."""
    return json.dumps(data, allow_nan=False).encode()
