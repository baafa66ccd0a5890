"""All benchmarks, each in a process of its own: `python -m tests.benchmarks`.

With the command line of a single one; those that have no such row are left out. All run to their
end; then the process fails if a row of any had no figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from tests.benchmarks.bench import Row, arguments, chosen, finish

# The engine's first: no server runs yet.
MODULES = (
    *("engine", "sweeps", "inputs", "live", "compare", "functions", "layers", "backprop"),
    *("inputs_page", "digits", "neighbours", "memory", "opening"),
)


def rows(module: str) -> dict[str, Row]:
    """What a module measures."""
    return import_module(f"tests.benchmarks.{module}").ROWS


def run(module: str, flags: list[str]) -> tuple[list[dict], list[str]]:
    """A module's figures and what had none, its table printed."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *flags]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        done = subprocess.run([*command, "--json", str(file)])
        if not file.exists():
            return [], [f"{module}: ended with {done.returncode}"]
        result = json.loads(file.read_text())
    found = [{"module": module, **figure} for figure in result["figures"]]
    return found, [f"{module}, {reason}" for reason in result["failed"]]


def main() -> None:
    parser = arguments(__doc__)
    given = parser.parse_args()
    asked = [module for module in MODULES if chosen(rows(module), given.only)]
    if not asked:
        parser.error("no module has such a row")
    flags = ["--peers-python", str(given.peers_python), *["--tiny"] * given.tiny]
    if given.only:
        flags += ["--only", *given.only]
    found, failed = [], []
    for module in asked:
        print(f"\n{module}", flush=True)
        figures, reasons = run(module, flags)
        found += figures
        failed += reasons
    finish(found, failed, given.json)


if __name__ == "__main__":
    main()
