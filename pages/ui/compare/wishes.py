"""What the client of a comparison may wish."""

from __future__ import annotations

import math

from nnlib.comparing.knobs import KNOBS, MOST_IN_GRID
from nnlib.config import MAX_QUERY_EPOCHS
from pages.ui.compare.choices import MAX_SEEDS, MODES
from pages.ui.compare.comparison import SPEEDS
from pages.ui.compare.frames import HEATS, View
from pages.ui.compare.results import MEASURES
from pages.ui.drawing.palette import Theme
from pages.ui.live.wishes import (
    Changes,
    Fields,
    Nothing,
    Verbs,
    Wish,
    one_of,
    one_of_numbers,
    several,
    text,
    whole,
)

Values = several(text(60), 0, 2 * MOST_IN_GRID)  # as they stand in a link
Choice = one_of(*KNOBS)


class ChooseWish(Changes):
    """What is compared (choices.py): of the mode that it is in, or is to be in."""

    mode: one_of(*MODES) = "side"
    knob: Choice = ""
    values: Values = ()
    rows: Choice = ""
    row_values: Values = ()
    columns: Choice = ""
    column_values: Values = ()
    seeds: whole(1, MAX_SEEDS) = 1
    epochs: whole(1, MAX_QUERY_EPOCHS) = 1


class ViewWish(Fields):
    """What of the comparison is looked at."""

    theme: Theme = "light"
    measure: one_of(*MEASURES)
    heat: one_of(*HEATS)


VERBS: Verbs = {
    "drawn": Wish(Nothing, lambda comparison, _: comparison.drawn()),
    "play": Wish(Nothing, lambda comparison, _: comparison.play()),
    "pause": Wish(Nothing, lambda comparison, _: comparison.pause()),
    "step": Wish(Nothing, lambda comparison, _: comparison.step()),
    "reset": Wish(Nothing, lambda comparison, _: comparison.reset()),
    "speed": Wish(
        one_of_numbers(*SPEEDS[:-1]) | None,  # None: as fast as it goes
        lambda comparison, speed: comparison.set_speed(math.inf if speed is None else speed),
    ),
    "view": Wish(ViewWish, lambda comparison, wish: comparison.set_view(View(**dict(wish)))),
    "choose": Wish(ChooseWish, lambda comparison, changes: comparison.choose(changes)),
    "sweep": Wish(Nothing, lambda comparison, _: comparison.start_sweep()),
    "cancel": Wish(Nothing, lambda comparison, _: comparison.cancel_sweep()),
    "csv": Wish(Nothing, lambda comparison, _: comparison.export()),
}
