"""The Layers page in a browser: cloud and lifted data move under a hand and while training."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from nnlib.config import RunConfig
from nnlib.run import Run
from pages.ui.drawing import palette
from tests.browser.server import Server


@dataclass
class Board:
    """A section's board in one page of a browser."""

    page: Page
    root: Locator

    def slider(self, name: str) -> Locator:
        return self.root.locator(f"input[type=range][name={name}]")

    def wait_for_address(self, part: str) -> None:
        """Return when the address bar's `layers` holds this."""
        self.page.wait_for_function(
            "part => new URLSearchParams(location.search).get('layers')?.includes(part)", arg=part
        )

    def wait(self, condition: str) -> None:
        """Return when a condition on the board's `data` holds."""
        name = self.root.get_attribute("data-testid")
        self.page.wait_for_function(
            f"name => {{ const data = document.querySelector(`[data-testid=${{name}}]`).dataset;"
            f" return {condition}; }}",
            arg=name,
        )

    def hold(self, locator: Locator, start: tuple, end: tuple) -> None:
        """Press at a place of an element (shares of its sides), drag to another, keep it held."""
        box = locator.bounding_box()
        (x0, y0), (x1, y1) = (
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        )
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move(x1, y1, steps=6)

    def pixels(self, selector: str, colour: str) -> list[list[int]]:
        """Places (column, row) of the pixels of exactly this colour on a canvas."""
        return self.root.locator(selector).evaluate(
            """(canvas, [r, g, b]) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              const found = [];
              for (let i = 0; i < data.length; i += 4) {
                if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255)
                  found.push([(i / 4) % width, Math.floor(i / 4 / width)]);
              }
              return found;
            }""",
            list(palette.rgb(colour)),
        )

    def picture(self, selector: str) -> str:
        return self.root.locator(selector).evaluate("canvas => canvas.toDataURL()")


