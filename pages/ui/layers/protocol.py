"""What the frames of the Layers page hold (see live/protocol.py). Letters of shapes are said below.

n : points, training first, then test points where they are shown;
d : axes of a drawing, 1 to 3;
l, s : lines of the grid over the inputs, and samples along each.
A box is {center: d numbers, half: half a side, ticks: a list for each axis}; a cut is what of a
border lies in a box: the corners of a polygon, the ends of a line, or one place on a line.
The Regions have their table in hinges/protocol.py.
"""

from __future__ import annotations

from pages.ui.live.protocol import Blob, Key, Protocol
from pages.ui.sandbox.input_plane import PLANE
from pages.ui.sandbox.network_link import TRAINED
from pages.ui.sandbox.sandbox import SETTINGS

DATA = "for other data"
CHANGED = "first, and after each change"
FINITE = "while all values are finite"
STAGES = "when the network has changed, or how it is drawn"
LINE = "while a unit is drawn"

# Part of the table of a board that draws points at a stage, as clouds.js does.
POINTS = Protocol(
    {
        "scene": Key(
            dict,
            "training: how many points these are, the rest is test; regression; names: of the "
            "classes, or of the number; ends: of the number, as text, in a regression",
            DATA,
        ),
    },
    {
        "groups": Blob("uint8", "n", "class from 0, or step from 0 of the number's colours", DATA),
        "lanes": Blob(
            "float32", "n", "height, -1 to 1 (above), of points that are drawn on a line", DATA
        ),
    },
)

CLOUD = (
    SETTINGS
    | TRAINED
    | POINTS
    | Protocol(
        {
            "words": Key(str, "why there is no picture; '' where there is one"),
            "stages": Key(
                list[dict],
                "of x, Z¹, A¹, ... g: title, axes' names, drawn (how, in words), note, wide (more "
                "units than are drawn as they are), dimensions (d), box, cuts",
                STAGES,
            ),
            "map": Key(
                dict | None, "linear layers as one: factors W¹, W², ..., W and b; else none", STAGES
            ),
            "border": Key(str, "what the dashed line or plane is; '' where there is none", STAGES),
            "shares": Key(
                list[float | None],
                "of each stage, the share of training points that a linear classifier gets right; "
                "none: not measured yet; empty in a regression",
                FINITE,
            ),
            "place": Key(float, "of the moved cloud, 0 (x) to `last`", FINITE),
            "last": Key(int, "the place of g, 2 × layers", FINITE),
            "moved": Key(
                dict,
                "the moved cloud: dimensions (d), box, axes' names (empty on the way), title, "
                "formula, phases (name and does, in words), phase (index), depth (0: seen as a "
                "plane, 1: as space), spread (0-1: how far points go into their lanes), cuts",
                "when the place or a stage has changed",
            ),
            "point": Key(
                dict | None,
                "the followed point: label, rows of (title of a stage, its values); none: no point",
                CHANGED,
            ),
        },
        {
            "points": Blob(
                "float32", "p", "of stage after stage the drawn points, n rows of d", STAGES
            ),
            "grid": Blob("float32", "g", "... and the drawn grid, l · s rows of d", STAGES),
            "moved": Blob("float32", "n d", "points of the moved cloud", "with the key `moved`"),
            "movedGrid": Blob("float32", "l s d", "the grid of the moved cloud", "with `moved`"),
        },
    )
)

FEATURE_SPACE = (
    SETTINGS
    | TRAINED
    | POINTS
    | Protocol(
        {
            "words": Key(str, "why the viewer's own data are not lifted; '' where they are"),
            "plane": Key(
                dict, "the input plane, standardised: its box, and extent (ends of each axis)", DATA
            ),
            "made": Key(
                dict,
                "the data lifted by hand: axes' names, ranges (of each axis, as text), dimensions "
                "(3), box, cuts, share (0-1: training points on the right side), formula",
                CHANGED,
            ),
            "learned": Key(
                dict | None,
                "the last hidden stage: title, drawn (how, in words), axes' names, share (0-1: "
                "training points that are right), partly (the border is not seen in full), "
                "dimensions (d), box, cuts; none: not finite",
                CHANGED,
            ),
        },
        {
            "plane": Blob("float32", "n 2", "the training points' inputs, standardised", DATA),
            "made": Blob("float32", "n 3", "lifted points, each axis scaled to -1 to 1", CHANGED),
            "madeGrid": Blob("float32", "g 3", "the lifted grid, g = l · s; NaN outside", CHANGED),
            "trace": Blob("png", "", "classes by the fitted plane, over the inputs", CHANGED),
            "learned": Blob("float32", "n d", "drawn points of the last hidden stage", CHANGED),
            "learnedGrid": Blob("float32", "l s d", "... and the drawn grid", CHANGED),
            "border": Blob("png", "", "classes by the network, over the inputs", CHANGED),
        },
    )
)

DRAWINGS = (
    SETTINGS
    | TRAINED
    | PLANE
    | Protocol(
        {
            "nodes": Key(
                list[dict],
                "the graph's boxes from the input on: title, note, slope (f′ there; of a chain)",
            ),
            "edges": Key(
                list[list], "before, between and after them: one (name, first values, more?) each"
            ),
            "axes": Key(
                list[dict], "of the mapping plot, input first: name, range (low, high), ticks"
            ),
            "curve": Key(
                dict,
                "range (of the input), reach (largest size of the output), share (0-1: where the "
                "input is in its range), slope (of output by input)",
            ),
            "values": Key(list[float], "what is on each of `axes` now"),
            "line": Key(
                dict,
                "in the data's units: ends, start, at (the input), handle (what turns the line); "
                "side (1 or -1: of the handle), scale (of each input), on_line (one input only), "
                "sizes (of the layers), layer (0: output), unit",
                LINE,
            ),
        },
        {
            "joined": Blob("float32", "a j", "values on the a `axes` for j inputs"),
            "curve": Blob("float32", "2 c", "inputs, outputs"),
        },
    )
)
