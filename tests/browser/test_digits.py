"""The digits section in a browser: it trains, is attacked, and sees what a hand draws."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server

ROOT = "[data-testid=digits]"
Opened = Callable[..., Page]


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens the section with settings of a link, and returns when its first frame is drawn."""

    def open_section(text: str = "", **options: object) -> Page:
        page = new_page(**options)
        link = ";".join(filter(None, ("digits", "speed:20", text)))
        page.goto(f"{server.url}/inputs?inputs={link}", wait_until="commit")
        page.wait_for_function(f"document.querySelector('{ROOT}')?.dataset.frames >= 1")
        return page

    return open_section


def wait_until_trained(page: Page) -> None:
    """Return when it rests after its last epoch."""
    page.wait_for_function("document.querySelector('.dg-play')?.disabled")


def hold(page: Page, element: Locator, *places: tuple[float, float]) -> None:
    """Press at the first place of an element (shares of its sides), drag along the others."""
    box = element.bounding_box()
    (x, y), *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(x, y)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=6)


def most_likely(page: Page) -> str:
    """What the network says of x, by the table of probabilities."""
    shares = page.locator(".dg-bars tr td:nth-child(3)").all_inner_texts()[1:]
    values = [float(re.search(r"[\d.]+", share)[0]) for share in shares]
    return str(values.index(max(values)))


def test_it_trains_to_the_goal_by_itself_with_progress(opened: Opened):
    page = opened()
    page.evaluate("document.querySelector('.dg-weights').marked = true")
    page.wait_for_function(f"document.querySelector('{ROOT}').dataset.test >= 0.95")
    expect(page.locator(".dg-reached")).to_be_visible()
    assert float(page.get_by_role("progressbar").get_attribute("aria-valuenow")) >= 95
    assert page.evaluate("document.querySelector('.dg-weights').marked")


def test_a_mistake_can_be_looked_at_closer(opened: Opened):
    page = opened()
    wait_until_trained(page)
    mistake = page.locator(".dg-mistakes button").first
    truth, said = re.search(r"(\d) called (\d)", mistake.inner_text()).groups()
    mistake.click()
    expect(page.locator(".dg-x-says")).to_contain_text(f"a test digit {truth}")
    expect(page.locator(".dg-x-says")).to_contain_text(f"The network says {said}")
    expect(page.locator(".dg-words")).to_contain_text(f"wrong already, this is {truth}")
    page.wait_for_function("location.search.includes('view%3Aattack')")


def test_a_link_brings_the_network_and_the_drawing(opened: Opened):
    page = opened("epoch:3;view:attack;source:own;drawn:" + "000gg000" * 8)
    expect(page.locator(".dg-epoch")).to_have_text("3 of 30")
    expect(page.locator(".dg-play")).to_have_text("Train")  # it rests
    ink = """() => {
      const pad = document.querySelector(".dg-pad canvas");
      const opacity = (x, y) => pad.getContext("2d").getImageData(x, y, 1, 1).data[3];
      return [opacity(24, 3), opacity(24, 44), opacity(3, 24), opacity(44, 24)];
    }"""
    assert page.evaluate(ink) == [255, 255, 0, 0]


def test_the_link_follows_when_training_ends_and_the_button_says_so(opened: Opened):
    page = opened()
    wait_until_trained(page)
    page.wait_for_function("location.search.includes('epoch%3A30')")
    expect(page.locator(".dg-play")).to_have_text("Trained")
    expect(page.locator(".dg-epoch")).to_have_text("30 of 30")


def test_nothing_but_the_mark_moves_from_tab_to_tab(opened: Opened):
    page = opened()
    places = "() => [...document.querySelectorAll('.dg-tabs button')].map((tab) => tab.offsetLeft)"
    before = page.evaluate(places)
    page.get_by_role("tab", name="All test digits").click()
    expect(page.locator(".dg-survey")).to_be_visible()
    assert page.evaluate(places) == before


def test_the_names_of_the_curves_keep_their_places(opened: Opened):
    page = opened()
    places = """() => [...document.querySelectorAll(".dg-curve .dg-name")].map((name) =>
      [name.textContent, name.getAttribute("x"), name.getAttribute("y")])"""
    before = page.evaluate(places)
    wait_until_trained(page)
    assert [name for name, *_ in before] == ["train", "test"]
    assert page.evaluate(places) == before


def test_the_attack_follows_epsilon_while_it_is_held(opened: Opened):
    page = opened("view:attack;epsilon:0")
    wait_until_trained(page)
    expect(page.locator(".dg-words")).to_contain_text("Not fooled")
    hold(
        page, page.get_by_label("Epsilon, largest change of a pixel").first, (0.02, 0.5), (0.9, 0.5)
    )
    expect(page.locator(".dg-words")).to_contain_text("Fooled: now it is")
    page.mouse.up()


def test_the_true_class_as_target_gets_a_message(opened: Opened):
    page = opened("view:attack")
    page.get_by_role("group", name="Target").get_by_role("button", name="4", exact=True).click()
    expect(page.locator(".dg-problem")).to_contain_text("4 is what it is already")
    page.get_by_role("button", name="anything else").click()
    expect(page.locator(".dg-problem")).to_be_empty()


def test_a_digit_drawn_by_hand_is_seen_at_once_and_cleared(opened: Opened):
    page = opened("view:attack")
    wait_until_trained(page)
    pad = page.locator(".dg-pad canvas")
    hold(page, pad, (0.25, 0.2), (0.75, 0.2), (0.4, 0.9))
    expect(page.locator(".dg-x-says")).to_contain_text("your drawing")  # the hand is still down
    page.mouse.up()
    page.wait_for_function("location.search.includes('source%3Aown')")
    assert most_likely(page) == "7"
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".dg-problem")).to_contain_text("Draw a digit")


def test_a_digit_can_be_drawn_with_the_keys(opened: Opened):
    page = opened("view:attack")
    wait_until_trained(page)
    pad = page.locator(".dg-pad canvas")
    pad.focus()
    pad.press("Space")
    for _ in range(9):
        pad.press("ArrowDown")
    expect(page.locator(".dg-x-says")).to_contain_text("your drawing. The network says 1")


def test_the_views_are_reached_by_keys_and_fit_a_narrow_screen(opened: Opened):
    page = opened(viewport={"width": 800, "height": 720})
    page.get_by_role("tab", name="What it learned").focus()
    for view in ("attack", "ascent", "survey"):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f".dg-{view}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_ten_pictures_climb_to_their_classes(opened: Opened):
    page = opened("view:ascent")
    wait_until_trained(page)
    expect(page.locator(".dg-climbed div").nth(3)).to_contain_text(
        re.compile(r"3: (>\s99|9\d|100)")
    )


def test_all_digits_are_attacked_when_training_rests(opened: Opened):
    page = opened("view:survey")
    expect(page.locator(".dg-waits")).to_be_visible()
    expect(page.locator(".dg-tried")).to_contain_text("449 of 449", timeout=30_000)
    expect(page.locator(".dg-waits")).to_be_hidden()
    expect(page.locator(".dg-transfer td")).to_have_count(20)
    expect(page.locator(".dg-universal-note")).to_contain_text("lowers the accuracy from 9")
