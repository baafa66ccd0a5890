"""The Layers page in a browser: three drawings of one function, hinges, regions and the census."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from nnlib.config import RunConfig
from nnlib.run import Run
from nnlib.spaces.piecewise import linear_inputs, original_extent
from nnlib.spaces.regions import regions
from tests.browser.server import Server

NETWORK = {"hidden": [(6, "relu"), (4, "relu")], "learning_rate": 0.1}
LINK = "hidden=6.relu,4.relu&learning_rate=0.1&epoch=40"

BOARDS = {"drawings": "drawings", "regions": "hinges"}  # a section's name in the link -> its board


@dataclass
class Board:
    """A section's board in one page of a browser."""

    page: Page
    root: Locator

    def drag(self, selector: str, start: tuple, end: tuple) -> None:
        """Press at a place of an element (shares of its sides) and drag to another; let go."""
        box = self.root.locator(selector).bounding_box()
        (x0, y0), (x1, y1) = (
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        )
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move(x1, y1, steps=5)
        self.page.mouse.up()

    def wait_for_address(self, part: str) -> None:
        """Return when the address bar's `layers` holds this."""
        self.page.wait_for_function(
            "part => new URLSearchParams(location.search).get('layers')?.includes(part)", arg=part
        )


Opened = Callable[..., Board]


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens a section by its part of the link, and returns when its first frame is drawn."""

    def open_link(text: str, query: str = LINK, **options: object) -> Board:
        page = new_page(**options)
        page.goto(f"{server.url}/layers?{query}&layers={text}", wait_until="commit")
        name = BOARDS[text.partition(";")[0]]
        page.wait_for_function(
            "name => document.querySelector(`[data-testid=${name}]`)?.dataset.frames >= 1", arg=name
        )
        return Board(page, page.get_by_test_id(name))

    return open_link


# ------------------------------------------------------------------------ drawings


@pytest.mark.parametrize(
    ("panel", "end"),
    [(".dr-graph", (0.8, 0.5)), (".dr-curve", (0.8, 0.5)), (".dr-mapping", (0.5, 0.4))],
)
def test_a_hand_in_any_drawing_moves_x_in_all(opened: Opened, panel: str, end: tuple):
    board = opened("drawings;x:0;f1:tanh;f2:none;f3:none;f4:none")
    board.drag(panel, (0.5, 0.55), end)
    found = board.page.wait_for_function(
        """() => {
          const text = new URLSearchParams(location.search).get("layers");
          const x = Number(text.split(";").find((part) => part.startsWith("x:"))?.slice(2));
          return x > 0.5 && x;
        }"""
    )
    x = found.json_value()
    expect(board.root.locator(".dr-sum")).to_contain_text(f"h({x:.2f}) = {np.tanh(x):.3f}")
    expect(board.root.locator("[name=x]")).to_have_value(f"{x:g}")


def test_a_hand_on_a_later_axis_brings_x_to_where_that_value_follows(opened: Opened):
    # h = −2 x: as h goes up, x has to go down.
    board = opened("drawings;x:0;f1:linear;w1:2;b1:0;f2:linear;w2:-1;b2:0;f3:none;f4:none")
    board.drag(".dr-mapping", (0.9, 0.55), (0.9, 0.4))
    board.page.wait_for_function(
        """() => /(^|;)x:-/.test(new URLSearchParams(location.search).get("layers"))"""
    )


def test_the_mapping_plot_says_what_its_lines_are(opened: Opened):
    legend = opened("drawings").root.locator(".dr-legend")
    expect(legend).to_have_text("x ≥ 0x < 0x now")


def test_an_example_fills_the_boxes(opened: Opened):
    board = opened("drawings")
    board.root.get_by_label("Example chains").select_option("linear → ReLU")
    expect(board.root.get_by_label("Function f4")).to_have_value("none")
    board.wait_for_address("f3:none;f4:none")


def test_the_line_through_the_plane_is_turned_by_its_handle(opened: Opened):
    board = opened("drawings;source:network;angle:0;t:0.3")
    figure = board.root.locator(".dr-plane")
    centre, tip = figure.evaluate(
        """figure => {
          const { xaxis, yaxis } = figure._fullLayout;
          const place = (x, y) => [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)];
          return [place(0, 0), place(3, 0)];
        }"""
    )
    box = figure.bounding_box()
    length = tip[0] - centre[0]
    board.page.mouse.move(box["x"] + tip[0], box["y"] + tip[1])
    board.page.mouse.down()
    board.page.mouse.move(box["x"] + centre[0], box["y"] + centre[1] - length, steps=6)
    board.page.mouse.up()
    board.wait_for_address("angle:90")


# ------------------------------------------------------------------------ regions


def test_the_formula_and_the_area_are_those_of_the_region_at_the_point(opened: Opened):
    board = opened("regions")
    run = Run(RunConfig(**NETWORK))
    run.advance(40)
    points = run.data.points
    found = regions(run.network, original_extent(points), linear_inputs(points))
    board.root.locator(".hg-x1").fill("-2.4")
    board.root.locator(".hg-x2").fill("2.04")
    index = found.find((-2.4, 2.04))
    expect(board.root.locator(".hg-area")).to_contain_text(f"Area {found.areas[index]:.3f}")
    number = f"{found.c[index][0]:.3f}".replace("-", "")
    expect(board.root.locator(".hg-formula")).to_contain_text(number)
    assert int(board.root.locator("[data-row=now] td").last.inner_text()) == len(found)


def test_the_pointer_shows_a_region_and_a_click_keeps_it(opened: Opened):
    board = opened("regions")
    formula = board.root.locator(".hg-formula")
    kept = formula.inner_text()
    board.root.locator(".hg-plane").hover(position={"x": 100, "y": 60})
    expect(formula).not_to_have_text(kept)
    shown = formula.inner_text()
    board.root.locator(".hg-sum").hover()
    expect(formula).to_have_text(kept, use_inner_text=True)
    board.root.locator(".hg-plane").click(position={"x": 100, "y": 60})
    board.root.locator(".hg-sum").hover()
    expect(formula).to_have_text(shown, use_inner_text=True)


def test_hinges_move_while_the_network_trains(opened: Opened):
    board = opened("regions")
    board.root.get_by_role("button", name="Play", exact=True).click()
    board.page.wait_for_function("document.querySelector('.hg').dataset.epoch > 60")
    board.root.get_by_role("button", name="Pause", exact=True).click()
    expect(board.root.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(board.root.locator(".hg-formula")).to_contain_text("at the point")


def test_a_network_without_regions_says_why_and_how_to_get_some(opened: Opened):
    board = opened("regions", "epoch=5")
    why = board.root.locator(".hg-why")
    expect(why).to_contain_text("tanh bends everywhere")
    why.get_by_role("button", name="Use ReLU hidden layers").click()
    expect(why).to_be_hidden()
    expect(board.root.locator(".hg-area")).to_contain_text("of the view")


def test_a_rerun_opens_a_branch_and_says_what_it_did(opened: Opened):
    board = opened("regions")
    board.root.get_by_role("button", name="leaky ReLU").click()
    expect(board.root.locator(".hg-outcome")).to_contain_text("Branch A had")
    expect(board.root.get_by_role("button", name="B", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize("section", ["regions", "drawings", "drawings;source:network"])
@pytest.mark.parametrize("width", [1280, 800])
def test_the_page_does_not_overflow_sideways(opened: Opened, section: str, width: int):
    board = opened(section, viewport={"width": width, "height": 720})
    assert board.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert board.root.evaluate("root => root.scrollWidth <= root.clientWidth")
