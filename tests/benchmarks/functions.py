"""How soon the Functions page answers a hand: `python -m tests.benchmarks.functions`.

For every move of the mouse: ms to its picture (hand.py).
"""

from __future__ import annotations

from nnlib.activations import HIDDEN_ACTIVATIONS
from tests.benchmarks.bench import main
from tests.benchmarks.clients.hand import AXES, Case, rows

ALL = ",".join(HIDDEN_ACTIVATIONS)
THREE = "activations;shown:relu,leaky_relu,elu"


def _slider(title: str, section: str, name: str) -> Case:
    return Case(title, f"functions?functions={section}", ".pg", f"input[name={name}]")


def _figure(title: str, section: str, part: str) -> Case:
    return Case(title, f"functions?functions={section}", ".pg", part, AXES)


CASES = (
    _slider("activations: z", "activations", "z"),
    _figure("activations: z in the figure", "activations", ".fn-curves"),
    _slider("activations, all of them: z", f"activations;shown:{ALL}", "z"),
    _slider("activations: leaky slope", THREE, "leaky_slope"),
    _slider("activations: ELU alpha", THREE, "elu_alpha"),
    _slider("neuron: w on the line", "neuron", "w"),
    _figure("neuron: x in the figure", "neuron", ".fn-line"),
    _slider("neuron: w1 in the plane", "neuron", "w1"),
    _figure("neuron: point in the plane", "neuron", ".fn-plane"),
    _slider("chain: layers", "neuron", "depth"),
    _slider("chain: width", "neuron", "width"),
    _slider("softmax: shift", "softmax", "shift"),
    _slider("losses: z", "losses", "z"),
)
ROWS = rows(CASES)

if __name__ == "__main__":
    main(__doc__, ROWS)
