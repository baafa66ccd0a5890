"""The Functions page in a browser: activations and a neuron answer while a hand moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from nnlib.activations import activation
from pages.ui.drawing import palette
from pages.ui.drawing.function_figures import looks
from tests.browser.server import Server


@dataclass
class Board:
    """A section's board in one page of a browser."""

    page: Page
    root: Locator

    def wait_for_address(self, text: str) -> None:
        """Return when the address bar's `functions` says this."""
        self.page.wait_for_function(
            "text => new URLSearchParams(location.search).get('functions') === text", arg=text
        )

    def in_address(self, name: str) -> str:
        """What the address bar says of a setting, once it does."""
        found = self.page.wait_for_function(
            """name => new URLSearchParams(location.search).get("functions")?.split(";")
              .find(part => part.startsWith(name + ":"))""",
            arg=name,
        )
        return found.json_value().partition(":")[2]

    def slider(self, name: str) -> Locator:
        return self.root.locator(f"input[type=range][name={name}]")

    def row(self, title: str) -> Locator:
        return self.root.locator("tbody tr").filter(has_text=title)

    def hold(self, locator: Locator, start: tuple, end: tuple) -> None:
        """Press at a place of an element (shares of its sides), drag to another, keep it held."""
        box = locator.bounding_box()
        (x0, y0), (x1, y1) = (
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        )
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move(x1, y1, steps=6)

    def has_colour(self, selector: str, colour: str) -> bool:
        """Whether a canvas holds a pixel of exactly this colour."""
        return self.root.locator(f"{selector} canvas").evaluate(
            """(canvas, [r, g, b]) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              const colours = new Uint32Array(data.buffer); // alpha, blue, green, red
              return colours.includes(((255 << 24) | (b << 16) | (g << 8) | r) >>> 0);
            }""",
            list(palette.rgb(colour)),
        )


