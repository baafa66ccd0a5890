"""Layers: the data on their way through the network, and the functions that its layers are."""

from pages.ui.layers import page
from pages.ui.shell import look, section, state

look.compact_page()
state.begin_page()
section.choose(
    "layers",
    {
        "cloud": ("The cloud through the net", page.cloud),
        "drawings": ("Three drawings", page.drawings),
        "regions": ("Regions", page.regions),
        "lifted": ("Hand-made features", page.lifted),
    },
)
