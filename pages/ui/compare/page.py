"""The Compare page's view, put on the page."""

from __future__ import annotations

import math

from nnlib.comparing.knobs import KNOBS, MOST, MOST_IN_GRID
from nnlib.config import MAX_QUERY_EPOCHS
from pages.ui.compare.choices import MAX_GRID_SEEDS, MAX_SEEDS
from pages.ui.compare.comparison import SPEEDS
from pages.ui.shell import component, state


def mount(token: str, query: str) -> list[int] | None:
    """Put the view on the page; the place of the run that was just chosen for the Playground."""
    result = component.mount(
        "compare",
        "compare/compare",
        token,
        styles=("compare/compare.css",),
        on_commit=state.follow_live_view,
        on_open=lambda: None,
        query=query,
        knobs=[
            {"name": knob.name, "title": f"{knob.title} {knob.symbol}".strip()}
            for knob in KNOBS.values()
        ],
        speeds=[None if math.isinf(speed) else speed for speed in SPEEDS],
        most={"side": MOST, "grid": MOST_IN_GRID},
        maxSeeds={"side": MAX_SEEDS, "grid": MAX_GRID_SEEDS},
        maxEpochs=MAX_QUERY_EPOCHS,
    )
    return result.open
