"""Time in a browser: the timeline, branches, single batches, stop rules and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.playground import Playground

Opened = Callable[..., Playground]
PARTS = (".pg-field", ".pg-net", ".pg-loss", ".pg-timeline", "[name=timeline]", ".pg-help")


def numbers(playground: Playground) -> list[str]:
    """The losses on screen."""
    return [
        playground.live.locator(f"output[name={name}]").inner_text()
        for name in ("train_loss", "test_loss", "test_score")
    ]


def visit(playground: Playground, epoch: int) -> None:
    """Move the timeline to an epoch, and return when that is on screen."""
    playground.slider("timeline").evaluate(
        """(input, epoch) => {
          input.value = epoch;
          input.dispatchEvent(new Event("input", { bubbles: true }));
          input.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        epoch,
    )
    playground.wait("epoch === arg", epoch)


def nothing_focused(playground: Playground) -> None:
    playground.page.evaluate("document.activeElement.blur()")


def branch_off(playground: Playground, epoch: int) -> None:
    """Go back to an epoch and raise the learning rate there."""
    visit(playground, epoch)
    config = playground.config
    rate = playground.slider("learning_rate")
    rate.focus()
    rate.press("PageUp")
    playground.wait("config !== arg", config)


# ------------------------------------------------------------------------ the timeline


def test_an_earlier_epoch_shows_what_it_showed_then(opened: Opened):
    playground = opened("epoch=20")
    playground.wait("fine && epoch === 20")
    then, picture = numbers(playground), playground.picture
    playground.play_until(60)
    playground.pause()
    visit(playground, 20)
    playground.wait("fine && picture === arg", picture)
    assert numbers(playground) == then


def test_the_pictures_follow_the_timeline_while_it_is_dragged(opened: Opened):
    playground = opened("epoch=300")
    playground.wait("epoch === 300")
    before = playground.frames
    playground.hold(playground.slider("timeline"), 0.2)
    playground.wait("epoch >= 50 && epoch <= 70")
    playground.let_go()
    assert playground.frames > before + 3


def test_play_goes_on_from_the_epoch_visited(opened: Opened):
    playground = opened("epoch=100&speed=20")
    visit(playground, 80)
    playground.press("Play")
    playground.wait("epoch > 80 && epoch < 100")
    playground.wait("epoch > 101")
    assert playground.page.locator(".pg-branches button:visible").count() == 0


def test_the_address_says_the_epoch_visited(opened: Opened):
    playground = opened("epoch=100")
    visit(playground, 40)
    playground.wait_for_address(epoch="40")


def test_a_line_in_the_loss_chart_marks_the_epoch_visited(opened: Opened):
    playground = opened("epoch=100")
    line = playground.live.locator(".pg-now")
    expect(line).to_be_hidden()
    visit(playground, 50)
    expect(line).to_be_visible()
    chart = playground.live.locator(".pg-loss .nsewdrag").bounding_box()
    middle = line.bounding_box()["x"] + 1
    assert middle == pytest.approx(chart["x"] + chart["width"] / 2, abs=2)


def test_nothing_moves_when_the_timeline_grows_or_branches_open(opened: Opened):
    playground = opened("epoch=9")
    boxes = [playground.page.locator(part).bounding_box() for part in PARTS]
    playground.play_until(1_200)
    playground.pause()
    branch_off(playground, 5)
    assert [playground.page.locator(part).bounding_box() for part in PARTS] == boxes


# ------------------------------------------------------------------------ branches


def test_a_change_at_an_earlier_epoch_opens_a_branch_that_says_its_difference(opened: Opened):
    playground = opened("epoch=100")
    branch_off(playground, 40)
    expect(playground.button("Branch B")).to_have_attribute("aria-pressed", "true")
    expect(playground.live.locator(".pg-difference")).to_contain_text("learning rate 0.03 →")
    expect(playground.live.locator(".pg-difference")).to_contain_text("at epoch 40")


def test_a_switch_brings_the_first_run_back(opened: Opened):
    playground = opened("epoch=100")
    playground.wait("epoch === 100")
    then = numbers(playground)
    branch_off(playground, 40)
    playground.press("Branch A")
    playground.wait("epoch === 100")
    assert numbers(playground) == then


def test_each_branch_has_a_loss_curve_of_its_own(opened: Opened):
    playground = opened("epoch=100")
    branch_off(playground, 40)
    playground.play_until(60)
    playground.pause()
    curves = """() => document.querySelector(".pg-loss").data.filter((t) => t.visible === true)
      .map((t) => [t.name, t.x.length, t.line.dash])"""
    playground.page.wait_for_function(f"() => ({curves})()[2]?.[1] > 60")
    shown = playground.page.evaluate(curves)
    assert [name for name, _, _ in shown] == ["train B", "test A", "test B"]
    assert len({dash for _, _, dash in shown}) == 3


