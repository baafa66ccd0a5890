"""What the Backprop board's frames hold (see live/protocol.py). Parts of their JSON:

number : or "∞", "−∞", "undefined" where it is not finite;
matrix : symbol and shape (HTML), size [rows, columns], diagonal, values (rows of numbers), scale
    (largest finite size); of a large one in the graph levels (0-254) in place of both;
check : entries {at: [row, column] or index, value, error, green}, green, worst, of (entries in
    all), note: gradients beside finite differences.
"""

from __future__ import annotations

from pages.ui.live.protocol import Blob, Protocol
from pages.ui.sandbox.network_link import TRAINED
from pages.ui.sandbox.sandbox import SETTINGS

NETWORK = "where the viewer's network is looked at"

PROTOCOL = (
    SETTINGS
    | TRAINED
    | Protocol(
        {},
        {
            "board": Blob(
                "json",
                "",
                "place: steps done; steps: id, name, back; columns of the graph: label (HTML; '' "
                "for an edge), above and below (ids); spots, by id: a matrix, place (from which it "
                "is there), back, uses (ids); step: the last one, or null: id, name, back, formula "
                "and numbers (HTML), note, factors (matrices), origins (their ids), signs, link "
                "(what depends on what), result (matrix), checks; chain: factors, done, product, "
                "or null; with the network also point: at, target, example (or null), of, phi "
                "(label, value each); and most: largest layer and unit",
            ),
            "descent": Blob(
                "json",
                "",
                "step (null: has none): over (a side), rate, of (side -> points), sides (example, "
                "batch, all -> before, after, length, cosine, whole), rows (name, old, gradient, "
                "new), parameters, zeros, checks (or null), sum of the batch (examples, scale, "
                "apart; or most; or null), words",
                "while the panel `descent` is open",
            ),
            "points": Blob(
                "json",
                "",
                "training points in the data's units: at, target (class from 0, or number); "
                "classes (names), names (of the inputs), targetName, ends (of each input's view)",
                "for other data",
            ),
            "field": Blob(
                "png", "", "the output over the plane", f"{NETWORK}, of data with two inputs"
            ),
            "curves": Blob(
                "float32",
                "k c",
                "the k outputs over the view, in the target's units",
                f"{NETWORK}, of data with one input",
            ),
        },
    )
)
