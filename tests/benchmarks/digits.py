"""How soon digits are learned and attacked in Chromium: `python -m tests.benchmarks.digits`.

Training: seconds from the section's first frame to the frame that says 95 % test accuracy, at the
speed that is set by default. Attacks: ms from a click to the frame with the attacked picture.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from pages.ui.inputs.digits.attack import ATTACKS
from pages.ui.inputs.digits.digits import GOAL
from tests.benchmarks.bench import Bench, Figure, main, named, percentile
from tests.benchmarks.clients.hand import opened, soon

ATTACK_TARGET = 200  # ms
GOAL_TARGET = 5  # s
ROUNDS = 40  # clicks for each attack
ROOT = "document.querySelector('[data-testid=digits]')"

# Seconds from now until the goal, as the frames say it.
TO_THE_GOAL = f"""(goal) => new Promise((done) => {{
  const since = performance.now();
  const look = () => (Number({ROOT}.dataset.test) >= goal
    ? done((performance.now() - since) / 1000) : requestAnimationFrame(look));
  look();
}})"""

# Click another digit; ms until a frame with another picture x has been drawn.
ANOTHER = f"""(digit) => new Promise((done) => {{
  const root = {ROOT};
  const before = root.querySelector(".dg-x").src;
  const since = performance.now();
  new MutationObserver((_, observer) => {{
    if (root.querySelector(".dg-x").src === before) return;
    observer.disconnect();
    done(performance.now() - since);
  }}).observe(root, {{ attributeFilter: ["data-frames"] }});
  root.querySelector(`.dg-digits button[value="${{digit}}"]`).click();
}})"""
READY = f"{ROOT}?.dataset.frames >= 1"


def learned(bench: Bench) -> Iterator[Figure]:
    """From nothing to the goal."""
    goal = 0.2 if bench.tiny else GOAL
    with opened(bench, "inputs?inputs=digits;", READY) as page:
        seconds = soon(page, TO_THE_GOAL, goal)
    yield Figure(f"digits to {100 * goal:g} % test accuracy", seconds, "s", GOAL_TARGET)


def attacked(bench: Bench) -> Iterator[Figure]:
    """Each attack on one digit after the other."""
    with opened(bench, "inputs?inputs=digits;view:attack;speed:20", READY) as page:
        page.wait_for_function("document.querySelector('.dg-play').disabled")
        for attack, title in ATTACKS.items():
            page.select_option("[name=attack]", attack)
            page.wait_for_timeout(bench.seconds(1) * 1000)
            # Tiny, two: a digit that is on screen already would bring no other picture.
            clicks = range(bench.few(ROUNDS, 2))
            waits = [soon(page, ANOTHER, digit % 10) for digit in clicks]
            note = f"p90 {percentile(waits, 90):.0f}, {len(waits)} digits"
            name = f"a digit attacked, {title}"
            yield Figure(name, statistics.median(waits), "ms", ATTACK_TARGET, note=note)


ROWS = named(learned, attacked)

if __name__ == "__main__":
    main(__doc__, ROWS)
