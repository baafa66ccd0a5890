"""The live view of the Playground, put on the page."""

from __future__ import annotations

import math

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.config import MAX_LAYERS, MAX_QUERY_EPOCHS, PLAYGROUND_WIDTH
from nnlib.data import DATASETS
from pages.ui.server.modules import base_path
from pages.ui.session.session import SPEEDS
from pages.ui.shell import component, state


def show() -> None:
    """The viewer's session, live; the address bar says what is on screen."""
    component.mount(
        "live",
        "playground/playground",
        state.token(),
        styles=("playground/playground.css",),
        on_commit=state.follow_live_view,
        pictures=f"{base_path()}/live/datasets.png",
        query=state.write_link(),
        datasets=[
            {
                "name": d.name,
                "title": d.title,
                "about": d.about,
                "made": not d.columns,
                "anyClasses": d.classes is None,
            }
            for d in DATASETS.values()
        ],
        activations=list(HIDDEN_ACTIVATIONS),
        maxWidth=PLAYGROUND_WIDTH,
        maxLayers=MAX_LAYERS,
        maxEpochs=MAX_QUERY_EPOCHS,
        speeds=[None if math.isinf(s) else s for s in SPEEDS],
    )
