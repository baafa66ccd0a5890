"""The Backprop page in a browser: steps by hand, and the numbers that stand in the page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from nnlib.config import RunConfig
from nnlib.run import Run
from tests.browser.server import Server

Opened = Callable[..., Page]
ROOT = "[data-testid=backprop]"
QUERY = "hidden=3.relu&n_samples=60&epoch=5"
CONFIG = RunConfig(hidden=[(3, "relu")], n_samples=60)


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens the page with its part of a link, and returns when its first frame is drawn."""

    def open_page(text: str = "", query: str = QUERY, **options: object) -> Page:
        page = new_page(**options)
        link = f"&backprop={quote(text)}" if text else ""
        page.goto(f"{server.url}/backprop?{query}{link}", wait_until="commit")
        wait(page, "frames >= 1")
        return page

    return open_page


def wait(page: Page, condition: str) -> None:
    """Return when the root's data say so: frames, place, epoch."""
    page.wait_for_function(f"root => document.querySelector(root)?.dataset.{condition}", arg=ROOT)


def numbers(page: Page, selector: str) -> np.ndarray:
    found = page.locator(f"{selector} [data-value]").evaluate_all(
        "all => all.map(e => e.dataset.value)"
    )
    return np.array(found, float)


def network_and_example() -> tuple[Run, np.ndarray, np.ndarray]:
    run = Run(CONFIG)
    run.advance(5)
    return run, run.data.X_train[:1], run.data.y_train[:1]


def test_the_numbers_in_the_page_are_nnlibs(opened: Opened):
    run, X, y = network_and_example()
    net = run.network
    page = opened("level:network;place:2")
    trace = net.forward(X)
    shown = numbers(page, "[data-id=A1]")
    np.testing.assert_allclose(shown, trace.A[1][0], rtol=1e-5)
    page.locator("[data-id=dW1]").click()
    expect(page.locator(".bp-name")).to_contain_text("weights of layer 1")
    gradient = net.loss_and_gradient(X, y, run.loss)[1][:6]
    result = numbers(page, ".bp-result")
    np.testing.assert_allclose(result, gradient, rtol=1e-4, atol=1e-6)
    differences = numbers(page, ".bp-list")
    np.testing.assert_allclose(differences, result, rtol=1e-6, atol=1e-9)
    expect(page.locator(".bp-step .bp-verdict")).to_contain_text("✓ right")


def test_steps_are_walked_by_buttons_keys_and_the_slider(opened: Opened):
    page = opened("level:linear;place:0")
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Next", exact=True).click()
    wait(page, "place === '1'")
    expect(page.locator("[data-id=g] b")).to_have_text("1.000")
    expect(page.locator("[data-id=L] b")).to_have_text("·")
    page.locator(".bp-graph").focus()
    page.keyboard.press("ArrowRight")
    wait(page, "place === '2'")
    page.keyboard.press("ArrowLeft")
    wait(page, "place === '1'")
    page.get_by_label("Step", exact=True).press("End")
    wait(page, "place === '5'")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()


def test_the_steps_play_by_themselves(opened: Opened):
    page = opened("level:chain;place:3")
    page.get_by_role("button", name="Play the steps").click()
    wait(page, "place === '5'")
    expect(page.get_by_role("button", name="Play the steps")).to_be_visible()


def test_x_is_dragged_and_every_number_follows(opened: Opened):
    page = opened("place:5")
    before = page.locator("[data-id=dh_dx] b").inner_text()
    page.get_by_label("x", exact=True).press("ArrowRight")
    expect(page.locator("[data-id=dh_dx] b")).not_to_have_text(before)


def test_a_number_lights_up_what_it_came_from(opened: Opened):
    page = opened("level:network;place:1")
    page.locator(".bp-result .bp-cell").nth(1).hover()
    lit = page.locator(".bp-card").first.locator(".bp-cell.bp-lit")
    expect(lit).to_have_count(2)  # its row of the weights
    expect(page.locator(".bp-readout")).to_contain_text("row 2, column 1")
    page.locator("[data-id=A1]").hover()
    expect(page.locator("[data-id=Z1]")).to_contain_class("bp-source")
    expect(page.locator("[data-id=Z2]")).to_contain_class("bp-user")


