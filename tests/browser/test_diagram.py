"""The network's diagram in a browser: what a hover says, and what a click lets a person do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from nnlib.config import RunConfig
from nnlib.features import phi
from nnlib.run import Run
from tests.browser.playground import Playground

Opened = Callable[..., Playground]
OVERLAPS = """() => {
  const controls = ["select", "button", "output", "input"].map((tag) => `.pg-layer ${tag}`);
  const parts = document.querySelector(".pg-net").querySelectorAll(
    [".pg-units button", ".pg-inputs button", ".pg-depth > *", ...controls].join());
  const boxes = [...parts].map((part) => [part.outerHTML, part.getBoundingClientRect()]);
  const meet = (from, to) => (a, b) => a[from] < b[to] - 0.6 && b[from] < a[to] - 0.6;
  const [across, down] = [meet("left", "right"), meet("top", "bottom")];
  const over = (a, b) => across(a, b) && down(a, b);
  return boxes.flatMap(([one, a], i) =>
    boxes.slice(i + 1).filter(([, b]) => over(a, b)).map(([other]) => [one, other]));
}"""
SMALL = "hidden=3.tanh,2.tanh&epoch=20"


def trained(epochs: int = 20, **settings: object) -> Run:
    """The run that a link of SMALL opens."""
    run = Run(RunConfig(hidden=((3, "tanh"), (2, "tanh")), **settings))
    run.advance(epochs)
    return run


def unit(playground: Playground, layer: int, number: int) -> Locator:
    return playground.live.locator(f".pg-units [data-layer='{layer}'][data-unit='{number}']")


def edge_start(playground: Playground, layer: int, start: int, end: int) -> tuple[float, float]:
    """A place on the screen near the start of an edge, where it lies alone."""
    left, right = (
        unit(playground, *at).bounding_box() for at in ((layer - 1, start), (layer, end))
    )
    x0, y0 = left["x"] + left["width"], left["y"] + left["height"] / 2
    x1, y1 = right["x"], right["y"] + right["height"] / 2
    t = 0.3
    handle = (x0 + x1) / 2
    x = (1 - t) ** 3 * x0 + 3 * t * (1 - t) * handle + t**3 * x1
    return x, y0 + t * t * (3 - 2 * t) * (y1 - y0)


def open_edge(playground: Playground, layer: int, start: int, end: int) -> Locator:
    playground.page.mouse.click(*edge_start(playground, layer, start, end))
    return inspector(playground)


def open_unit(playground: Playground, layer: int, number: int) -> Locator:
    unit(playground, layer, number).click()
    return inspector(playground)


def inspector(playground: Playground) -> Locator:
    panel = playground.live.get_by_role("dialog").and_(playground.live.locator(".pg-inspector"))
    expect(panel).to_be_visible()
    return panel


def number(text: str) -> float:
    """A number as the page writes it."""
    return float(text.replace("−", "-").strip())


def numbers(texts: list[str]) -> list[float]:
    return [number(text) for text in texts]


def point_at(playground: Playground, x1: float, x2: float) -> None:
    """Rest the pointer on a place of the output field, given in its units."""
    x, y = playground.page.evaluate(
        """([x1, x2]) => {
          const field = document.querySelector(".pg-field");
          const box = field.getBoundingClientRect();
          const { xaxis, yaxis } = field._fullLayout;
          const [left, top] = [box.left + xaxis._offset, box.top + yaxis._offset];
          return [left + xaxis.c2p(x1), top + yaxis.c2p(x2)];
        }""",
        [x1, x2],
    )
    playground.page.mouse.move(x, y)


@pytest.fixture
def small(opened: Opened) -> Iterator[Playground]:
    playground = opened(SMALL)
    playground.wait("fine && epoch === 20")
    return playground


# ------------------------------------------------------------------------ hover


def test_the_pointer_on_an_edge_shows_its_weight(small: Playground):
    run = trained()
    small.page.mouse.move(*edge_start(small, 2, 1, 2))
    tip = small.live.locator(".pg-tip")
    expect(tip).to_contain_text("w² from unit 1 to unit 2")
    (shown,) = re.findall(r"w\s([−\s]?\d+\.\d{4})", tip.inner_text())
    assert number(shown) == pytest.approx(run.network.weights[1][0, 1], abs=6e-5)


def test_the_pointer_on_a_unit_shows_its_numbers_for_the_clicked_point(small: Playground):
    point = small.page.locator(".pg-field .scatterlayer path.point").first.bounding_box()
    small.page.mouse.click(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    unit(small, 2, 1).hover()
    tip = small.live.locator(".pg-tip")
    expect(tip).to_contain_text("Hidden layer 2, unit 1")
    expect(tip).to_contain_text(re.compile(r"\na"))
    z, a = numbers(re.findall(r"\n[za]\s([−\s]?\d+\.\d{4})", tip.inner_text()))
    assert a == pytest.approx(np.tanh(z), abs=1e-4)


def test_what_the_pointer_leaves_says_no_more(small: Playground):
    unit(small, 1, 1).hover()
    expect(small.live.locator(".pg-tip")).to_be_visible()
    small.page.mouse.move(5, 5)
    expect(small.live.locator(".pg-tip")).to_be_hidden()


# ------------------------------------------------------------------------ a weight, a bias


def test_a_click_on_an_edge_opens_its_weight(small: Playground):
    panel = open_edge(small, 2, 1, 2)
    expect(panel).to_contain_text("w² from unit 1 to unit 2")
    shown = float(panel.locator("[name=value]").input_value())
    assert shown == pytest.approx(trained().network.weights[1][0, 1], abs=6e-5)


def test_all_fields_follow_a_weight_while_it_is_dragged(small: Playground):
    panel, picture = open_edge(small, 2, 1, 2), small.picture
    small.hold(panel.locator("[name=value_slider]"), 0.02)
    small.wait("picture !== arg", picture)  # the button is still down
    small.let_go()
    assert float(panel.locator("[name=value]").input_value()) == pytest.approx(-4.8, abs=0.2)


def test_undo_gives_the_picture_back(small: Playground):
    picture = small.picture
    panel = open_edge(small, 2, 1, 2)
    panel.get_by_role("button", name="Set to 0").click()
    small.wait("fine && picture !== arg", picture)
    expect(panel.locator("[name=value]")).to_have_value("0.0000")
    panel.get_by_role("button", name="Undo").click()
    small.wait("picture === arg", picture)


def test_a_weight_that_was_typed_is_the_networks(small: Playground):
    panel = open_edge(small, 2, 1, 2)
    panel.locator("[name=value]").fill("1.25")
    panel.locator("[name=value]").press("Enter")
    small.page.mouse.move(5, 5)
    panel.get_by_role("button", name="Close").click()
    small.page.mouse.move(*edge_start(small, 2, 1, 2))
    expect(small.live.locator(".pg-tip")).to_contain_text("1.2500")


def test_a_weight_that_is_not_allowed_is_explained(small: Playground):
    panel = open_edge(small, 2, 1, 2)
    panel.locator("[name=value]").fill("1000")
    expect(small.message).to_contain_text("-100 to 100")


def test_a_frozen_weight_stays_and_says_so(small: Playground):
    panel = open_edge(small, 2, 1, 2)
    before = panel.locator("[name=value]").input_value()
    panel.get_by_role("button", name="Freeze").click()
    expect(panel.get_by_role("button", name="Unfreeze")).to_be_visible()
    small.play_until(60)
    small.pause()
    expect(panel.locator("[name=value]")).to_have_value(before)


def test_a_click_on_a_bias_opens_it(small: Playground):
    box = unit(small, 3, 1).bounding_box()
    small.page.mouse.click(box["x"] - 7, box["y"] + box["height"] - 3)
    panel = inspector(small)
    expect(panel).to_contain_text("b³ of the output")
    shown = float(panel.locator("[name=value]").input_value())
    assert shown == pytest.approx(trained().network.biases[2][0], abs=6e-5)


def test_randomise_draws_a_layer_anew_every_time(small: Playground):
    panel = open_edge(small, 2, 1, 2)
    seen = {panel.locator("[name=value]").input_value()}
    for _ in range(2):
        picture = small.picture
        panel.get_by_role("button", name="Randomise layer 2").click()
        small.wait("fine && picture !== arg", picture)
        seen.add(panel.locator("[name=value]").input_value())
    assert len(seen) == 3


def test_escape_closes_the_inspector(small: Playground):
    panel = open_edge(small, 2, 1, 2)
    small.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_nothing_moves_when_the_inspector_opens(small: Playground):
    places = [small.live.locator(each) for each in (".pg-field", ".pg-net", ".pg-loss")]
    before = [place.bounding_box() for place in places]
    open_edge(small, 2, 1, 2)
    assert [place.bounding_box() for place in places] == before


# ------------------------------------------------------------------------ a unit


def test_the_arithmetic_of_a_unit_is_filled_in_for_the_point_under_the_pointer(small: Playground):
    run = trained()
    panel = open_unit(small, 2, 1)
    point_at(small, 2.0, -1.0)
    expect(panel.locator(".pg-probed")).to_contain_text("At")
    x = numbers(re.findall(r"= ([−\d.]+)", panel.locator(".pg-probed").inner_text()))
    assert x == pytest.approx([2.0, -1.0], abs=0.05)
    trace = run.network.forward(phi(np.array([x]), run.data.features))
    inputs = numbers(panel.locator(".pg-x:not(:empty)").all_inner_texts())
    products = numbers(panel.locator("button:not(:last-child) .pg-wx").all_inner_texts())
    assert inputs == pytest.approx(trace.A[1][0], abs=1e-3)
    assert products == pytest.approx(trace.A[1][0] * run.network.weights[1][:, 0], abs=1e-3)
    shown = numbers([panel.locator(place).inner_text() for place in (".pg-z", ".pg-a")])
    assert shown == pytest.approx([trace.Z[2][0, 0], trace.A[2][0, 0]], abs=1e-3)


def test_a_clicked_data_point_stays_when_the_pointer_goes_on(small: Playground):
    panel = open_unit(small, 2, 1)
    point = small.page.locator(".pg-field .scatterlayer path.point").first.bounding_box()
    small.page.mouse.click(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    probed = panel.locator(".pg-probed")
    expect(probed).to_contain_text("the clicked point")
    at = probed.inner_text()
    point_at(small, 5.0, 5.0)
    small.page.wait_for_timeout(300)  # what must not come would have come
    expect(probed).to_have_text(at)
    small.page.mouse.down()
    small.page.mouse.up()  # beside all points: it is let go
    expect(probed).not_to_contain_text("the clicked point")
    x = numbers(re.findall(r"= ([−\d.]+)", probed.inner_text()))
    assert x == pytest.approx([5.0, 5.0], abs=0.05)


def test_z_and_a_of_a_unit_are_two_pictures(small: Playground):
    panel = open_unit(small, 2, 1)
    picture = panel.locator("img")
    expect(picture).to_have_attribute("src", re.compile("^data:image/png"))
    first = picture.get_attribute("src")
    panel.get_by_label("z", exact=True).check()
    expect(picture).not_to_have_attribute("src", first)


def test_a_killed_neuron_is_held_at_0_and_comes_back(small: Playground):
    picture = small.picture
    panel = open_unit(small, 1, 2)
    panel.get_by_role("button", name="Kill").click()
    expect(panel.locator(".pg-held")).to_have_text("held at 0")
    small.wait("fine && picture !== arg", picture)
    panel.get_by_role("button", name="Bring back").click()
    small.wait("picture === arg", picture)


def test_the_output_cannot_be_killed(small: Playground):
    expect(open_unit(small, 3, 1).get_by_role("button", name="Kill")).to_be_disabled()


def test_the_keyboard_reaches_units_and_their_weights(small: Playground):
    unit(small, 1, 1).focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        small.page.keyboard.press(key)
    panel = inspector(small)
    expect(panel).to_contain_text("Hidden layer 2, unit 2")
    panel.get_by_title("Edit w² from unit 3 to unit 2").press("Enter")
    expect(panel).to_contain_text("w² from unit 3 to unit 2")
    value = float(panel.locator("[name=value]").input_value())
    small.page.keyboard.press("ArrowRight")
    expect(panel.locator("[name=value]")).not_to_have_value(f"{value:.4f}")


def test_the_inspector_closes_when_its_unit_is_gone(small: Playground):
    panel = open_unit(small, 1, 3)
    panel.evaluate("panel => panel.classList.remove('pg-tall')")  # the layers' controls are free
    small.page.evaluate(
        "document.querySelector('[aria-label=\"One neuron fewer in hidden layer 1\"]').click()"
    )
    expect(panel).to_be_hidden()


def test_a_tap_opens_what_it_hits(opened: Opened):
    playground = opened(SMALL, has_touch=True)
    playground.wait("fine && epoch === 20")
    playground.page.touchscreen.tap(*edge_start(playground, 2, 1, 2))
    expect(inspector(playground)).to_contain_text("w² from unit 1 to unit 2")


# ------------------------------------------------------------------------ the layers' controls


@pytest.mark.parametrize(("word", "width"), [("fewer", 2), ("more", 4)])
def test_a_layer_has_buttons_for_its_width(small: Playground, word: str, width: int):
    small.press(f"One neuron {word} in hidden layer 1")
    expect(small.live.locator(".pg-units [data-layer='1']")).to_have_count(width)


@pytest.mark.parametrize("screen", [(1280, 720), (800, 900)])
@pytest.mark.parametrize(
    "query",
    [
        "hidden=",
        "hidden=8.tanh,8.tanh,8.tanh",
        "dataset=blobs&n_classes=6&features=x1,x2,x1^2,x2^2,x1*x2,sin(x1),sin(x2)&hidden="
        + ",".join(["32.leaky_relu"] * 6),
    ],
    ids=["2-1", "2-8-8-8-1", "7-32-32-32-32-32-32-6"],
)
def test_nothing_on_the_diagram_lies_over_another(opened: Opened, query: str, screen: tuple):
    width, height = screen
    playground = opened(f"{query}&epoch=0", viewport={"width": width, "height": height})
    assert playground.page.evaluate(OVERLAPS) == []


# ------------------------------------------------------------------------ the data points


def test_the_pointer_on_a_point_shows_what_the_network_says_of_it(small: Playground):
    small.page.wait_for_function(
        "document.querySelector('.pg-field').data[2].hovertemplate.includes('customdata')"
    )
    run = trained()
    shown = small.page.evaluate("document.querySelector('.pg-field').data[2].customdata")
    first = run.data.X_train[run.data.points.train_target == 0]
    assert numbers([each[0] for each in shown]) == pytest.approx(
        run.network.predict(first)[:, 0], abs=1e-4
    )


def test_while_playing_the_points_show_no_numbers_of_a_moment_ago(small: Playground):
    template = "document.querySelector('.pg-field').data[2].hovertemplate"
    small.page.wait_for_function(f"{template}.includes('customdata')")
    small.play_until(40)
    assert "customdata" not in small.page.evaluate(template)


def test_the_points_that_are_wrong_are_ringed(opened: Opened):
    playground = opened("dataset=xor&hidden=&epoch=5")
    playground.wait("fine")
    painted = """() => {
      const canvas = document.querySelector(".pg-over");
      const pen = canvas.getContext("2d");
      return pen.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
    }"""
    assert not playground.page.evaluate(painted)
    playground.live.get_by_label("Wrong").check()
    playground.page.wait_for_function(painted)


# --- a batch step on the edges -------------------------------------------------------------------


def test_after_a_batch_step_an_edge_says_what_its_weight_was_before(opened: Opened):
    run = trained()
    before = run.network.weights[1][0, 0]
    run.advance_batches(1)
    after = run.network.weights[1][0, 0]
    playground = opened(SMALL)
    playground.live.locator("[name=unit]").select_option("batch")
    playground.press("Step")
    expect(playground.live.locator(".pg-epoch")).to_contain_text("batch 1/25")
    playground.page.mouse.move(*edge_start(playground, 2, 1, 1))
    tip = playground.live.locator(".pg-tip")
    expect(tip).to_contain_text("→")
    old, new = (number(part) for part in tip.inner_text().split("w ")[1].split("\n")[0].split("→"))
    assert (old, new) == (pytest.approx(before, abs=1e-4), pytest.approx(after, abs=1e-4))


def test_the_next_whole_epoch_takes_the_step_off_the_edges(opened: Opened):
    playground = opened(SMALL)
    unit_of_step = playground.live.locator("[name=unit]")
    unit_of_step.select_option("batch")
    playground.press("Step")
    expect(playground.live.locator(".pg-epoch")).to_contain_text("batch 1/25")
    unit_of_step.select_option("epoch")
    playground.press("Step")
    playground.wait("epoch === 21")
    playground.page.mouse.move(*edge_start(playground, 2, 1, 1))
    expect(playground.live.locator(".pg-tip")).to_contain_text("w ")
    expect(playground.live.locator(".pg-tip")).not_to_contain_text("→")


def test_an_example_of_the_batch_to_come_shows_the_gradient_of_its_loss(opened: Opened):
    run = trained()
    row = run.order(20)[1:2]
    data = run.data
    _, gradient = run.network.loss_and_gradient(data.X_train[row], data.y_train[row], run.loss)
    start = sum(W.size + b.size for W, b in [(run.network.weights[0], run.network.biases[0])])
    playground = opened(SMALL)
    playground.live.locator("[name=unit]").select_option("example")
    playground.press("Step")
    playground.press("Step")
    expect(playground.live.locator(".pg-epoch")).to_contain_text("example 2/10")
    playground.page.mouse.move(*edge_start(playground, 2, 1, 1))
    tip = playground.live.locator(".pg-tip")
    expect(tip).to_contain_text("∂L/∂w")
    shown = number(tip.inner_text().split("∂L/∂w ")[1].split("\n")[0])
    assert shown == pytest.approx(gradient[start], abs=1e-4)
