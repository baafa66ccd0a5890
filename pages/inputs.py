"""Inputs: optimise the input instead of the parameters, in the plane and on pictures."""

from pages.ui.inputs import page
from pages.ui.shell import look, section, state

look.compact_page()
state.begin_page()
section.choose(
    "inputs",
    {
        "theta": ("Theta or x", page.theta),
        "attack": ("Attacks", page.attack),
        "digits": ("Digits", page.digits),
    },
)
