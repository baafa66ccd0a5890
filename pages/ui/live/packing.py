"""The bytes of one frame: a 4-byte header length, a JSON header, the blobs listed there."""

from __future__ import annotations

import json
import struct

import numpy as np


class Packet:
    """A frame being packed; wire.js takes it apart by the same rules."""

    def __init__(self, **header: object) -> None:
        self.header: dict = {**header, "blobs": []}
        self._blobs: list[bytes] = []

    def attach(self, kind: str, data: bytes | np.ndarray | list | dict, **more: object) -> None:
        """Add a blob: bytes as they are, numbers as float32, anything else as JSON."""
        if isinstance(data, np.ndarray):
            data = data.astype(np.float32).tobytes()
        elif not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.header["blobs"].append({"kind": kind, "bytes": len(data), **more})
        self._blobs.append(data)

    def __bytes__(self) -> bytes:
        text = json.dumps(self.header).encode()
        return b"".join([struct.pack("<I", len(text)), text, *self._blobs])
