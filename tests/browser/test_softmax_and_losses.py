"""The softmax sandbox and the loss laboratory in a browser: what hands do and what answers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server

Opened = Callable[..., Page]
SOFTMAX, LOSSES = "[data-testid=softmax]", "[data-testid=losses]"


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Opened:
    """Opens a section of the Functions page, and returns when its first frame is drawn."""

    def open_section(section: str, text: str = "", **options: object) -> Page:
        page = new_page(**options)
        link = quote(f"{section};{text}" if text else section)
        page.goto(f"{server.url}/functions?functions={link}", wait_until="commit")
        page.wait_for_function(
            "root => document.querySelector(root)?.dataset.frames >= 1",
            arg=f"[data-testid={section}]",
        )
        return page

    return open_section


def hold(page: Page, slider: Locator, share: float) -> None:
    """Drag a slider's knob to a share of its track, and keep it held."""
    box = slider.bounding_box()
    place = slider.evaluate("i => (i.value - i.min) / (i.max - i.min)")
    left, length = box["x"] + 8, box["width"] - 16
    y = box["y"] + box["height"] / 2
    page.mouse.move(left + length * place, y)
    page.mouse.down()
    page.mouse.move(left + length * share, y, steps=8)


def probabilities(page: Page) -> list[str]:
    return page.locator(f"{SOFTMAX} .sm-g").evaluate_all("all => all.map(each => each.value)")


def wait_for_address(page: Page, text: str) -> None:
    """Return when the page's own part of the address is this."""
    page.wait_for_function(
        "text => new URLSearchParams(location.search).get('functions') === text", arg=text
    )


# ------------------------------------------------------------------------ softmax


def test_softmax_begins_with_the_lectures_numbers(opened: Opened):
    page = opened("softmax")
    assert probabilities(page) == ["0.02", "0.90", "0.05", "0.01", "0.02"]
    expect(page.locator(".sm-guess")).to_contain_text("0.9025")
    expect(page.locator(".sm-nll")).to_contain_text("0.1025")


def test_the_probabilities_follow_a_logit_while_it_is_held(opened: Opened):
    page = opened("softmax")
    hold(page, page.get_by_label("Logit of class 3"), 0.95)
    expect(page.locator(".sm-g").nth(2)).to_have_text("0.98")
    page.mouse.up()
    logit = page.get_by_label("Logit of class 3").input_value()
    wait_for_address(page, f"softmax;logits:1.3,5.1,{float(logit):g},0.7,1.1")


def test_a_shift_moves_every_z_and_no_probability(opened: Opened):
    page = opened("softmax")
    before = probabilities(page)
    hold(page, page.locator("[name=shift]"), 0.8)
    expect(page.locator(".sm-shift")).to_contain_text("was added to every logit")
    page.mouse.up()
    assert probabilities(page) == before
    expect(page.locator(".sm-Z").first).not_to_have_text("1.30")


def test_the_temperature_can_be_set_by_keyboard(opened: Opened):
    page = opened("softmax")
    slider = page.locator("[name=temperature]")
    slider.focus()
    slider.press("End")
    expect(page.locator(".sm-g").nth(1)).to_have_text("0.27")
    wait_for_address(page, "softmax;temperature:10")


def test_a_click_on_a_bar_makes_its_class_the_right_one(opened: Opened):
    page = opened("softmax")
    page.locator(".sm-bar-of").nth(3).click()
    expect(page.locator(".sm-nll")).to_contain_text("NLL of class 4")
    expect(page.locator(".sm-bar-of").nth(3)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".sm-bar-of").nth(1)).to_have_attribute("aria-pressed", "false")


def test_classes_come_and_go_between_two_and_eight(opened: Opened):
    page = opened("softmax")
    rows, table = page.locator(".sm-rows .sm-row"), page.locator(".sm-jacobian tr")
    for classes in (6, 7, 8):
        page.get_by_role("button", name="Add a class").click()
        expect(rows).to_have_count(classes)
    expect(page.get_by_role("button", name="Add a class")).to_be_disabled()
    for classes in (7, 6, 5, 4, 3, 2):
        page.get_by_role("button", name="Remove a class").click()
        expect(rows).to_have_count(classes)
    expect(page.get_by_role("button", name="Remove a class")).to_be_disabled()
    expect(table).to_have_count(3)
    page.get_by_role("button", name="The lecture's numbers").click()
    expect(rows).to_have_count(5)


