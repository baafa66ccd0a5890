"""The Inputs page in a browser: points flow by themselves, a hand moves the attacked point."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server


@dataclass
class Board:
    """A section's board in one page of a browser."""

    page: Page
    root: Locator

    def hold(self, selector: str, start: tuple, end: tuple) -> None:
        """Press at a place of an element (shares of its sides), drag to another, keep it held."""
        box = self.root.locator(selector).bounding_box()
        (x0, y0), (x1, y1) = (
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        )
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move(x1, y1, steps=5)

    def steps(self, selector: str) -> int:
        """How many steps a flow has taken, as the words under its plane say."""
        return int(re.match(r"\d+", self.root.locator(selector).inner_text())[0])

    def wait_for_address(self, part: str) -> None:
        """Return when the address bar's `inputs` holds this."""
        self.page.wait_for_function(
            "part => new URLSearchParams(location.search).get('inputs')?.includes(part)", arg=part
        )


Opened = Callable[..., Board]


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens a section by its part of the link, and returns when its first frame is drawn."""

    def open_link(text: str, name: str, **options: object) -> Board:
        page = new_page(**options)
        page.goto(f"{server.url}/inputs?epoch=60&inputs={text}", wait_until="commit")
        page.wait_for_function(
            "name => document.querySelector(`[data-testid=${name}]`)?.dataset.frames >= 1", arg=name
        )
        return Board(page, page.get_by_test_id(name))

    return open_link


def test_theta_and_points_flow_by_themselves_until_they_are_stopped(opened: Opened):
    board = opened("theta", "theta_or_x")
    board.page.wait_for_function("parseInt(document.querySelector('.io-right').textContent) > 5")
    assert board.steps(".io-left") > 0
    board.root.get_by_role("button", name="Stop", exact=True).click()
    board.root.get_by_role("button", name="Flow", exact=True).wait_for()
    steps = board.steps(".io-right")
    board.root.get_by_role("button", name="One step").click()
    expect(board.root.locator(".io-right")).to_contain_text(f"{steps + 1} steps")


def test_the_switch_holds_theta(opened: Opened):
    board = opened("theta;moves:theta", "theta_or_x")
    board.page.wait_for_function("parseInt(document.querySelector('.io-left').textContent) > 3")
    assert board.steps(".io-right") == 0
    board.root.get_by_role("button", name="x moves").click()
    board.page.wait_for_function("parseInt(document.querySelector('.io-right').textContent) > 3")
    board.wait_for_address("moves:x")


def test_a_click_in_the_right_plane_drops_a_point(opened: Opened):
    board = opened("theta;drops:none", "theta_or_x")
    expect(board.root.locator(".io-right")).not_to_contain_text("dropped")
    board.hold(".io-x", (0.3, 0.6), (0.3, 0.6))
    board.page.mouse.up()
    expect(board.root.locator(".io-right")).to_contain_text("of 1 dropped points")
    board.root.get_by_role("button", name="Clear").click()
    expect(board.root.locator(".io-right")).not_to_contain_text("dropped")


def test_the_attacked_point_follows_the_hand_and_the_table_with_it(opened: Opened):
    board = opened("attack", "attack")
    row = board.root.locator("[data-attack=truth] td").nth(4)
    expect(row).to_contain_text(".")
    before = row.inner_text()
    board.hold(".io-mine", (0.5, 0.5), (0.55, 0.45))
    expect(row).not_to_have_text(before)
    board.page.mouse.up()
    expect(board.root.locator("[data-attack=lbfgs] td").nth(4)).to_contain_text(".")
    board.wait_for_address("x1:")


def test_a_bad_target_is_said_beside_the_controls(opened: Opened):
    board = opened("attack", "attack")
    before = board.root.locator(".io-mine").bounding_box()
    board.root.get_by_label("Target class").select_option("1")
    expect(board.root.locator(".io-refused")).to_contain_text("says 1 at x already")
    expect(board.root.locator("[data-attack=pgd]")).to_contain_text("not asked")
    assert board.root.locator(".io-mine").bounding_box() == before  # nothing is pushed down
    board.root.get_by_label("Target class").select_option("-1")
    expect(board.root.locator(".io-refused")).to_be_hidden()


def test_adversarial_training_stands_beside_the_network(opened: Opened):
    board = opened("attack", "attack")
    board.root.get_by_role("button", name="Train it here").click()
    expect(board.root.locator(".io-against")).to_contain_text("Epoch 60: PGD")
    expect(board.root.locator(".io-accuracy")).to_contain_text("trained on attacked points")
    assert board.root.locator(".io-trained .imagelayer image").get_attribute("href")


def test_another_random_start_is_offered_where_there_is_one(opened: Opened):
    board = opened("attack", "attack")
    again = board.root.get_by_role("button", name="Again")
    expect(again).to_be_disabled()
    expect(board.root.locator(".io-size")).to_have_text("auto: 2.5 ε/n")
    board.root.get_by_label("random start").check()
    expect(again).to_be_enabled()


def test_both_planes_have_the_same_size_and_height(opened: Opened):
    board = opened("attack;adversarial:1", "attack", viewport={"width": 1400, "height": 900})
    expect(board.root.locator(".io-against")).to_contain_text("Epoch 60: PGD")
    mine, trained = (
        board.root.locator(name).bounding_box() for name in (".io-mine", ".io-trained")
    )
    assert (mine["width"], mine["height"]) == (trained["width"], trained["height"])
    assert mine["y"] == trained["y"]


def test_with_many_units_the_result_of_the_backward_pass_is_in_sight(opened: Opened):
    board = opened("theta&hidden=8.relu,8.relu", "theta_or_x")
    result = board.root.locator(".io-to-x .io-sum").first
    expect(result).to_contain_text("δ =")
    table, cell = board.root.locator(".io-scroll").bounding_box(), result.bounding_box()
    assert cell["x"] + cell["width"] <= table["x"] + table["width"] + 1


def test_a_link_outside_the_view_gets_a_sentence_and_the_address_follows(opened: Opened):
    board = opened("attack;x1:99999", "attack")
    expect(board.root.locator(".pg-message")).to_contain_text("x1: 99999 lies outside the view")
    board.wait_for_address("x1:6")


@pytest.mark.parametrize(("text", "name"), [("theta", "theta_or_x"), ("attack", "attack")])
def test_nothing_overflows_sideways_at_800_pixels(opened: Opened, text: str, name: str):
    board = opened(text, name, viewport={"width": 800, "height": 720})
    assert board.page.evaluate("document.documentElement.scrollWidth") <= 800
    inside = "el => el.scrollWidth <= el.clientWidth + 1"
    assert board.page.get_by_test_id("stMain").evaluate(inside)
