"""Back in time, and other futures from there."""

from __future__ import annotations

import pytest

from nnlib.run import Run
from pages.ui.session.session import Session
from tests.ui.session.session_viewer import (
    SMALL,
    Viewer,
    branch_off,
    catch_up,
    trained,
    visit,
)

# ------------------------------------------------------------------------ the timeline


@pytest.mark.parametrize("epoch", [0, 1, 17, 39])
def test_a_visited_epoch_is_exact_to_the_bit(session: Session, viewer: Viewer, epoch: int):
    trained(viewer, 40)
    alone = Run(SMALL)
    alone.advance(epoch)
    here = visit(viewer, epoch)
    assert here.network.parameters.tobytes() == alone.network.parameters.tobytes()


def test_a_visit_is_what_the_next_frame_shows(session: Session, viewer: Viewer):
    trained(viewer, 40)
    viewer.draw()
    session.visit(12)
    viewer.draw()
    header = viewer.frames[-1].header
    assert (header["epoch"], header["newest"]) == (12, 40)


def test_visits_there_and_back_leave_the_run_as_it_was(session: Session, viewer: Viewer):
    run = trained(viewer, 40)
    newest = run.network.parameters.tobytes()
    for epoch in (3, 30, 8, 9):
        visit(viewer, epoch)
    assert visit(viewer, 40) is session.run is run
    assert run.network.parameters.tobytes() == newest


def test_a_visit_pauses(session: Session, viewer: Viewer):
    session.play()
    viewer.draw_until(lambda: session.run.epoch > 20)
    visit(viewer, 5)
    assert not session.playing


@pytest.mark.parametrize(("asked", "shown"), [(-7, 0), (10**9, 40)])
def test_a_visit_beyond_an_end_is_one_to_that_end(
    session: Session, viewer: Viewer, asked: int, shown: int
):
    trained(viewer, 40)
    session.visit(asked)
    viewer.draw()
    viewer.draw()
    assert session.time.shown.epoch == shown


def test_a_far_visit_takes_several_turns(session: Session, viewer: Viewer):
    run = trained(viewer, 600)
    run._snapshots.kept = {0: run._snapshots.kept[0]}  # all of it has to be trained again
    session.visit(599)
    viewer.turn()
    assert session.time.on_its_way
    viewer.draw_until(lambda: session.time.shown.epoch == 599)


def test_play_after_winding_back_moves_through_what_was_trained_and_then_on(
    session: Session, viewer: Viewer
):
    run = trained(viewer, 30)
    visit(viewer, 10)
    session.set_speed(50)
    session.play()
    viewer.draw_until(lambda: session.run.epoch > 31)
    on_the_way = [epoch for epoch in viewer.epochs if 10 < epoch < 30]
    assert len(on_the_way) > 5
    assert session.run is run
    alone = Run(SMALL)
    session.pause()
    viewer.draw()
    alone.advance(run.epoch)
    assert run.network.parameters.tobytes() == alone.network.parameters.tobytes()


def test_a_pause_on_the_way_rests_at_an_epoch_of_the_past(session: Session, viewer: Viewer):
    run = trained(viewer, 30)
    visit(viewer, 10)
    session.set_speed(5)
    session.play()
    viewer.draw_until(lambda: session.time.shown.batch > 0)
    session.pause()
    viewer.draw()
    here = session.time.shown
    assert (here.epoch, here.batch, session.time.at) == (11, 0, 11)
    assert here.network.parameters.tobytes() == run.snapshot(11).tobytes()


def test_step_after_winding_back_visits_the_next_epoch(session: Session, viewer: Viewer):
    trained(viewer, 30)
    visit(viewer, 10)
    session.step()
    viewer.draw()
    assert (session.time.shown.epoch, session.run.epoch) == (11, 30)


def test_step_from_the_last_visit_reaches_the_newest_and_trains_from_there(
    session: Session, viewer: Viewer
):
    trained(viewer, 30)
    visit(viewer, 29)
    for _ in range(2):
        session.step()
        viewer.draw()
    catch_up(session)
    assert (session.time.at, session.run.epoch) == (None, 31)


def test_a_visit_shows_the_settings_that_were_in_force(session: Session, viewer: Viewer):
    trained(viewer, 10)
    session.want(learning_rate=0.3)
    viewer.draw()
    trained(viewer, 20)
    visit(viewer, 5)
    assert session.config.learning_rate == 0.03
    visit(viewer, 20)
    assert session.config.learning_rate == 0.3


def test_play_through_the_past_shows_the_settings_as_they_change(session: Session, viewer: Viewer):
    trained(viewer, 10)
    session.want(learning_rate=0.3)
    viewer.draw()
    trained(viewer, 20)
    visit(viewer, 5)
    session.set_speed(20)
    session.play()
    viewer.draw_until(lambda: session.time.shown.epoch >= 11)
    assert session.time.at is not None
    assert (session.config.learning_rate, len(session.time.branches)) == (0.3, 1)


def test_reset_after_winding_back_is_one_run_at_epoch_0(session: Session, viewer: Viewer):
    trained(viewer, 30)
    visit(viewer, 10)
    session.want(learning_rate=0.3)
    viewer.draw()
    session.reset()
    viewer.draw()
    assert (session.run.epoch, session.time.at, len(session.time.branches)) == (0, None, 1)


# ------------------------------------------------------------------------ branches


