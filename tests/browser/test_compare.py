"""The Compare page in a browser: what hands do and what comes on the screen."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from nnlib.config import RunConfig
from nnlib.run import Run
from tests.browser.server import Server

Opened = Callable[..., Page]
TWO = "activation:relu,tanh;seeds:2;epochs:40"
GRID = "learning_rate:0.01,0.1;l2:0.0,0.01;seeds:2;epochs:20"


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens a comparison, and returns when its first pictures are drawn."""

    def open_comparison(text: str = "", more: str = "", **options: object) -> Page:
        page = new_page(**options)
        page.goto(f"{server.url}/compare?compare={quote(text)}{more}", wait_until="commit")
        wait(page, "frames >= 1")
        return page

    return open_comparison


def wait(page: Page, condition: str, arg: object = None) -> None:
    """Return when a condition (JavaScript) on the hooks frames and epoch holds."""
    page.wait_for_function(
        f"""(arg) => {{
          const root = document.querySelector("[data-testid=compare]");
          if (!root) return false;
          const [frames, epoch] = [root.dataset.frames, root.dataset.epoch || -1].map(Number);
          return {condition};
        }}""",
        arg=arg,
    )


def wait_for_address(page: Page, part: str) -> None:
    page.wait_for_function(
        "part => (new URLSearchParams(location.search).get('compare') ?? '').includes(part)",
        arg=part,
    )


def pictures(page: Page) -> list[str]:
    """What is drawn of each value's output."""
    return page.locator(".cp-picture canvas:first-child").evaluate_all(
        "all => all.map(canvas => canvas.toDataURL())"
    )


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_six_activation_functions_train_side_by_side_at_once(opened: Opened):
    page = opened()
    expect(page.locator(".cp-card")).to_have_count(6)
    wait(page, "epoch >= 10")  # nobody pressed Play
    press(page, "Reset")
    wait(page, "epoch === 0")
    first = pictures(page)
    press(page, "Play")
    wait(page, "epoch >= 30")
    later = pictures(page)
    assert len(set(later)) == 6
    assert later[1] != first[1]


def test_the_page_fits_a_projector_without_scrolling(opened: Opened):
    page = opened(TWO.replace("relu,tanh", "relu,tanh,sigmoid,elu,selu,gelu"))
    wait(page, "epoch === 40")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollHeight - e.clientHeight") == 0
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0


def test_a_picture_survives_training_and_a_run_of_the_page(opened: Opened):
    page = opened(TWO)
    page.evaluate("document.querySelector('.cp-card').marked = true")
    wait(page, "epoch === 40")
    press(page, "Step")
    wait(page, "epoch === 41")
    assert page.evaluate("document.querySelector('.cp-card').marked")


def test_at_rest_the_conclusion_is_said(opened: Opened):
    page = opened(TWO)
    expect(page.locator(".cp-conclusion")).to_contain_text("With 2 seeds nothing can be concluded")
    expect(page.locator(".cp-table tbody tr")).to_have_count(2)


def test_another_knob_and_values_are_compared_and_in_the_address(opened: Opened):
    page = opened(TWO)
    page.get_by_label("Vary").select_option("learning_rate")
    expect(page.locator(".cp-card")).to_have_count(6)
    wait_for_address(page, "learning_rate:0.003,")
    field = page.get_by_label("Learning rate η, value 1", exact=True)
    field.fill("0.002")
    field.press("Enter")
    expect(page.locator(".cp-card b").first).to_have_text("0.002")
    wait_for_address(page, "learning_rate:0.002,")


def test_a_chip_adds_a_value(opened: Opened):
    page = opened(TWO)
    press(page, "sigmoid")
    expect(page.locator(".cp-card b")).to_have_text(["ReLU", "tanh", "sigmoid"])
    expect(page.get_by_role("button", name="sigmoid", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_a_bad_value_is_explained_beside_the_field_and_nothing_is_lost(opened: Opened):
    page = opened("learning_rate:0.01,0.1;seeds:1;epochs:20")
    wait(page, "epoch === 20")
    field = page.get_by_label("Learning rate η, value 1", exact=True)
    field.fill("hundred")
    field.press("Enter")
    expect(page.locator(".cp-held")).to_contain_text("'hundred' is not possible")
    expect(page.locator(".cp-held")).to_contain_text("1e-05 to 10")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".cp-card b")).to_have_text(["0.01", "0.1"])
    field.fill("0.02")
    field.press("Enter")
    expect(page.locator(".cp-card b")).to_have_text(["0.02", "0.1"])
    expect(page.locator(".cp-held")).to_contain_text("Held equal")


def test_a_clicked_picture_becomes_the_playgrounds_run(opened: Opened):
    page = opened(TWO)
    wait(page, "epoch === 40")
    page.locator(".cp-picture").first.click()
    live = page.get_by_test_id("live")
    expect(live).to_have_attribute("data-epoch", "40")
    run = Run(RunConfig(hidden=((4, "relu"), (2, "relu"))))
    run.advance(40)
    expect(live.locator("[name=test_loss]")).to_have_text(f"{run.history.test_loss[-1]:.4f}")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_the_seeds_slider_trains_so_many(opened: Opened):
    page = opened(TWO)
    slider = page.get_by_label("Seeds", exact=True)
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    wait_for_address(page, "seeds:5")
    expect(page.locator(".cp-table tbody td:nth-child(4)").first).to_contain_text("of 5")


def test_a_sweep_fills_the_grid_and_a_cell_opens_by_keyboard(opened: Opened):
    page = opened(GRID)
    press(page, "Start")
    expect(page.locator(".cp-landed")).to_have_text("Done: 8 runs")
    cells = page.locator(".cp-heat g[role=button]")
    expect(cells).to_have_count(4)
    assert all("2 of 2 seeds" in cell.get_attribute("aria-label") for cell in cells.all())
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("live")).to_have_attribute("data-epoch", "20")
    page.wait_for_function("new URLSearchParams(location.search).get('learning_rate') === '0.1'")
    page.wait_for_function("new URLSearchParams(location.search).get('l2') === '0.01'")


def test_the_table_is_downloaded(opened: Opened):
    page = opened(TWO)
    wait(page, "epoch === 40")
    with page.expect_download() as download:
        press(page, "Table (CSV)")
    text = Path(download.value.path()).read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["activation"], row["seed"]) for row in rows] == [
        *(("relu", "0"), ("relu", "1")),
        *(("tanh", "0"), ("tanh", "1")),
    ]
    assert {row["epoch"] for row in rows} == {"40"}


@pytest.mark.parametrize("text", [TWO, GRID])
def test_the_picture_is_downloaded(opened: Opened, text: str):
    page = opened(text)
    with page.expect_download() as download:
        press(page, "Picture")
    with Image.open(download.value.path()) as image:
        assert image.format == "PNG"
        assert min(image.size) > 500
        assert len(image.convert("RGB").getcolors(1 << 24)) > 20


def test_the_comparison_goes_on_where_it_was_after_a_visit_elsewhere(opened: Opened):
    page = opened(TWO)
    wait(page, "epoch === 40")
    page.get_by_role("link", name="Guide").click()
    page.get_by_role("heading", name="Guide", exact=True).wait_for()
    page.get_by_role("link", name="Compare").click()
    wait(page, "epoch === 40 && frames >= 1")
    expect(page.locator(".cp-card b")).to_have_text(["ReLU", "tanh"])
