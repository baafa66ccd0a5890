"""Frames as the server packs them, for the tests of what takes them apart.

`python -m tests.web.frames NAME` writes the bytes of one to its output.
"""

from __future__ import annotations

import sys

import numpy as np

from pages.ui.live.packing import Packet


def several() -> Packet:
    """Blobs of every sort: bytes, numbers, JSON, two layers, an empty one; text beyond ASCII."""
    packet = Packet(epoch=7, problem="π ≈ 3 – so-so", playing=True, train_loss=None)
    packet.attach("output", b"\x89PNG\r\n")
    packet.attach("layer", b"first", layer=1)
    packet.attach("weights", np.array([0.5, -2.0, 1e-7, np.inf]))
    packet.attach("layer", b"second", layer=2)
    packet.attach("hover", np.zeros((0, 3)), side=64)
    packet.attach("scene", {"title": "x₁ and x₂", "ticks": [0, 0.25]})
    return packet


def bare() -> Packet:
    """A header alone."""
    return Packet(epoch=0)


if __name__ == "__main__":
    sys.stdout.buffer.write(bytes({"several": several, "bare": bare}[sys.argv[1]]()))
