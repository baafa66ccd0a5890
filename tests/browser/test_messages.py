"""A message and the controls around it: none is covered, no click is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.playground import Playground
from tests.browser.server import Server

LAYERS = ",".join(["4.tanh"] * 6)
PAGES = ("?epoch=3&hidden=4.tanh", f"?epoch=3&hidden={LAYERS}", "compare", "layers", "inputs")
TEXT = "The numbers stopped being finite in epoch 12; that of epoch 11 is kept. Clipping helps."
# Which controls can be clicked in their middle; which ones a message lies over.
CONTROLS = """
() => [...document.querySelectorAll("button, input, select, summary, a")].filter((each) => {
  const { left, top, width, height } = each.getBoundingClientRect();
  const found = width && document.elementFromPoint(left + width / 2, top + height / 2);
  return found && (each.contains(found) || found.contains(each)) && !each.closest(".pg-message");
})
"""
SHOW = """
(text) => {
  const box = document.querySelector(".pg-message");
  box.hidden = false;
  box.querySelector("span").textContent = text;
}
"""
COVERED = """
() => {
  const box = document.querySelector(".pg-message").getBoundingClientRect();
  return CONTROLS().filter((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return left < box.right && right > box.left && top < box.bottom && bottom > box.top;
  }).map((each) => each.outerHTML.slice(0, 120));
}
""".replace("CONTROLS", f"({CONTROLS.strip()})")


@pytest.mark.parametrize("path", PAGES)
def test_a_message_covers_no_control_and_takes_no_click(
    server: Server, new_page: Callable[..., Page], path: str
):
    page = new_page()
    page.goto(f"{server.url}/{path}")
    Playground(page).settle()
    page.locator("[data-frames]:not([data-frames='0'])").first.wait_for()
    for width, height in ((1280, 720), (1280, 1000), (800, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("document.querySelector('.pg-message').hidden = true")
        before = page.evaluate(f"({CONTROLS.strip()})().length")
        page.evaluate(SHOW, TEXT)
        lost = before - page.evaluate(f"({CONTROLS.strip()})().length")
        assert lost <= (width < 1000), (width, lost)  # what lies under its own ×
        if width > 1000:
            assert page.evaluate(COVERED) == []


def test_a_layer_is_added_while_a_message_is_shown(opened: Callable[..., Playground]):
    playground = opened(f"epoch=3&hidden={LAYERS[:34]}")
    before = playground.config
    playground.page.evaluate(SHOW, TEXT)
    playground.page.get_by_role("button", name="Add a hidden layer").click()
    playground.wait("config !== arg", before)
