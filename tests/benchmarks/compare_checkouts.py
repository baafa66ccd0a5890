"""Two checkouts in alternation: `python -m tests.benchmarks.compare_checkouts OTHER --only growth`.

Each round runs the same rows in this folder and in OTHER, a checkout that has this bench, too, with
this interpreter; another one begins each time. Printed are medians over the rounds and their
ratio, here by there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench import moment
from tests.browser.server import ROOT

Figures = dict[tuple[str, str], tuple[float, str]]


def figures(folder: Path, only: list[str], flags: list[str]) -> Figures:
    """Value and unit of every figure that the folder's bench finds, by module and name."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "figures.json"
        command = [sys.executable, "-m", "tests.benchmarks", "--json", str(file), *flags]
        done = subprocess.run(
            [*command, "--only", *only], cwd=folder, capture_output=True, text=True
        )
        if not file.exists():
            raise SystemExit(f"{folder}: no figures\n{done.stdout}\n{done.stderr}")
        result = json.loads(file.read_text())
    for reason in result["failed"]:
        print(f"{folder}: {reason}", flush=True)
    return {
        (each["module"], each["what"]): (each["value"], each["unit"])
        for each in result["figures"]
        if each["value"] is not None
    }


def table(here: list[Figures], there: list[Figures]) -> list[str]:
    """A line for each figure that either side has."""
    lines = []
    for key in dict.fromkeys(key for found in here + there for key in found):
        sides = [[found[key] for found in side if key in found] for side in (here, there)]
        unit = next(unit for side in sides for _, unit in side)
        values = [statistics.median(v for v, _ in side) if side else None for side in sides]
        shown = "".join(f"{'none' if v is None else f'{v:,.4g}':>10}" for v in values)
        ratio = f"{values[0] / values[1]:8.3f}" if None not in values and values[1] else ""
        lines.append(f"{': '.join(key):<72}{shown} {unit:<9}{ratio}".rstrip())
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the folder of the other checkout")
    parser.add_argument("--only", nargs="+", required=True, metavar="ROW", help="rows to run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tiny", action="store_true", help="only see that it works")
    given = parser.parse_args()
    sides: tuple[tuple[Path, list[Figures]], ...] = ((ROOT, []), (given.other.resolve(), []))
    loads = [os.getloadavg()[0]]
    for number in range(given.rounds):
        for folder, found in sides[:: 1 if number % 2 == 0 else -1]:
            found.append(figures(folder, given.only, ["--tiny"] * given.tiny))
            loads.append(os.getloadavg()[0])
        print(f"round {number + 1}: load {loads[-1]:.1f}", flush=True)
    print(f"\n{moment()}; load {min(loads):.1f} to {max(loads):.1f}; {given.rounds} rounds")
    print(f"{'median':<72}{'here':>10}{'there':>10} {'':<9}{'ratio':>8}")
    print(*table(*(found for _, found in sides)), sep="\n")


if __name__ == "__main__":
    main()