Opened = Callable[..., Board]


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens a section by its part of the link, and returns when its first frame is drawn."""

    def open_link(text: str, **options: object) -> Board:
        page = new_page(**options)
        page.goto(f"{server.url}/functions?functions={text}", wait_until="commit")
        board = Board(page, page.get_by_test_id(text.partition(";")[0]))
        page.wait_for_function("document.querySelector('.fn')?.dataset.frames >= 1")
        return board

    return open_link


# ------------------------------------------------------------------------ activations


def test_the_numbers_follow_the_slider_while_it_is_held(opened: Opened):
    board = opened("activations")
    board.hold(board.slider("z"), (0.58, 0.5), (0.25, 0.5))
    expect(board.row("ReLU").locator("td").nth(1)).to_have_text("\u20070.0000")
    z = np.array([[float(board.slider("z").input_value())]])
    expect(board.row("tanh").locator("td").nth(1)).to_have_text(
        f"{np.tanh(z).item():.4f}".replace("-", "−")
    )
    board.page.mouse.up()
    board.wait_for_address(f"activations;z:{z.item():g}")


def test_a_hand_in_the_figure_moves_z(opened: Opened):
    board = opened("activations")
    board.hold(board.root.locator(".fn-curves"), (0.5, 0.5), (0.9, 0.5))
    board.page.wait_for_function("document.querySelector('[name=z]').value > 4")
    board.page.mouse.up()
    z = np.array([[float(board.in_address("z"))]])
    slope = activation("sigmoid").derivative(z, activation("sigmoid").forward(z)).item()
    expect(board.row("sigmoid").locator("td").nth(2)).to_have_text(f"\u2007{slope:.4f}")


def test_keys_move_z(opened: Opened):
    board = opened("activations;z:0")
    board.slider("z").focus()
    board.slider("z").press("ArrowLeft")
    expect(board.row("ReLU").locator("td").nth(2)).to_have_text("\u20070.0000")
    board.wait_for_address("activations;z:-0.01")


def test_a_checked_function_is_drawn_and_has_numbers(opened: Opened):
    board = opened("activations")
    colour = looks("light")["elu"]["colour"]
    assert not board.has_colour(".fn-curves", colour)
    board.root.get_by_role("checkbox", name="Show ELU", exact=True).check()
    expect(board.root.locator("tbody tr").nth(5).locator("td").nth(1)).to_have_text("\u20071.0000")
    assert board.has_colour(".fn-curves", colour)


def test_one_function_always_stays(opened: Opened):
    board = opened("activations;shown:relu")
    check = board.root.get_by_role("checkbox", name="Show ReLU", exact=True)
    check.click()
    expect(check).to_be_checked()


def test_a_clicked_name_gets_its_sentence_its_formula_and_its_place_in_the_link(opened: Opened):
    board = opened("activations")
    board.root.get_by_role("button", name="sigmoid").click()
    expect(board.root.locator(".fn-words")).to_contain_text("sigmoid: saturated")
    board.wait_for_address("activations;focus:sigmoid")
    expect(board.page.get_by_text("A classical hidden unit that saturates")).to_be_visible()


def test_a_parameter_moves_its_curve_while_it_is_dragged(opened: Opened):
    board = opened("activations;shown:leaky_relu;focus:leaky_relu;z:-2")
    board.hold(board.slider("leaky_slope"), (0.06, 0.5), (0.5, 0.5))
    cell = board.row("leaky").locator("td").nth(1)
    expect(cell).not_to_have_text("−0.0200")
    slope = float(board.slider("leaky_slope").input_value())
    expect(cell).to_have_text(f"−{2 * slope:.4f}")
    board.page.mouse.up()


def test_nothing_moves_when_the_numbers_change(opened: Opened):
    board = opened("activations")
    parts = (".fn-table", ".fn-curves", ".fn-words", "[name=elu_alpha]")
    before = [board.root.locator(part).bounding_box() for part in parts]
    board.slider("z").fill("-5.99")
    expect(board.row("ReLU").locator("td").nth(1)).to_have_text("\u20070.0000")
    board.root.get_by_role("button", name="GELU").click()
    board.wait_for_address("activations;shown:sigmoid,tanh,relu,gelu;focus:gelu;z:-5.99")
    assert [board.root.locator(part).bounding_box() for part in parts] == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_curves_and_axes_have_the_colours_of_the_theme(opened: Opened, theme: str):
    board = opened("activations", color_scheme=theme)
    assert board.has_colour(".fn-curves", looks(theme)["relu"]["colour"])
    ink = board.root.locator(".fn-curves").evaluate("figure => figure.layout.font.color")
    assert ink == palette.INK[theme]


# ------------------------------------------------------------------------ a neuron


def test_the_arithmetic_follows_a_weight_while_it_is_dragged(opened: Opened):
    board = opened("neuron;x:2;b:0")
    board.hold(board.slider("w"), (0.72, 0.5), (0.2, 0.5))
    text = board.root.locator(".fn-line-sum")
    expect(text).to_contain_text("a = ReLU(z) = \u20070.0000")
    w = float(board.slider("w").input_value())
    expect(text).to_contain_text(f"(−{-w:.2f}) · 2.00 + 0.00 = −{-2 * w:.2f}")
    board.page.mouse.up()
    board.wait_for_address(f"neuron;w:{w:g};b:0;x:2")


def test_the_point_in_the_plane_goes_with_the_pointer(opened: Opened):
    board = opened("neuron")
    plane = board.root.locator(".fn-plane")
    board.hold(plane, (0.6, 0.5), (0.4, 0.3))
    expect(board.slider("x1")).not_to_have_value("2")
    board.page.mouse.up()
    x1, x2 = (float(board.in_address(name)) for name in ("x1", "x2"))
    assert x1 < 0 < x2
    z = x1 - 0.8 * x2 + 0.5
    expect(board.root.locator(".fn-plane-sum")).to_contain_text(f"= −{-z:.2f}")


def test_the_field_is_drawn_anew_when_a_weight_moves(opened: Opened):
    board = opened("neuron")
    picture = ".fn-plane .imagelayer image"
    before = board.root.locator(picture).get_attribute("href")
    board.slider("w1").fill("-2")
    board.page.wait_for_function(
        "([picture, before]) => document.querySelector(picture).getAttribute('href') !== before",
        arg=[picture, before],
    )


def test_the_activation_is_that_of_line_and_plane(opened: Opened):
    board = opened("neuron")
    board.root.get_by_label("Activation function f").select_option("tanh")
    for part in (".fn-line-sum", ".fn-plane-sum"):
        expect(board.root.locator(part)).to_contain_text("a = tanh(z)")
    board.wait_for_address("neuron;activation:tanh")


def test_the_chain_is_measured_anew_while_its_depth_is_dragged(opened: Opened):
    board = opened("neuron")
    cells = board.row("sigmoid").locator("td")
    deep = cells.nth(2).inner_text()
    board.hold(board.slider("depth"), (0.99, 0.5), (0.3, 0.5))
    expect(cells.nth(2)).not_to_have_text(deep)
    board.page.mouse.up()
    depth = int(board.in_address("depth"))
    assert depth < 10
    factor = float(cells.nth(1).inner_text().strip("×\u2007 "))
    total = float(cells.nth(2).inner_text().strip("×\u2007 ").replace("−", "-"))
    assert total == pytest.approx(factor ** (depth - 1), rel=0.2)
    expect(cells.nth(3)).to_have_text("vanishes")


def test_other_networks_are_other_numbers(opened: Opened):
    board = opened("neuron")
    cell = board.row("tanh").locator("td").nth(2)
    before = cell.inner_text()
    board.root.get_by_role("button", name="Other networks").click()
    expect(cell).not_to_have_text(before)
    board.wait_for_address("neuron;seed:5")


# ------------------------------------------------------------------------ the page


@pytest.mark.parametrize("text", ["activations", "neuron"])
def test_a_projector_needs_no_scrolling(opened: Opened, text: str):
    board = opened(text)
    main = board.page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollHeight - main.clientHeight") == 0


@pytest.mark.parametrize("text", ["activations", "neuron"])
def test_a_narrow_page_has_nothing_beside_it(opened: Opened, text: str):
    board = opened(text, viewport={"width": 400, "height": 900})
    main = board.page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") == 0


def test_another_section_takes_the_place_of_the_first(opened: Opened):
    board = opened("activations")
    board.page.get_by_role("radio", name="A neuron").click()
    expect(board.page.get_by_test_id("neuron")).to_be_visible()
    expect(board.root).to_have_count(0)
    board.wait_for_address("neuron")
