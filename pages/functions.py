"""Functions: activations side by side, one neuron, softmax, and losses - to be touched."""

from pages.ui.functions import page
from pages.ui.shell import look, section, state

look.compact_page()
state.begin_page()
section.choose(
    "functions",
    {
        "activations": ("Activations", page.activations),
        "neuron": ("A neuron", page.neuron),
        "softmax": ("Softmax", page.softmax),
        "losses": ("Losses", page.losses),
    },
)
