"""The Compare page's view: its component on the page, and what its client's messages do."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from nnlib.config import MAX_QUERY_EPOCHS
from nnlib.knobs import KNOBS, MOST, MOST_IN_GRID
from pages.ui import modules, wire
from pages.ui.comparison import SPEEDS, Comparison
from pages.ui.comparison_choices import MAX_GRID_SEEDS, MAX_SEEDS
from pages.ui.comparison_frames import HEATS, View
from pages.ui.comparison_results import MEASURES


@lru_cache(maxsize=1)
def _component() -> object:
    return st.components.v2.component(
        "playground_compare",
        html=wire.texts("compare.html"),
        css=wire.texts("base.css", "compare.css"),
        js=wire.texts("loader.js"),
        isolate_styles=False,
    )


def mount(token: str, query: str, on_commit: Callable[[], None]) -> list[int] | None:
    """Put the view on the page; the place of the run that was just chosen for the Playground.

    `on_commit` runs when a change was committed in the view.
    """
    base = wire.base_path()
    result = _component()(
        key="compare",
        data={
            "token": token,
            "base": base,
            "module": modules.address("compare.js"),
            "plotly": f"{base}/{wire.PLOTLY}",
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
        on_open_change=lambda: None,
    )
    return result.open


def _speed(comparison: Comparison, value: float | None) -> None:
    speed = math.inf if value is None else float(value)
    if speed not in SPEEDS:
        raise ValueError("speed")
    comparison.set_speed(speed)


def _view(comparison: Comparison, value: dict) -> None:
    theme = "dark" if value.get("theme") == "dark" else "light"
    measure, heat = value.get("measure"), value.get("heat")
    if measure not in MEASURES or heat not in HEATS:
        raise ValueError("measure")
    comparison.set_view(View(theme=theme, measure=measure, heat=heat))


VERBS = {
    "drawn": lambda comparison, _: comparison.drawn(),
    "play": lambda comparison, _: comparison.play(),
    "pause": lambda comparison, _: comparison.pause(),
    "step": lambda comparison, _: comparison.step(),
    "reset": lambda comparison, _: comparison.reset(),
    "speed": _speed,
    "view": _view,
    "choose": lambda comparison, value: comparison.choose(value),
    "sweep": lambda comparison, _: comparison.start_sweep(),
    "cancel": lambda comparison, _: comparison.cancel_sweep(),
    "csv": lambda comparison, _: comparison.export(),
}
