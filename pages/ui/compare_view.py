"""The Compare page's view: its component on the page, and what its client's messages do."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from nnlib.config import MAX_QUERY_EPOCHS
from nnlib.knobs import KNOBS, MOST, MOST_IN_GRID
from pages.ui import wire
from pages.ui.comparison import SPEEDS
from pages.ui.comparison_choices import MAX_GRID_SEEDS, MAX_SEEDS, MODES
from pages.ui.comparison_frames import HEATS, View
from pages.ui.comparison_results import MEASURES
from pages.ui.once import once
from pages.ui.palette import Theme
from pages.ui.wishes import (
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


@once
def _component() -> object:
    return st.components.v2.component(
        "playground_compare",
        html=wire.texts("compare.html"),
        css=wire.texts("base.css", "compare.css"),
        js=wire.texts("loader.js"),
        isolate_styles=False,
    )


def mount(
    token: str, query: str, on_commit: Callable[[], None], on_return: Callable[[str], None]
) -> list[int] | None:
    """Put the view on the page; the place of the run that was just chosen for the Playground.

    `on_commit` runs when a change was committed in the view, `on_return(key)` when the page asks
    for the viewer that it had.
    """
    result = _component()(
        key="compare",
        data={
            **wire.opening(token, "compare.js"),
            "query": query,
            "knobs": [
                {"name": knob.name, "title": f"{knob.title} {knob.symbol}".strip()}
                for knob in KNOBS.values()
            ],
            "speeds": [None if math.isinf(speed) else speed for speed in SPEEDS],
            "most": {"side": MOST, "grid": MOST_IN_GRID},
            "maxSeeds": {"side": MAX_SEEDS, "grid": MAX_GRID_SEEDS},
            "maxEpochs": MAX_QUERY_EPOCHS,
        },
        on_committed_change=on_commit,
        on_returned_change=lambda: on_return("compare"),
        on_open_change=lambda: None,
    )
    return result.open


# ------------------------------------------------------------------------ wishes


Values = several(text(60), 0, 2 * MOST_IN_GRID)  # as they stand in a link
Choice = one_of(*KNOBS)


class ChooseWish(Changes):
    """What is compared (comparison_choices.py): of the mode that it is in, or is to be in."""

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
