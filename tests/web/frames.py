"""Frames as the server packs them, for the tests of what takes them apart.

`python -m tests.web.frames` writes the table, in JSON, a line; `python -m tests.web.frames NAME`
the bytes of a frame.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from pages.ui.live.packing import Packet
from pages.ui.live.protocol import COMMON, Blob, Key, Protocol

TABLE = COMMON | Protocol(
    {"epoch": Key(int, "the epoch"), "train_loss": Key(float | None, "the loss")},
    {
        "output": Blob("png", "", "a picture"),
        "layer": Blob("png", "", "pictures", several=True),
        "weights": Blob("float32", "P", "numbers"),
        "hover": Blob("float32", "s 3", "no numbers"),
        "marks": Blob("uint8", "n", "bytes"),
        "scene": Blob("json", "", "figures"),
        "csv": Blob("text", "", "a table"),
    },
)


def several() -> Packet:
    """Blobs of every sort, one empty; text beyond ASCII; bytes that begin at odd places."""
    packet = Packet(TABLE, epoch=7, problem="π ≈ 3 – so-so", train_loss=None)
    packet.attach("output", b"\x89PNG\r\n...")
    packet.attach("layer", b"\x89PNG first")
    packet.attach("weights", np.array([0.5, -2.0, 1e-7, np.inf]))
    packet.attach("layer", b"\x89PNG second")
    packet.attach("hover", np.zeros((0, 3)))
    packet.attach("marks", np.array([1, 2, 255], np.uint8))
    packet.attach("scene", {"title": "x₁ and x₂", "ticks": [0, 0.25]})
    packet.attach("csv", "π;1\n".encode())
    return packet


def bare() -> Packet:
    """A header alone."""
    return Packet(TABLE, epoch=0)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(json.dumps(TABLE.for_client))
    else:
        sys.stdout.buffer.write(bytes({"several": several, "bare": bare}[sys.argv[1]]()))
