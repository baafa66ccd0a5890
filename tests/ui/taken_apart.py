"""A frame taken apart again, as wire.js does it: header, then the blobs that the header lists."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Frame:
    """What one frame holds."""

    header: dict
    blobs: list[tuple[str, bytes]]
    rest: bytes  # what the header does not speak of

    @property
    def kinds(self) -> list[str]:
        """The kinds of its blobs, in their order."""
        return [kind for kind, _ in self.blobs]

    def all(self, kind: str) -> list[bytes]:
        """Every blob of a kind."""
        return [data for found, data in self.blobs if found == kind]

    def one(self, kind: str) -> bytes:
        """The only blob of a kind."""
        (data,) = self.all(kind)
        return data

    def numbers(self, kind: str) -> np.ndarray:
        """A blob of float32 numbers."""
        return np.frombuffer(self.one(kind), np.float32)

    def json(self, kind: str) -> object:
        """A blob of JSON."""
        return json.loads(self.one(kind))


def take_apart(frame: bytes) -> Frame:
    """Bytes -> Frame."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    start, blobs = 4 + length, []
    for name, size in header["blobs"]:
        blobs.append((name, frame[start : start + size]))
        start += size
    return Frame(header, blobs, frame[start:])


def picture(png: bytes) -> Image.Image:
    """A PNG as an image, checked to be one."""
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    image.load()
    return image


def colours(png: bytes) -> np.ndarray:
    """A PNG's pixels, (height, width, 4) in 0-255, top row first; the last is its opacity."""
    return np.asarray(picture(png).convert("RGBA")).astype(int)