def test_a_change_after_winding_back_opens_a_branch(session: Session, viewer: Viewer):
    first = trained(viewer, 30)
    second = branch_off(viewer, 10, learning_rate=0.3)
    assert [b.run for b in session.time.branches] == [first, second]
    assert (first.epoch, first.changes) == (30, [])
    assert (second.epoch, second.config.learning_rate) == (10, 0.3)


def test_a_branch_trains_as_run_branch_does(session: Session, viewer: Viewer):
    first = trained(viewer, 30)
    branch_off(viewer, 10, learning_rate=0.3)
    second = trained(viewer, 25)
    alone = first.branch(10, learning_rate=0.3)
    alone.advance(15)
    assert second.network.parameters.tobytes() == alone.network.parameters.tobytes()
    assert second.history.test_loss.tolist() == alone.history.test_loss.tolist()


def test_a_branch_with_other_data_is_trained_to_the_epoch_it_left(session: Session, viewer: Viewer):
    trained(viewer, 30)
    second = branch_off(viewer, 10, noise=0.3)
    alone = Run(SMALL.replace(noise=0.3))
    alone.advance(10)
    assert second.epoch == 10
    assert second.network.parameters.tobytes() == alone.network.parameters.tobytes()


def test_play_goes_on_in_the_branch(session: Session, viewer: Viewer):
    first = trained(viewer, 30)
    second = branch_off(viewer, 10, learning_rate=0.3)
    viewer.train_to(20)
    assert second.epoch >= 20
    assert first.epoch == 30


def test_a_drag_after_winding_back_is_one_branch_with_one_change(session: Session, viewer: Viewer):
    trained(viewer, 30)
    branch_off(viewer, 10, learning_rate=0.1)
    for rate in (0.2, 0.3):
        session.want(learning_rate=rate)
        viewer.draw()
    assert len(session.time.branches) == 2
    assert [(c.epoch, c.old, c.new) for c in session.run.changes] == [(10, 0.03, 0.3)]


def test_a_branchs_title_says_the_difference(session: Session, viewer: Viewer):
    trained(viewer, 30)
    branch_off(viewer, 12, learning_rate=0.3)
    titles = [branch.title for branch in session.time.branches]
    assert titles == ["the first run", "learning rate 0.03 → 0.3 at epoch 12"]


def test_a_branchs_title_leaves_out_what_both_have(session: Session, viewer: Viewer):
    trained(viewer, 5)
    session.want(optimizer="adam")
    viewer.draw()
    trained(viewer, 30)
    branch_off(viewer, 12, noise=0.2)
    assert session.time.current.title == "noise 0.0 → 0.2 from the start"


def test_a_fifth_branch_is_refused_and_what_is_on_screen_stays(session: Session, viewer: Viewer):
    trained(viewer, 30)
    for epoch, rate in ((20, 0.1), (15, 0.2), (10, 0.3)):
        branch_off(viewer, epoch, learning_rate=rate)
    run = session.run
    visit(viewer, 5)
    session.want(learning_rate=0.4)
    viewer.draw()
    assert "4 branches are open" in session.problem
    assert (session.run, session.time.at, session.config.learning_rate) == (run, 5, 0.03)


def test_a_change_that_does_not_fit_opens_no_branch(session: Session, viewer: Viewer):
    run = trained(viewer, 30)
    visit(viewer, 10)
    session.want(dataset="own")
    viewer.draw()
    viewer.draw()
    assert "Choose a CSV file first" in session.problem
    assert [b.run for b in session.time.branches] == [run]
    assert session.time.shown.epoch == 10


def test_a_switch_shows_the_other_branch_at_its_newest_epoch(session: Session, viewer: Viewer):
    first = trained(viewer, 30)
    branch_off(viewer, 10, learning_rate=0.3)
    session.switch("A")
    viewer.draw()
    header = viewer.frames[-1].header
    assert (session.run, session.config.learning_rate) == (first, 0.03)
    assert (header["branch"], header["epoch"], list(header["branches"])) == ("A", 30, ["A", "B"])


def test_a_switch_to_no_branch_is_explained(session: Session, viewer: Viewer):
    session.switch("C")
    viewer.draw()
    assert "no branch C" in session.problem


@pytest.mark.parametrize(("closed", "left"), [("A", "B"), ("B", "A")])
def test_a_closed_branch_leaves_the_other(session: Session, viewer: Viewer, closed: str, left: str):
    trained(viewer, 30)
    branch_off(viewer, 10, learning_rate=0.3)
    session.close(closed)
    viewer.draw()
    assert [b.letter for b in session.time.branches] == [session.time.current.letter] == [left]


def test_the_last_branch_stays(session: Session, viewer: Viewer):
    run = trained(viewer, 3)
    session.close("A")
    viewer.draw()
    assert session.run is run


def test_the_curves_of_the_other_branches_are_sent_when_they_change(
    session: Session, viewer: Viewer
):
    trained(viewer, 30)
    branch_off(viewer, 10, learning_rate=0.3)
    session.step()
    viewer.draw()
    viewer.draw()
    sent = [frame.json("futures") for frame in viewer.frames if "futures" in frame.kinds]
    assert len(sent) == 1
    epochs, losses = sent[0]["others"]["A"]
    assert epochs == list(range(31))
    assert losses == pytest.approx(session.time.branches[0].run.history.test_loss.tolist())
