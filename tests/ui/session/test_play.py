"""Play, pause, step and reset; the speed, how it begins and what ends it."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib import epochs as epochs_module
from nnlib.config import RunConfig
from nnlib.data import read_csv
from nnlib.run import Run
from nnlib.stopping import StopRules
from pages.ui.session import course, timed_training
from pages.ui.session import session as session_module
from pages.ui.session.session import SETTLED, Session
from tests.ui.clock import Clock
from tests.ui.session.session_viewer import (
    LIMIT,
    SMALL,
    WILD,
    Viewer,
    catch_up,
)

# ------------------------------------------------------------------------ play, pause, step, reset


def test_play_trains_on_and_on(session: Session, viewer: Viewer):
    session.play()
    viewer.draw_until(lambda: session.run.epoch >= 30)
    assert session.playing


def test_pause_ends_at_a_whole_epoch(session: Session, viewer: Viewer):
    session.set_speed(0.5)  # 3 batches in 2 s: most turns end within an epoch
    session.play()
    viewer.draw_until(lambda: session.run.batch > 0)
    session.pause()
    catch_up(session)
    assert not session.playing
    assert (session.run.epoch, session.run.batch) == (1, 0)


def test_a_paused_session_does_not_train(session: Session, viewer: Viewer):
    viewer.train_to(3)
    epoch = session.run.epoch
    for _ in range(5):
        viewer.draw()
    assert session.run.epoch == epoch


def test_step_trains_exactly_one_epoch(session: Session, viewer: Viewer):
    session.step()
    catch_up(session)
    viewer.draw()
    assert (session.run.epoch, session.run.batch) == (1, 0)
    assert not session.playing


def test_three_steps_before_the_next_turn_are_three_epochs(session: Session, viewer: Viewer):
    for _ in range(3):
        session.step()
    catch_up(session)
    assert session.run.epoch == 3


def test_step_while_playing_pauses(session: Session, viewer: Viewer):
    session.play()
    viewer.draw_until(lambda: session.run.epoch >= 5)
    before = session.run.epoch
    session.step()
    viewer.draw()
    catch_up(session)
    assert not session.playing
    assert before + 1 <= session.run.epoch <= before + 2  # the epoch under way and one more


def test_reset_gives_the_same_initial_parameters_to_the_bit(session: Session, viewer: Viewer):
    initial = session.run.network.parameters.copy()
    viewer.train_to(5)
    assert not np.array_equal(session.run.network.parameters, initial)
    session.reset()
    viewer.draw()
    assert session.run.epoch == 0
    assert not session.playing
    assert session.run.network.parameters.tobytes() == initial.tobytes()


def test_training_after_a_reset_repeats_the_first_training(session: Session, viewer: Viewer):
    session.step()
    catch_up(session)
    first = session.run.network.parameters.tobytes()
    session.reset()
    session.step()
    catch_up(session)
    assert session.run.network.parameters.tobytes() == first


def test_the_session_trains_as_run_does(session: Session, viewer: Viewer):
    viewer.train_to(7)
    alone = Run(SMALL)
    alone.advance(session.run.epoch)
    assert session.run.network.parameters.tobytes() == alone.network.parameters.tobytes()


# ------------------------------------------------------------------------ speed


@pytest.mark.parametrize("speed", [0.5, 2, 10])
def test_a_speed_is_kept_in_epochs_a_second(session: Session, viewer: Viewer, speed: float):
    session.set_speed(speed)
    session.play()
    viewer.turn(0)
    start = viewer.clock.now
    viewer.draw_until(lambda: session.run.epoch >= 6)
    seconds = viewer.clock.now - start
    assert seconds == pytest.approx(6 / speed, rel=0.1, abs=0.05)


def test_slow_motion_moves_batch_by_batch(session: Session, viewer: Viewer):
    session.set_speed(0.5)
    session.play()
    seen = []
    while session.run.epoch == 0 and len(seen) < LIMIT:
        viewer.draw()
        seen.append(session.run.batch)
    assert {0, 1, 2} <= set(seen)


def test_what_was_missed_while_away_is_not_made_up_for(session: Session, viewer: Viewer):
    session.set_speed(10)
    session.play()
    viewer.draw()
    viewer.draw(60.0)  # a minute asleep would be 600 epochs
    assert session.run.epoch <= 2


def test_a_change_of_speed_is_seen_in_the_next_frame(session: Session, viewer: Viewer):
    viewer.turn()
    assert viewer.frames[-1].header["speed"] is None  # as fast as it goes
    session.set_speed(5)
    viewer.draw()
    assert viewer.frames[-1].header["speed"] == 5


# ------------------------------------------------------------------------ beginnings


def test_the_intro_stops_by_itself_at_its_epoch(session: Session, viewer: Viewer):
    session.start(SMALL, None, 20, intro=True)
    assert session.playing
    viewer.draw_until(lambda: not session.playing)
    assert (session.run.epoch, session.run.batch) == (20, 0)


def test_the_intro_shows_the_way_and_its_end(session: Session, viewer: Viewer):
    session.start(SMALL, None, 20, intro=True)
    viewer.draw_until(lambda: not session.playing)
    viewer.draw()
    assert len(set(viewer.epochs)) > 5
    assert viewer.epochs == sorted(viewer.epochs)
    last = viewer.frames[-1].header
    assert (last["epoch"], last["playing"]) == (20, False)


def test_play_after_the_intro_goes_beyond_it(session: Session, viewer: Viewer):
    session.start(SMALL, None, 10, intro=True)
    viewer.draw_until(lambda: not session.playing)
    session.play()
    viewer.draw_until(lambda: session.run.epoch > 15)


def test_a_start_without_intro_opens_paused_exactly_there(session: Session, viewer: Viewer):
    session.start(SMALL, None, 12, intro=False)
    catch_up(session)
    assert session.run.epoch == 12
    assert not session.playing


def test_a_start_with_own_data_trains_on_them(session: Session, viewer: Viewer):
    text = "a,b,kind\n" + "".join(f"{i},{i * i % 7},{'uv'[i % 2]}\n" for i in range(30))
    session.start(RunConfig(dataset="own"), read_csv(text.encode()), 3, intro=False)
    catch_up(session)
    assert session.run.data.points.class_names == ("u", "v")
    assert session.run.epoch == 3


# ------------------------------------------------------------------------ stop rules


def test_a_rule_ends_play_at_its_epoch_and_says_so(session: Session, viewer: Viewer):
    session.set_rules(StopRules(epochs=7))
    session.play()
    viewer.draw_until(lambda: not session.playing and session.run.epoch > 0)
    assert (session.run.epoch, session.run.batch) == (7, 0)
    assert session.problem.startswith("Stopped at epoch 7, the limit; test loss 0.")


def test_a_target_ends_play_at_the_first_epoch_that_reaches_it(session: Session, viewer: Viewer):
    alone = Run(SMALL)
    alone.advance(40)
    target = float(alone.history.test_loss[20])
    first = int(np.argmax(alone.history.test_loss <= target))
    session.set_rules(StopRules(target=target))
    session.play()
    viewer.draw_until(lambda: not session.playing and session.run.epoch > 0)
    assert session.run.epoch == first


def test_play_after_a_stop_goes_on(session: Session, viewer: Viewer):
    session.set_rules(StopRules(epochs=7))
    session.play()
    viewer.draw_until(lambda: session.problem != "")
    session.play()
    viewer.draw_until(lambda: session.run.epoch > 9)
    assert "Stopped" not in session.problem


def test_a_limit_that_lies_behind_is_said(session: Session, viewer: Viewer):
    viewer.train_to(10)
    session.set_rules(StopRules(epochs=7))
    session.play()
    viewer.draw()
    assert "epoch 7" in session.problem


def test_no_rule_ends_a_step(session: Session, viewer: Viewer):
    session.set_rules(StopRules(epochs=1))
    session.step()
    viewer.draw()
    assert session.problem == ""


# ------------------------------------------------------------------------ divergence


def test_divergence_stops_with_the_last_finite_epoch(clock: Clock):
    viewer = Viewer(Session(WILD), clock)
    session = viewer.session
    session.play()
    viewer.draw_until(lambda: session.run.diverged is not None)
    viewer.draw()
    assert not session.playing
    assert session.run.epoch == session.run.diverged - 1
    assert np.isfinite(session.run.network.parameters).all()
    last = viewer.frames[-1].header
    assert (last["diverged"], last["epoch"]) == (session.run.diverged, session.run.epoch)
    assert last["playing"] is False


def test_a_link_to_an_epoch_beyond_divergence_opens_at_the_last_finite_one(clock: Clock):
    session = Session(WILD)
    session.start(WILD, None, 500, intro=False)
    catch_up(session)
    session.turn(0.002)
    assert session.run.diverged
    assert session.goal == session.run.epoch < 500


def test_a_diverged_run_does_not_play(clock: Clock):
    viewer = Viewer(Session(WILD), clock)
    viewer.session.play()
    viewer.draw_until(lambda: viewer.session.run.diverged is not None)
    viewer.session.play()
    viewer.draw()
    assert not viewer.session.playing


def test_a_lower_rate_goes_on_from_the_last_finite_epoch(clock: Clock):
    viewer = Viewer(Session(WILD), clock)
    session = viewer.session
    session.play()
    viewer.draw_until(lambda: session.run.diverged is not None)
    run, epoch = session.run, session.run.epoch
    session.want(learning_rate=0.001)
    session.play()
    viewer.draw_until(lambda: session.run.epoch > epoch)
    assert session.run is run
    assert session.run.diverged is None


def end_at(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Let an endless play be this long, instead of a million epochs."""
    for module in (epochs_module, course, session_module, timed_training):
        monkeypatch.setattr(module, "MAX_EPOCHS", epoch, raising=False)


def test_an_endless_play_ends_at_the_last_epoch(
    session: Session, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
):
    end_at(monkeypatch, 4)
    session.play()
    viewer.draw_until(lambda: session.run.epoch == 4)
    viewer.draw()
    assert not session.playing


def test_a_step_beyond_the_last_epoch_is_not_waited_for(
    session: Session, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
):
    end_at(monkeypatch, 2)
    viewer.train_to(2)
    session.step()
    viewer.draw()
    viewer.draw(10 * SETTLED)
    viewer.draw(10 * SETTLED)
    assert session.due(viewer.clock.now) is None
