"""What the frames of the Regions hold (see live/protocol.py), places in the data's own units."""

from __future__ import annotations

from pages.ui.live.protocol import Blob, Key, Protocol
from pages.ui.sandbox.input_plane import PLANE
from pages.ui.sandbox.network_link import TRAINED
from pages.ui.sandbox.sandbox import SETTINGS

CHANGED = "when the network has changed; seldomer where it takes long"
KNOWN = "while the regions of the network on screen are known"

HINGES = (
    SETTINGS
    | TRAINED
    | PLANE
    | Protocol(
        {
            "branches": Key(dict, "current: a letter; titles: letter -> what distinguishes it"),
            "plane": Key(bool, "whether the data have two inputs, and a plane to be drawn"),
            "why": Key(str, "why there are no regions; '' where there are"),
            "suit": Key(str, "what the button says that changes this; '' for no button"),
            "at": Key(list[float], "x₁, x₂: the chosen point, moved into the view", KNOWN),
            "region": Key(
                dict,
                "the region of that point: index (in `polygons`), formulas (a text for each output "
                "unit), z and a (of the output layer, at the point), output (its activation's "
                "title, or ''), area, share (0-1, of the view), pattern (of each layer a text, a "
                "sign for each unit: the number of its linear piece, × for held at 0)",
                KNOWN,
            ),
            "outcome": Key(str, "what the last rerun did or is doing; '' for none"),
            "reruns": Key(
                list[list[str]], "remedies: name, title, why it has no effect ('' where it has)"
            ),
        },
        {
            "hinges": Blob(
                "float32",
                "h",
                "k; k times layer, unit, number of segments; all segments: x₁, x₂, x₁, x₂ each",
                CHANGED,
            ),
            "polygons": Blob(
                "float32",
                "p",
                "k; k times tint (0-3), number of corners; all corners: x₁, x₂ each",
                CHANGED,
            ),
            "counts": Blob(
                "json",
                "",
                "widths of the hidden layers; rows (texts) and logs (to base 10) of the number of "
                "regions after 0, 1, ... layers: now, start (epoch 0; may be empty), most "
                "(possible)",
                CHANGED,
            ),
            "census": Blob(
                "json",
                "",
                "of each hidden unit: layer, unit, active (share of the training points, 0-1), "
                "state, epoch of its death (or null), size of its gradient, cause in words",
                CHANGED,
            ),
        },
    )
)
