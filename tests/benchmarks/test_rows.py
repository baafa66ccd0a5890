"""Every row of every benchmark, tiny: a label that has gone stale is found here."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.benchmarks import opening
from tests.benchmarks.__main__ import MODULES, rows
from tests.benchmarks.bench import Bench, Figure, Row, measure
from tests.benchmarks.clients import sockets
from tests.benchmarks.engine import is_lack
from tests.benchmarks.live import LINKS
from tests.browser.server import Server

ROWS = [
    pytest.param(row, id=f"{module}-{name}")
    for module in MODULES
    for name, row in rows(module).items()
]


@pytest.fixture(scope="module")
def bench(server: Server, browser: Browser) -> Iterator[Bench]:
    bench = Bench(tiny=True, peers_python=Path(sys.executable))
    bench.server, bench.browser = server, browser
    with bench.cleanup:
        bench.visited.new_page().goto(f"{server.url}/_stcore/health")  # keeps the pages' process
        yield bench


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_figures(bench: Bench, row: Row) -> None:
    figures = list(row(bench))
    values = [figure.value for figure in figures if figure.value is not None]  # a peer may lack
    assert values
    assert all(map(math.isfinite, values)), "\n".join(figure.line() for figure in figures)


def test_links_of_the_grown_networks_are_understood() -> None:
    configs = [sockets.config(link) for link in LINKS.values()]
    assert configs[0].hidden == ()
    assert len(set(configs)) == len(configs)


def test_versions_are_compared_in_pairs() -> None:
    mine, other, later = opening.figures("here", [[2.0, 2.0, 9.0], [1.0, 1.5, 8.9]])
    assert (mine.value, other.value) == (2.0, 1.5)
    assert later.value == pytest.approx(500)
    assert "3 of 3" in later.note


def _broken(_bench: Bench) -> Iterator[Figure]:
    raise RuntimeError("no such button")
    yield


@pytest.mark.parametrize(
    "row",
    [
        _broken,
        lambda _: iter([]),
        lambda _: iter([Figure("late", math.inf)]),
        lambda _: iter([Figure("undefined", math.nan)]),
    ],
)
def test_a_row_without_a_figure_is_named_and_the_others_are_measured(row: Row) -> None:
    found, failed = measure(Bench(), {"first": row, "second": lambda _: iter([Figure("x", 1.0)])})
    assert [reason.partition(":")[0] for reason in failed] == ["first"]
    assert found[-1]["what"] == "x"


def test_a_missing_peer_is_no_failure() -> None:
    _, failed = measure(Bench(), {"peer": lambda _: iter([Figure("x", None, note="no node")])})
    assert failed == []


@pytest.mark.parametrize(
    ("words", "lacks"),
    [
        ("ModuleNotFoundError: No module named 'torch'", True),
        ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'convnetjs'", True),
        ("ModuleNotFoundError: No module named 'nnlib.gone'", False),
        ("AttributeError: 'jax' has no such thing", False),
    ],
)
def test_only_a_package_that_is_not_installed_is_lacking(words: str, lacks: bool) -> None:
    assert is_lack(words) is lacks