def test_a_closed_branch_is_gone(opened: Opened):
    playground = opened("epoch=100")
    branch_off(playground, 40)
    playground.press("Close branch B")
    playground.wait("epoch === 100")
    expect(playground.button("Branch B")).to_be_hidden()


def test_the_link_of_a_branch_opens_the_same_network(opened: Opened):
    playground = opened("epoch=100")
    branch_off(playground, 40)
    playground.press("Step")
    playground.wait("epoch === 41")
    playground.wait_for_address(epoch="41")
    query = playground.page.url.split("?")[1]
    again = opened(query)
    again.wait("epoch === 41")
    assert numbers(again) == numbers(playground)


def test_reset_drops_the_branches(opened: Opened):
    playground = opened("epoch=100")
    branch_off(playground, 40)
    playground.press("Reset")
    playground.wait("epoch === 0")
    expect(playground.button("Branch A")).to_be_hidden()


# ------------------------------------------------------------------------ single batches


def test_a_step_can_be_one_batch(opened: Opened):
    playground = opened("epoch=12")
    picture = playground.picture
    playground.live.locator("[name=unit]").select_option("batch")
    playground.press("Step")
    expect(playground.live.locator(".pg-epoch")).to_contain_text("batch 1/25")
    playground.wait("picture !== arg", picture)
    assert playground.epoch == 12


def test_a_step_of_one_epoch_ends_the_epoch_under_way(opened: Opened):
    playground = opened("epoch=12")
    unit = playground.live.locator("[name=unit]")
    unit.select_option("batch")
    playground.press("Step")
    expect(playground.live.locator(".pg-epoch")).to_contain_text("batch 1/25")
    unit.select_option("epoch")
    playground.press("Step")
    playground.wait("epoch === 13")
    expect(playground.live.locator(".pg-epoch")).not_to_contain_text("batch")


# ------------------------------------------------------------------------ stop rules


def test_play_stops_at_a_target_and_says_so(opened: Opened):
    playground = opened("epoch=0")
    playground.live.locator(".pg-rules summary").click()
    target = playground.live.get_by_label("Target loss")
    target.fill("0.3")
    target.press("Tab")
    playground.press("Play")
    expect(playground.message).to_contain_text("Stopped: test loss 0.")
    expect(playground.message).to_contain_text("≤ 0.3 at epoch")
    expect(playground.button("Play")).to_be_visible()


# ------------------------------------------------------------------------ keys


def test_space_plays_and_pauses(opened: Opened):
    playground = opened("epoch=0")
    nothing_focused(playground)
    playground.page.keyboard.press("Space")
    playground.wait("epoch >= 5")
    playground.page.keyboard.press("Space")
    expect(playground.button("Play")).to_be_visible()


def test_s_steps_and_r_resets(opened: Opened):
    playground = opened("epoch=5")
    nothing_focused(playground)
    playground.page.keyboard.press("s")
    playground.wait("epoch === 6")
    playground.page.keyboard.press("r")
    playground.wait("epoch === 0")


def test_arrows_move_along_the_timeline(opened: Opened):
    playground = opened("epoch=50")
    nothing_focused(playground)
    playground.page.keyboard.press("ArrowLeft")
    playground.wait("epoch === 49")
    playground.page.keyboard.press("Shift+ArrowLeft")
    playground.wait("epoch === 39")
    playground.page.keyboard.press("ArrowRight")
    playground.wait("epoch === 40")


def test_keys_are_left_to_the_control_that_has_the_focus(opened: Opened):
    playground = opened("epoch=5")
    playground.wait("epoch === 5")
    playground.live.locator("[name=unit]").focus()
    for key in ("s", "r", "ArrowDown"):
        playground.page.keyboard.press(key)
    playground.settle()
    assert playground.epoch == 5


def test_a_question_mark_lists_the_keys(opened: Opened):
    playground = opened("epoch=5")
    nothing_focused(playground)
    playground.page.keyboard.press("?")
    keys = playground.live.locator("dialog.pg-keys")
    expect(keys).to_contain_text("play or pause")
    playground.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    playground.press("Keys")
    expect(keys).to_be_visible()


def test_a_click_elsewhere_closes_the_stop_rules(opened: Opened):
    playground = opened("epoch=5")
    panel = playground.live.locator(".pg-rules > div")
    playground.live.locator(".pg-rules summary").click()
    expect(panel).to_be_visible()
    playground.live.locator(".pg-epoch").click()
    expect(panel).to_be_hidden()


def test_the_numbers_of_a_place_go_with_the_pointer(opened: Opened):
    playground = opened("epoch=5")
    field = playground.live.locator(".pg-field .nsewdrag").bounding_box()
    playground.page.mouse.move(field["x"] + 50, field["y"] + 50)
    playground.live.locator('.pg-units [data-layer="1"][data-unit="1"]').focus()
    tip = playground.live.locator(".pg-tip")
    playground.live.locator('.pg-units [data-layer="1"][data-unit="1"]').hover()
    expect(tip).to_be_visible()
    expect(tip).not_to_contain_text("z ")