def test_a_link_reopens_the_softmax_sandbox(opened: Opened):
    page = opened("softmax", "logits:0,0;temperature:2;chosen:1")
    assert probabilities(page) == ["0.50", "0.50"]
    expect(page.locator("label:has([name=temperature]) output")).to_have_text("2.00")


def test_a_bad_link_is_said_on_the_page(opened: Opened):
    page = opened("softmax", "temperature:99")
    expect(page.get_by_role("alert")).to_contain_text("temperature")
    assert probabilities(page)[1] == "0.90"


# ------------------------------------------------------------------------ losses


def test_the_gradients_follow_z_while_it_is_held(opened: Opened):
    page = opened("losses")
    squared = page.locator(".ll-table tbody tr").nth(1).locator("td").nth(1)
    expect(squared).to_have_text("−0.005")
    hold(page, page.locator("[name=z]"), 0.45)
    expect(squared).not_to_have_text("−0.005")
    expect(page.locator(".ll-words")).to_contain_text("both ask for a change")
    page.mouse.up()
    z = page.locator("[name=z]").input_value()
    wait_for_address(page, f"losses;z:{float(z):g}")


def test_z_can_be_dragged_in_the_chart_too(opened: Opened):
    page = opened("losses")
    box = page.locator(".ll-chart").bounding_box()
    y = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.85, y, steps=5)
    expect(page.locator(".ll-words")).to_contain_text("right side")
    page.mouse.up()
    assert float(page.locator("[name=z]").input_value()) > 3


def test_the_other_class_turns_the_flat_stretch_round(opened: Opened):
    page = opened("losses")
    expect(page.locator(".ll-words")).to_contain_text("z < −3.6")
    page.get_by_label("y = 0").check()
    expect(page.locator(".ll-words")).to_contain_text("z > 3.6")
    wait_for_address(page, "losses;y:0")


def test_the_nll_learns_at_once_and_the_squared_loss_stays_wrong(opened: Opened):
    page = opened("losses", "sure:8;speed:60")
    shares = page.locator(".ll-share")
    expect(shares).to_have_text(["0 %", "0 %"])
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "root => Number(document.querySelector(root).dataset.epoch) >= 20", arg=LOSSES
    )
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    expect(shares).to_have_text(["100 %", "0 %"])
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(shares).to_have_text(["0 %", "0 %"])


def test_the_lines_grow_with_every_step(opened: Opened):
    page = opened("losses")
    lines = "document.querySelector('.ll-progress').data.map(line => line.y.length)"
    page.wait_for_function(f"{lines}.every(n => n === 1)")
    page.get_by_role("button", name="Step", exact=True).click()
    page.wait_for_function(f"{lines}.every(n => n === 2)")


def test_the_component_stays_while_the_link_is_written(opened: Opened):
    page = opened("losses")
    page.evaluate("root => (document.querySelector(root).marked = true)", LOSSES)
    slider = page.locator("[name=sure]")
    slider.focus()
    slider.press("Home")
    wait_for_address(page, "losses;sure:1")
    assert page.evaluate("root => document.querySelector(root).marked", LOSSES)


@pytest.mark.parametrize("section", ["softmax", "losses"])
def test_a_section_fits_on_a_projector(opened: Opened, section: str):
    page = opened(section)
    page.wait_for_timeout(300)  # fonts and charts
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollHeight <= e.clientHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("section", ["softmax", "losses"])
def test_every_control_has_a_name(opened: Opened, section: str):
    page = opened(section)
    nameless = page.locator(f"[data-testid={section}]").evaluate(
        """root => {
          const text = (each) => each?.textContent.trim();
          const named = (each) => each.ariaLabel || text(each) || text(each.labels?.[0]);
          const controls = [...root.querySelectorAll("input, button, select")];
          return controls.filter((each) => !named(each)).map((each) => each.outerHTML);
        }"""
    )
    assert nameless == []
