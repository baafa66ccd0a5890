"""Inputs: optimise the input instead of the parameters, in the plane and on pictures."""

from pages.ui import attack_board, digits_board, look, section, state, theta_or_x

look.compact_page()
state.begin_page()
section.choose(
    "inputs",
    {
        "theta": ("Theta or x", theta_or_x.show),
        "attack": ("Attacks", attack_board.show),
        "digits": ("Digits", digits_board.show),
    },
)
