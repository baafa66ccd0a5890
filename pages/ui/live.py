"""The Playground's live view: its component on the page, and what its client's messages do."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import streamlit as st

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.config import MAX_LAYERS, MAX_QUERY_EPOCHS, PLAYGROUND_WIDTH
from nnlib.data import DATASETS
from nnlib.stopping import StopRules
from pages.ui import modules, wire
from pages.ui.frames import View
from pages.ui.session import SPEEDS, Session
from pages.ui.wire import texts

# ------------------------------------------------------------------------ component


@lru_cache(maxsize=1)
def _component() -> object:
    return st.components.v2.component(
        "playground_live",
        html=texts("live.html"),
        css=texts("base.css", "live.css"),
        js=texts("loader.js"),
        isolate_styles=False,
    )


def register(session: Session) -> str:
    """Let a session train and be reached by socket; its token."""
    return wire.register(session, VERBS)


def mount(token: str, query: str, on_commit: object) -> object:
    """Put the live view on the page; `on_commit` runs when a change was committed in it."""
    base = wire.base_path()
    return _component()(
        key="live",
        data={
            "token": token,
            "base": base,
            "module": modules.address("live.js"),
            "plotly": f"{base}/{wire.PLOTLY}",
            "pictures": f"{base}/live/datasets.png",
            "query": query,
            "datasets": [
                {
                    "name": d.name,
                    "title": d.title,
                    "about": d.about,
                    "made": not d.columns,
                    "anyClasses": d.classes is None,
                }
                for d in DATASETS.values()
            ],
            "activations": list(HIDDEN_ACTIVATIONS),
            "maxWidth": PLAYGROUND_WIDTH,
            "maxLayers": MAX_LAYERS,
            "maxEpochs": MAX_QUERY_EPOCHS,
            "speeds": [None if math.isinf(s) else s for s in SPEEDS],
        },
        on_committed_change=on_commit,
    )


def _set(session: Session, value: dict) -> None:
    problems = session.want(**value)
    if problems:
        session.complain(" ".join(problems))


def _speed(session: Session, value: float | None) -> None:
    speed = math.inf if value is None else float(value)
    if speed not in SPEEDS:
        raise ValueError("speed")
    session.set_speed(speed)


def _view(session: Session, value: dict) -> None:
    theme = "dark" if value.get("theme") == "dark" else "light"
    width = int(min(max(value.get("width", 560), 240), 2_400))
    height = int(min(max(value.get("height", 440), 200), 1_600))
    session.set_view(
        replace(
            View(),
            theme=theme,
            discretize=value.get("discretize") is True,
            width=width,
            height=height,
            wrong=value.get("wrong") is True,
            neuron=_neuron(value.get("neuron")),
            pre=value.get("pre") is True,
            probe=_probe(value.get("probe")),
        )
    )


def _step(session: Session, unit: str | None) -> None:
    steps = {"epoch": session.step, "batch": session.step_batch, "example": session.step_example}
    steps[unit or "epoch"]()


def _rules(session: Session, value: dict) -> None:
    names = ("target", "target_of", "patience", "epochs")
    try:
        session.set_rules(StopRules(**{name: value[name] for name in names}))
    except ValueError as error:
        session.complain(str(error))


def _neuron(value: list | None) -> tuple[int, int] | None:
    if value is None:
        return None
    layer, unit = value
    if not (type(layer) is type(unit) is int and 1 <= layer <= 100 and 1 <= unit <= 1_000):
        raise ValueError("neuron: layer and unit, from 1")
    return layer, unit


def _probe(value: list | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    probe = tuple(map(float, value))
    if len(probe) not in (1, 2) or not all(map(math.isfinite, probe)):
        raise ValueError("probe: one or two finite numbers")
    return probe


VERBS = {
    "drawn": lambda session, _: session.drawn(),
    "play": lambda session, _: session.play(),
    "pause": lambda session, _: session.pause(),
    "step": _step,
    "reset": lambda session, _: session.reset(),
    "set": _set,
    "rules": _rules,
    "visit": lambda session, value: session.visit(int(value)),
    "switch": lambda session, value: session.switch(str(value)),
    "close": lambda session, value: session.close(str(value)),
    "speed": _speed,
    "view": _view,
    "network": lambda session, value: session.edit_network(value["name"], value["value"]),
    "undo": lambda session, _: session.undo_edit(),
}
