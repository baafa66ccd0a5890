"""Functions: activations side by side, one neuron, softmax, and losses - to be touched."""

from pages.ui import activations_board, look, losslab, neuron_board, section, softmax, state

look.compact_page()
state.begin_page()
section.choose(
    "functions",
    {
        "activations": ("Activations", activations_board.show),
        "neuron": ("A neuron", neuron_board.show),
        "softmax": ("Softmax", softmax.show),
        "losses": ("Losses", losslab.show),
    },
)