def test_a_click_in_the_plane_chooses_the_point(opened: Opened):
    page = opened("level:network")
    canvas = page.locator(".bp-plane canvas")
    before = numbers(page, "[data-id=A0]")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.9, "y": 6})
    page.wait_for_function(
        "was => Number(document.querySelector('[data-id=A0] b').dataset.value) !== was",
        arg=before[0],
    )
    expect(page.locator(".bp-readout")).to_be_visible()


def test_the_next_batch_trains_the_network(opened: Opened):
    page = opened("level:network;panel:descent;over:batch")
    old, new = (page.locator(f".bp-rows tbody tr:first-child td:nth-of-type({k})") for k in (1, 6))
    announced = float(new.get_attribute("data-value"))
    page.get_by_role("button", name="Train the network with this batch").click()
    page.wait_for_function(
        "(was) => Math.abs(document.querySelector('.bp-rows tbody td').dataset.value - was) < 1e-5",
        arg=announced,
    )
    assert float(old.get_attribute("data-value")) == pytest.approx(announced, abs=1e-5)


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("y, the right answer", "7", "y: 7 is no class"),
        ("x₁", "1e9", "x₁: 1000000000 is not possible"),
        ("x₁", "", "x₁: nothing is not possible"),
        ("Layer", "7", "Layer: 7 is not possible; allowed: 1 to 2"),
    ],
)
def test_a_field_keeps_its_last_good_number_and_says_why(
    opened: Opened, label: str, typed: str, said: str
):
    page = opened("level:neuron")
    field = page.get_by_role("spinbutton", name=label, exact=True)
    before = field.input_value()
    for _ in range(2):  # also when it is done again
        field.click()
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(field).to_have_value(before)
    expect(page.get_by_role("alert")).to_contain_text(said)
    near = page.get_by_role("alert").bounding_box()
    assert abs(near["y"] - field.bounding_box()["y"]) < 60


def test_a_long_sum_is_wrapped_and_seen_whole(opened: Opened):
    features = "x1,x2,x1^2,x2^2,x1*x2,sin(x1),sin(x2)"
    page = opened("level:neuron;example:-1;x1:2.0;x2:1.0", f"{QUERY}&features={quote(features)}")
    numbers = page.locator(".bp-numbers")
    expect(numbers).to_contain_text("=")
    assert numbers.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_in_a_deep_net_the_present_factor_and_the_product_are_in_sight(opened: Opened):
    deep = "hidden=" + ",".join(["32.relu"] * 6) + "&epoch=0"
    page = opened("level:network;place:18", deep)
    chain = page.locator(".bp-chain").bounding_box()
    product = page.locator(".bp-product").bounding_box()
    newest = page.locator(".bp-factor.bp-on").first.bounding_box()
    assert chain["x"] <= newest["x"]
    assert newest["x"] + newest["width"] <= product["x"] + 1
    assert product["x"] + product["width"] <= chain["x"] + chain["width"] + 1


@pytest.mark.parametrize("size", [(1280, 720), (800, 900)])
@pytest.mark.parametrize("query", ["", "hidden=32.relu,32.tanh,32.relu&epoch=0"])
def test_no_page_overflows_sideways(opened: Opened, query: str, size: tuple[int, int]):
    page = opened("level:network", query, viewport={"width": size[0], "height": size[1]})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_graph_step_and_controls_are_in_sight_on_a_projector(opened: Opened):
    page = opened("level:network;place:17", "epoch=1")
    for part in (".bp-graph", ".bp-walk", ".bp-formula", ".bp-cards", ".bp-verdict"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= 720, part


def test_every_control_has_a_name(opened: Opened):
    page = opened("level:network")
    nameless = page.locator(ROOT).evaluate(
        """root => {
          const text = (each) => each?.textContent.trim();
          const named = (each) => each.ariaLabel || text(each) || text(each.labels?.[0]);
          const controls = [...root.querySelectorAll("input, button, select")];
          return controls.filter((each) => !named(each)).map((each) => each.outerHTML);
        }"""
    )
    assert nameless == []
