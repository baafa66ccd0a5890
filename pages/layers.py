"""Layers: the data on their way through the network, and the functions that its layers are."""

from pages.ui import cloud, drawings, hinges, lifted, look, section, state

look.compact_page()
state.begin_page()
section.choose(
    "layers",
    {
        "cloud": ("The cloud through the net", cloud.show),
        "drawings": ("Three drawings", drawings.show),
        "regions": ("Regions", hinges.show),
        "lifted": ("Hand-made features", lifted.show),
    },
)
