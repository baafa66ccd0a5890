"""What every benchmark shares: figures and their table, one command line, a server and a browser.

A module has ROWS, what it measures under its name, and ends with `main(__doc__, ROWS)`. It measures
and never asserts; a row without a figure makes its process fail, once all others are done.
Everything is on this machine, so whatever else runs on it is in the figures: the load is said.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chromium import WITHOUT_POLICY, launch_options
from tests.browser.server import ROOT, Server, running

VIEWPORT = {"width": 1280, "height": 720}
CONTEXT = {"viewport": VIEWPORT, **WITHOUT_POLICY}
PATIENCE = 30_000  # ms
TINY = 0.1  # s, of what is watched for seconds otherwise
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
PACKAGES = ("numpy", "streamlit", "plotly")
T = TypeVar("T")


class NoFigure(Exception):
    """What cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. Without a value it is named as missing, and its note says why."""

    what: str
    value: float | None
    unit: str = ""
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def name(self) -> str:
        """What no other figure of the module is called."""
        return self.what

    @property
    def compared(self) -> float | None:
        """What is held against the target."""
        return self.value

    def verdict(self) -> tuple[str, str]:
        """The target as the table says it, and whether it is reached."""
        if self.target is None:
            return "", ""
        target = f"{'>=' if self.at_least else '<='} {self.target:g}"
        if self.compared is None:
            return target, ""
        good = self.compared >= self.target if self.at_least else self.compared <= self.target
        return target, "ok" if good else "short"

    def line(self) -> str:
        target, verdict = self.verdict()
        value = "missing" if self.value is None else f"{self.value:,.4g}"
        return (
            f"{self.what:<62} {value:>9} {self.unit:<9} {target:<9} {verdict:<6} {self.note}"
        ).rstrip()


@dataclass
class Bench:
    """What rows share, made when the first of them needs it; `tiny`, each does the least it can."""

    tiny: bool = False
    peers_python: Path = PEERS
    against: Sequence[Path] = ()  # folders with other versions of the app
    cleanup: ExitStack = field(default_factory=ExitStack)
    _kept: dict[Callable, object] = field(default_factory=dict)

    def few(self, count: int, least: int = 1) -> int:
        """So many times; tiny, the least."""
        return least if self.tiny else count

    def seconds(self, seconds: float) -> float:
        """So long; tiny, a moment."""
        return min(seconds, TINY) if self.tiny else seconds

    def some(self, cases: Sequence[T]) -> Sequence[T]:
        """All of them; tiny, the first and the last."""
        return [cases[0], cases[-1]] if self.tiny and len(cases) > 2 else cases

    def keep(self, make: Callable[[Bench], T]) -> T:
        """What `make` made for the first row that asked."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return self._kept[make]

    @cached_property
    def browser(self) -> Browser:
        playwright = self.cleanup.enter_context(sync_playwright())
        return self.cleanup.enter_context(playwright.chromium.launch(**launch_options()))

    @cached_property
    def server(self) -> Server:
        server = self.cleanup.enter_context(running())
        with self.page() as page:  # warm
            page.goto(server.url)
            page.wait_for_function("document.querySelector('.pg')?.dataset.frames >= 1")
        return server

    @cached_property
    def visited(self) -> BrowserContext:
        """A browser that has been here before, for tiny rows."""
        context = self.browser.new_context(**CONTEXT)
        self.cleanup.callback(context.close)
        return context

    @contextmanager
    def page(self) -> Iterator[Page]:
        """An empty page of a new context, which knows nothing; tiny, of one that has the files."""
        context = self.visited if self.tiny else self.browser.new_context(**CONTEXT)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        try:
            yield page
        finally:
            page.close() if self.tiny else context.close()


Row = Callable[[Bench], Iterator[Figure]]


def named(*rows: Row) -> dict[str, Row]:
    """Functions under their names, as people write them."""
    return {row.__name__.replace("_", " "): row for row in rows}


# ------------------------------------------------------------------------ the table


def percentile(values: object, share: float) -> float:
    """One of the values: `share` of 100 do not exceed it."""
    return float(np.percentile(values, share, method="nearest"))


def spread(values: list[float]) -> str:
    """The lowest, the highest and how many."""
    return f"{min(values):.3g} to {max(values):.3g}, n = {len(values)}"


def moment() -> str:
    """When, on what, and under which load."""
    load = os.getloadavg()[0]
    return (
        f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {os.cpu_count()} CPUs, load {load:.1f}, "
        f"python {platform.python_version()}"
    )


def heading(_bench: Bench) -> str:
    """What the table's columns are, and what was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{moment()}, {versions}\n\n{'what (median)':<62} {'measured':>9} {'':<9} {'target':<9}"


def measure(bench: Bench, rows: dict[str, Row]) -> tuple[list[dict], list[str]]:
    """Every row's lines, printed as they come: the figures for machines, and what had none."""
    found, failed = [], []
    for name, row in rows.items():
        count = len(found)
        try:
            for figure in row(bench):
                print(figure.line(), flush=True)
                if figure.value is not None and not math.isfinite(figure.value):
                    failed.append(f"{name}: {figure.what}")
                found.append(
                    {
                        "row": name,
                        "what": figure.name,
                        "value": figure.value,
                        "unit": figure.unit,
                        "load": os.getloadavg()[0],
                    }
                )
            if len(found) == count:
                raise NoFigure("the row is empty")
        except Exception as error:  # whatever it is, the other rows are measured
            reason = (str(error) or type(error).__name__).splitlines()[0]
            print(f"{name}: no figure: {reason}", flush=True)
            failed.append(f"{name}: {reason}")
    return found, failed


def chosen(rows: dict[str, Row], only: Sequence[str]) -> dict[str, Row]:
    """The rows whose name holds one of these texts; all where there is none."""
    return {name: row for name, row in rows.items() if not only or any(o in name for o in only)}


def arguments(doc: str) -> argparse.ArgumentParser:
    """The command line of every benchmark."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="rows that hold this")
    parser.add_argument("--tiny", action="store_true", help="only see that each row has a figure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures for machines")
    parser.add_argument(
        "--peers-python",
        type=Path,
        default=PEERS,
        help="an interpreter with the peers (contenders/requirements.txt) for the engine's bench",
    )
    return parser


def main(
    doc: str, rows: dict[str, Row], head: Callable[[Bench], str] = heading, versions: bool = False
) -> None:
    """Print the table; exit with 1 if a row has no figure. `versions`: others can be named."""
    parser = arguments(doc)
    parser.set_defaults(against=[])
    if versions:
        help_ = "folders with other versions of the app"
        parser.add_argument("--against", type=Path, nargs="+", metavar="FOLDER", help=help_)
    given = parser.parse_args()
    asked = chosen(rows, given.only)
    if not asked:
        parser.error(f"no such row; there are: {', '.join(rows)}")
    bench = Bench(given.tiny, given.peers_python, given.against)
    with bench.cleanup:
        print(head(bench), flush=True)
        found, failed = measure(bench, asked)
    finish(found, failed, given.json)


def finish(found: list[dict], failed: list[str], file: Path | None) -> None:
    """Say what has no figure, write the rest, and end the process."""
    print(f"load {os.getloadavg()[0]:.1f} at the end", flush=True)
    if file:
        file.write_text(json.dumps({"figures": found, "failed": failed}, indent=1))
    if failed:
        print("\nwithout a figure:", *failed, sep="\n  ", flush=True)
    sys.exit(bool(failed))
