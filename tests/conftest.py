"""What every test may use: randomness that is the same in each run, one server, one browser."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import launch_options
from tests.browser.server import Server, running


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        options = launch_options()
        # Pages of a context share a process, and with it what is compiled of the scripts: a page is
        # there in half the time. (Benchmarks launch browsers of their own, as a person's are.)
        options["args"].append("--process-per-site")
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()
