"""Which frames a client of a session gets, and that nothing is trained for nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pages.ui.live.live_view import STALLED
from pages.ui.session.session import SETTLED, Session
from tests.ui.clock import Clock
from tests.ui.session.session_viewer import (
    Viewer,
)

# ------------------------------------------------------------------------ who watches


def test_nothing_is_trained_while_nobody_watches(session: Session, clock: Clock):
    session.play()
    session.turn(0.002)
    clock.now += 1
    session.turn(0.002)
    assert session.run.epoch == session.run.batch == 0
    assert session.due(clock.now) is None


def test_play_waits_from_the_close_of_a_socket_to_the_next(session: Session, viewer: Viewer):
    session.play()
    viewer.draw_until(lambda: session.run.epoch >= 2)
    session.detach(viewer.take)
    viewer.turn()
    before = session.run.epoch
    viewer.turn(10)
    assert session.run.epoch == before
    other = Viewer(session, viewer.clock)
    other.draw_until(lambda: session.run.epoch > before)


def test_a_late_goodbye_of_an_old_socket_does_not_end_the_new_one(session: Session, viewer: Viewer):
    session.play()
    viewer.draw()
    new = Viewer(session, viewer.clock)
    new.turn()
    session.detach(viewer.take)
    new.draw()
    before = len(new.frames)
    new.draw_until(lambda: len(new.frames) > before)


def test_nothing_is_trained_while_the_client_is_stalled(session: Session, viewer: Viewer):
    session.play()
    viewer.turn()  # a frame went out
    viewer.turn(STALLED + 0.1)
    before = session.run.epoch, session.run.batch
    viewer.turn()
    assert (session.run.epoch, session.run.batch) == before
    assert session.due(viewer.clock.now) is None


def test_a_stalled_client_goes_on_when_it_has_drawn(session: Session, viewer: Viewer):
    session.play()
    viewer.turn()
    viewer.turn(STALLED + 0.1)
    before = session.run.epoch
    viewer.draw_until(lambda: session.run.epoch > before)


# ------------------------------------------------------------------------ frames


def test_whoever_attaches_gets_a_whole_frame_at_once(session: Session, viewer: Viewer):
    viewer.turn()
    assert {"scene", "points", "losses", "weights"} <= set(viewer.frames[0].kinds)


def test_no_frame_before_the_last_one_is_drawn(session: Session, viewer: Viewer):
    session.play()
    for _ in range(10):
        viewer.turn()
    assert len(viewer.frames) == 1
    assert session.run.epoch > 0  # trained, not shown
    viewer.draw()
    assert len(viewer.frames) == 2


def test_the_frame_after_a_wait_shows_the_latest_epoch(session: Session, viewer: Viewer):
    session.play()
    for _ in range(10):
        viewer.turn()
    viewer.draw()
    assert viewer.epochs[-1] == session.run.epoch


def test_no_frame_when_nothing_has_changed(session: Session, viewer: Viewer):
    viewer.turn()
    for _ in range(5):
        viewer.draw(0.01)
    assert len(viewer.frames) == 1


def test_another_view_gets_a_frame_of_its_own(session: Session, viewer: Viewer):
    viewer.turn()
    session.set_view(replace(session.view, discretize=True))
    viewer.draw()
    assert len(viewer.frames) == 2
    assert viewer.frames[0].one("output") != viewer.frames[1].one("output")


def test_a_complaint_is_sent_even_when_the_picture_is_the_same(session: Session, viewer: Viewer):
    viewer.turn()
    session.complain("No.")
    viewer.draw()
    assert viewer.frames[-1].header["problem"] == "No."


def test_settings_are_sent_when_they_change_only(session: Session, viewer: Viewer):
    viewer.turn()
    session.step()
    viewer.draw()
    session.want(learning_rate=0.1)
    viewer.draw()
    carried = [frame.header.get("settings", {}).get("learning_rate") for frame in viewer.frames]
    assert carried == [0.03, None, 0.1]


def test_a_paused_view_gets_its_hover_numbers_once(session: Session, viewer: Viewer):
    viewer.turn()
    for _ in range(6):
        viewer.draw(SETTLED + 0.01)
    hovering = ["hover" in frame.kinds for frame in viewer.frames]
    assert hovering == [False, True]


def test_the_hover_numbers_come_again_after_the_next_change(session: Session, viewer: Viewer):
    viewer.turn()
    viewer.draw(SETTLED + 0.01)
    session.step()
    viewer.draw()
    viewer.draw(SETTLED + 0.01)
    viewer.draw(SETTLED + 0.01)
    assert ["hover" in frame.kinds for frame in viewer.frames] == [False, True, False, True]


def test_a_playing_view_gets_no_hover_numbers(session: Session, viewer: Viewer):
    session.set_speed(0.2)
    session.play()
    for _ in range(10):
        viewer.draw(SETTLED + 0.01)
    assert not any("hover" in frame.kinds for frame in viewer.frames)


def test_a_waiting_session_says_when_its_hover_is_due(session: Session, viewer: Viewer):
    viewer.turn()
    session.drawn()
    now = viewer.clock.now
    assert session.due(now) == pytest.approx(SETTLED)
    assert session.due(now + SETTLED) == 0


def test_what_is_on_screen_stays_until_a_short_retrain_has_caught_up(
    session: Session, viewer: Viewer
):
    viewer.train_to(3)
    epoch = session.run.epoch
    seen = len(viewer.frames)
    session.want(noise=0.2)
    viewer.draw_until(lambda: len(viewer.frames) > seen)
    assert viewer.epochs[seen] == epoch
