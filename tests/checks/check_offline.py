"""A laptop that was closed for a while: its page goes on with the network that it had."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.cable import cable
from tests.browser.chromium import WITHOUT_POLICY, launch_options
from tests.browser.playground import Playground
from tests.browser.server import HOST, running


@pytest.mark.parametrize("seconds", [150])
def test_a_page_offline_for_minutes_keeps_its_network(seconds: float):
    with (
        running() as server,
        cable(server.port) as lead,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
    ):
        playground = Playground(browser.new_page(**WITHOUT_POLICY))
        playground.page.goto(f"http://{HOST}:{lead.port}/?noise=0.1&epoch=20")
        playground.wait("epoch >= 20 && frames >= 1")
        playground.play_until(500)
        playground.pause()
        playground.settle()
        before = playground.epoch
        lead.pull()
        expect(playground.message).to_contain_text("connection was lost")
        time.sleep(seconds)
        lead.plug_in()
        expect(playground.message).to_be_hidden()
        playground.page.wait_for_timeout(5_000)  # Streamlit connects more slowly
        playground.choose("Optimizer", "Optimizer: Adam")
        playground.wait_for_address(changes=f"{before}.optimizer.adam")
        playground.press("Step")
        playground.wait("epoch === arg", before + 1)
        print(f"\n{seconds} s offline: epoch {before} -> {playground.epoch}, {playground.address}")