Opened = Callable[..., Board]


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens a section by its part of the link, and returns when its first frame is drawn."""

    def open_link(text: str, query: str = "epoch=60", **options: object) -> Board:
        page = new_page(**options)
        page.goto(f"{server.url}/layers?{query}&layers={text}", wait_until="commit")
        board = Board(page, page.get_by_test_id(text.partition(";")[0]))
        page.wait_for_function("document.querySelector('.ly')?.dataset.frames >= 1")
        return board

    return open_link


# ------------------------------------------------------------------------ the cloud


def test_every_stage_has_a_panel_with_both_classes(opened: Opened):
    board = opened("cloud")
    expect(board.root.locator(".ly-row figcaption")).to_have_text(
        ["x", "Z¹", "A¹", "Z²", "A²", "Z³", "A³ = g"]
    )
    for i in range(1, 8):
        for colour in palette.CLASSES[:2]:
            assert board.pixels(f".ly-row figure:nth-child({i}) canvas", colour)


def test_the_morph_follows_the_slider_while_it_is_held(opened: Opened):
    board = opened("cloud;place:0")
    before = board.picture(".ly-moved")
    board.hold(board.slider("place"), (0.02, 0.5), (0.4, 0.5))
    board.wait("data.place > 2 && data.place < 3")
    expect(board.root.locator(".ly-formula")).to_have_text("Z² = A¹ W² + b²")
    assert board.picture(".ly-moved") != before
    board.page.mouse.up()
    board.wait_for_address("place:2.")


def test_the_moves_play_to_the_guess(opened: Opened):
    board = opened("cloud;place:5.5")
    board.root.get_by_role("button", name="Play the moves").click()
    board.wait("data.place === '6'")
    expect(board.root.get_by_role("button", name="Play the moves")).to_be_visible()
    board.wait_for_address("place:6")


def test_arrows_go_from_stage_to_stage(opened: Opened):
    board = opened("cloud;place:2.4")
    board.root.get_by_role("button", name="Next stage").click()
    expect(board.root.locator(".ly-title")).to_have_text("Z²")
    board.root.get_by_role("button", name="Stage before").click()
    expect(board.root.locator(".ly-title")).to_have_text("A¹")


def test_an_arrow_key_moves_a_tenth_of_a_stage_and_with_shift_a_whole_one(opened: Opened):
    board = opened("cloud;place:2")
    slider = board.slider("place")
    for _ in range(3):
        slider.press("ArrowRight")
    board.wait("Math.abs(data.place - 2.3) < 1e-6")
    slider.press("Shift+ArrowRight")
    board.wait("data.place === '3'")


def test_the_strip_shows_the_stage_where_the_cloud_is(opened: Opened):
    query = "epoch=2&hidden=8.tanh,8.tanh,8.tanh"
    board = opened("cloud;place:0", query, viewport={"width": 800, "height": 720})
    last = board.root.locator(".ly-row figure").last
    expect(last).not_to_be_in_viewport(ratio=0.9)
    board.slider("place").press("End")
    expect(last).to_be_in_viewport(ratio=0.9)


def test_all_numbers_of_a_point_have_room_where_there_is_some(opened: Opened):
    board = opened("cloud;point:5", viewport={"width": 1280, "height": 1000})
    numbers = board.root.locator(".ly-numbers")
    expect(numbers.locator("p")).to_have_count(7)
    assert numbers.evaluate("list => list.scrollHeight <= list.clientHeight")


@pytest.mark.parametrize("query", ["epoch=5&hidden=", "epoch=5&hidden=&dataset=iris"])
def test_one_linear_map_fits_the_projector(opened: Opened, query: str):
    board = opened("cloud;point:3", query, viewport={"width": 1280, "height": 720})
    expect(board.root.locator(".ly-map")).to_be_visible()
    main = board.page.locator("[data-testid=stMain]")
    assert main.evaluate("page => page.scrollHeight <= page.clientHeight")


def test_a_number_to_be_predicted_has_a_scale_of_colours(opened: Opened):
    legend = opened("cloud", "epoch=2&dataset=plane").root.locator(".ly-legend")
    expect(legend.locator(".ly-scale")).to_have_css("background-image", re.compile("gradient"))


def test_a_clicked_point_is_followed_through_all_stages_with_its_numbers(opened: Opened):
    board = opened("cloud")
    run = Run(RunConfig())
    run.advance(60)
    column, row = board.pixels(".ly-row figure:first-child canvas", palette.CLASSES[1])[0]
    canvas = board.root.locator(".ly-row figure:first-child canvas")
    canvas.click(position={"x": column + 1, "y": row + 1})
    found = board.page.wait_for_function(
        "new URLSearchParams(location.search).get('layers')?.match(/point:(\\d+)/)?.[1]"
    )
    point = int(found.json_value()) - 1
    assert run.data.points.train_target[point] == 1
    guess = run.network.predict(run.data.X_train)[point, 0]
    numbers = board.root.locator(".ly-numbers p")
    expect(numbers).to_have_count(7)
    expect(numbers.last).to_have_text(f"A³ = g ({guess:.2f})")
    assert board.pixels(".ly-joins", palette.INK["light"])


def test_keys_follow_points(opened: Opened):
    board = opened("cloud")
    board.slider("point").focus()
    board.slider("point").press("ArrowRight")
    expect(board.root.locator(".ly-label")).to_contain_text("training point 1, class")


def test_it_moves_while_training_plays_and_along_the_timeline(opened: Opened):
    board = opened("cloud", "epoch=2")
    figure = ".ly-row figure:nth-child(5) canvas"
    first = board.picture(figure)
    board.root.get_by_role("button", name="Play", exact=True).click()
    board.wait("data.epoch > 40")
    board.root.get_by_role("button", name="Pause", exact=True).click()
    assert board.picture(figure) != first
    board.root.get_by_label("Epoch to look at").fill("2")
    board.wait("data.epoch === '2'")
    assert board.picture(figure) == first


def test_how_separable_the_classes_are_stands_under_every_panel(opened: Opened):
    board = opened("cloud", "epoch=150")
    shares = board.root.locator(".ly-share")
    expect(shares.nth(4)).to_have_text("linear classifier: 100 %")
    expect(shares.nth(0)).to_have_text("linear classifier: 69 %")


def test_three_units_turn_with_the_hand(opened: Opened):
    board = opened("cloud", "epoch=20&hidden=3.tanh")
    canvas = board.root.locator(".ly-row figure:nth-child(3) canvas")
    before = board.picture(".ly-row figure:nth-child(2) canvas")
    board.hold(canvas, (0.5, 0.5), (0.7, 0.6))
    board.page.mouse.up()
    board.wait_for_address("turn:")
    assert board.picture(".ly-row figure:nth-child(2) canvas") != before


def test_linear_layers_show_their_product(opened: Opened):
    board = opened("cloud", "epoch=5&hidden=3.linear")
    run = Run(RunConfig(hidden=((3, "linear"),)))
    run.advance(5)
    W = run.network.weights[0] @ run.network.weights[1]
    expect(board.root.locator(".ly-map p")).to_contain_text("W = W¹ W²")
    first = board.root.locator(".ly-map table").first.locator("td").first
    expect(first).to_have_text(f"{W[0, 0]:.2f}".replace("-", "−"))


@pytest.mark.parametrize("width", [800, 1280])
@pytest.mark.parametrize("text", ["cloud", "lifted"])
def test_wide_networks_scroll_inside_and_the_page_does_not(opened: Opened, text: str, width: int):
    query = "epoch=2&hidden=8.tanh,8.tanh,8.tanh,8.tanh,8.tanh,8.tanh"
    board = opened(text, query, viewport={"width": width, "height": 720})
    assert board.page.evaluate(
        """() => ["html", "[data-testid=stMain]"].every((name) => {
          const { scrollWidth, clientWidth } = document.querySelector(name);
          return scrollWidth <= clientWidth;
        })"""
    )


# ------------------------------------------------------------------------ hand-made features


def test_features_that_do_not_fit_the_circle_leave_points_on_the_wrong_side(opened: Opened):
    board = opened("lifted")
    result = board.root.locator(".ly-made-result")
    expect(result).to_contain_text("100.0 % of the training points")
    board.root.get_by_label("Third feature, upward").select_option("x1*x2")
    expect(result).not_to_contain_text("100.0 % of the training points")
    board.wait_for_address("third:x1*x2")


def test_a_feature_chosen_twice_changes_places(opened: Opened):
    board = opened("lifted")
    board.root.get_by_label("First feature").select_option("x2")
    expect(board.root.get_by_label("Second feature")).to_have_value("x1")


def test_the_cube_turns_with_the_hand(opened: Opened):
    board = opened("lifted")
    before = board.picture(".ly-made")
    board.hold(board.root.locator(".ly-made"), (0.5, 0.5), (0.8, 0.5))
    board.page.mouse.up()
    board.wait_for_address("turn:")
    assert board.picture(".ly-made") != before


def test_the_learned_border_moves_while_training_plays(opened: Opened):
    board = opened("lifted", "epoch=0")
    before = board.picture(".ly-border")
    board.root.get_by_role("button", name="Play", exact=True).click()
    board.wait("data.epoch > 30")
    assert board.picture(".ly-border") != before
