"""How soon the Inputs page answers a hand: `python -m tests.benchmarks.inputs_page`.

For every move of the mouse: ms to its picture (hand.py), while points flow or nothing else moves.
"""

from __future__ import annotations

from tests.benchmarks.bench import main
from tests.benchmarks.clients.hand import AXES, KNOB, Case, rows

WORK = "n_samples=500&hidden=8.tanh,8.tanh,8.tanh&epoch=100"
REST = 4.0  # s, for the data set under attack and the other network


def _case(title: str, section: str, part: str, room: float = KNOB) -> Case:
    return Case(title, f"inputs?{WORK}&inputs={section}", ".io", part, room, REST)


CASES = (
    _case("theta or x: x1, everything flows", "theta", ".io-x1"),
    _case("theta or x: pull, everything flows", "theta", "input[name=pull]"),
    _case("theta or x: x1, 160 points flow", "theta;drops:data", ".io-x1"),
    _case("attacks: the point in the plane", "attack", ".io-mine", AXES),
    _case("attacks: epsilon", "attack", "input[name=epsilon]"),
    _case("attacks: the point, both networks", "attack;adversarial:1", ".io-mine", AXES),
)
ROWS = rows(CASES)

if __name__ == "__main__":
    main(__doc__, ROWS)
