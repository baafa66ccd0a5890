"""A session and the trainer, driven by hand: the test grants the turns and moves the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from nnlib import epochs as epochs_module
from nnlib.config import RunConfig
from nnlib.data import read_csv
from nnlib.run import Run
from nnlib.stopping import StopRules
from pages.ui.live import branches
from pages.ui.live import live_view as watched
from pages.ui.live import session as session_module
from pages.ui.live.differences import difference
from pages.ui.live.live_view import STALLED
from pages.ui.live.session import SETTLED, Session
from pages.ui.live.trainer import Trainer
from tests.ui.taken_apart import Frame, take_apart

SMALL = RunConfig(n_samples=60)  # 3 batches an epoch
WILD = RunConfig(output="linear", loss="squared", learning_rate=10.0)
LIMIT = 5_000  # turns until a condition that does not come is given up


class Clock:
    """`time` for a session, whose monotonic() moves when the test says so."""

    perf_counter = staticmethod(time.perf_counter)
    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (session_module, watched):  # both tell when somebody last asked
        monkeypatch.setattr(module, "time", clock)
    return clock


class Viewer:
    """A client without a browser: it takes frames, and draws them when the test says so."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session, self.clock = session, clock
        self.frames: list[Frame] = []
        session.attach(self.take)

    def take(self, frame: bytes) -> None:
        self.frames.append(take_apart(frame))

    @property
    def epochs(self) -> list[int]:
        return [frame.header["epoch"] for frame in self.frames]

    def turn(self, seconds: float = 0.02) -> None:
        """The clock moves, the session gets a turn."""
        self.clock.now += seconds
        self.session.turn(0.002)

    def draw(self, seconds: float = 0.02) -> None:
        """The last frame is drawn, then a turn."""
        self.session.drawn()
        self.turn(seconds)

    def draw_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(LIMIT):
            if condition():
                return
            self.draw()
        raise AssertionError(f"not reached in {LIMIT} turns; epoch {self.session.run.epoch}")

    def train_to(self, epoch: int) -> None:
        """Play until this epoch is reached, then pause."""
        self.session.play()
        self.draw_until(lambda: self.session.run.epoch >= epoch)
        self.session.pause()
        self.draw()


@pytest.fixture
def session(clock: Clock) -> Session:
    return Session(SMALL)


@pytest.fixture
def viewer(session: Session, clock: Clock) -> Viewer:
    return Viewer(session, clock)


def catch_up(session: Session) -> None:
    """Turns until nothing is left to retrain."""
    session.turn(0.002)
    for _ in range(LIMIT):
        if session.run.epoch >= session.goal or session.run.diverged:
            return
        session.turn(0.002)
    raise AssertionError(f"epoch {session.run.epoch} of {session.goal}")


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


# ------------------------------------------------------------------------ changes of settings


def test_a_learning_rate_acts_on_the_same_run_and_is_recorded(session: Session, viewer: Viewer):
    viewer.train_to(4)
    run, epoch = session.run, session.run.epoch
    assert session.want(learning_rate=0.1) == []
    viewer.draw()
    assert session.run is run
    assert [(c.epoch, c.field, c.old, c.new) for c in run.changes] == [
        (epoch, "learning_rate", 0.03, 0.1)
    ]


def test_play_goes_on_through_a_live_change(session: Session, viewer: Viewer):
    session.play()
    viewer.draw_until(lambda: session.run.epoch >= 3)
    session.want(learning_rate=0.1)
    viewer.draw()
    before = session.run.epoch
    viewer.draw_until(lambda: session.run.epoch > before)
    assert session.playing


def test_a_noise_retrains_up_to_the_epoch_where_the_run_was(session: Session, viewer: Viewer):
    viewer.train_to(6)
    run, epoch = session.run, session.run.epoch
    session.want(noise=0.3)
    catch_up(session)
    assert session.run is not run
    assert session.run.epoch == epoch
    alone = Run(SMALL.replace(noise=0.3))
    alone.advance(epoch)
    assert session.run.network.parameters.tobytes() == alone.network.parameters.tobytes()


def test_a_retrain_of_a_playing_run_catches_up_and_plays_on(session: Session, viewer: Viewer):
    session.play()
    viewer.draw_until(lambda: session.run.epoch >= 6)
    epoch = session.run.epoch
    session.want(noise=0.3)
    viewer.draw_until(lambda: session.run.epoch > epoch)
    assert session.run.config.noise == 0.3
    assert session.playing


def test_two_retrains_in_a_row_keep_the_epoch_of_the_first(session: Session, viewer: Viewer):
    viewer.train_to(40)
    epoch = session.run.epoch
    session.want(noise=0.3)
    session.turn(0)  # begun, far from caught up
    assert session.run.epoch < epoch
    session.want(noise=0.4)
    catch_up(session)
    assert session.run.epoch == epoch


def test_the_latest_wish_wins(session: Session, viewer: Viewer):
    for noise in (0.1, 0.2, 0.3):
        session.want(noise=noise)
    catch_up(session)
    assert session.run.config.noise == 0.3
    assert session.config == session.run.config


def test_a_drag_of_many_values_builds_one_run_a_turn(
    session: Session, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
):
    viewer.turn()
    made: list[RunConfig] = []

    class Counted(Run):
        def __init__(self, config: RunConfig, *more: object, **options: object) -> None:
            made.append(config)
            super().__init__(config, *more, **options)

    monkeypatch.setattr(branches, "Run", Counted)
    for noise in (0.1, 0.2, 0.3, 0.4):
        session.want(noise=noise)
    viewer.draw()
    assert [config.noise for config in made] == [0.4]


def test_a_history_that_does_not_fit_the_new_settings_is_left_out():
    session = Session(SMALL.replace(output="sigmoid", loss="nll"))
    session.step()
    session.turn(0.01)
    session.want(loss="squared")  # acts on the running network
    session.turn(0)
    session.want(output="softmax", loss="softmax_nll")  # nll would not go with it
    session.turn(0.01)
    assert session.problem == ""
    assert (session.run.config.output, session.run.changes) == ("softmax", [])


def test_retraining_lives_through_the_same_changes_again():
    session = Session(SMALL)
    for change in ({"learning_rate": 0.2}, {"optimizer": "adam"}):
        session.step()
        session.turn(0.01)
        session.want(**change)
        session.turn(0)
    history = session.run.changes
    session.want(noise=0.5)
    session.turn(0)
    while session.run.epoch < 2:
        session.turn(0.01)
    assert session.run.changes == history
    assert session.run.initial_config == SMALL.replace(noise=0.5)
    assert session.run.config == session.config


def test_a_change_that_changes_nothing_keeps_the_run(session: Session, viewer: Viewer):
    run = session.run
    session.want(noise=0.0, learning_rate=0.03)
    viewer.turn()
    assert session.run is run
    assert run.changes == []


def test_another_data_set_resets_what_belonged_to_the_old_one(session: Session, viewer: Viewer):
    session.want(dataset="iris")
    session.want(columns=["sepal length (cm)", "petal width (cm)"])
    session.want(dataset="circle")
    viewer.turn()
    assert session.config.columns is None
    assert session.run.config.dataset == "circle"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("noise", "much"),
        ("hidden", [[4, "softmax"]]),
        ("dataset", []),
        ("unheard_of", 1),
        ("n_samples", True),
    ],
)
def test_an_impossible_value_changes_nothing_and_is_explained(
    session: Session, viewer: Viewer, field: str, value: object
):
    (sentence,) = session.want(**{field: value})
    assert sentence.startswith(f"{field}: ")
    viewer.turn()
    assert session.config == session.run.config == SMALL


def test_a_config_that_does_not_fit_the_data_leaves_run_and_config(
    session: Session, viewer: Viewer
):
    run = session.run
    session.want(dataset="own")  # possible as such, but no file was chosen
    viewer.turn()
    assert session.run is run
    assert session.config == run.config == SMALL
    assert "Choose a CSV file first" in session.problem


def test_the_viewer_is_told_what_does_not_fit(session: Session, viewer: Viewer):
    session.want(dataset="own")
    viewer.turn()
    assert "Choose a CSV file first" in viewer.frames[-1].header["problem"]


def test_a_loss_that_does_not_fit_the_classes_leaves_run_and_config(clock: Clock):
    config = RunConfig(dataset="blobs", n_samples=60)
    session = Session(config)
    run = session.run
    session.want(loss="hinge", output="linear")
    session.turn(0.002)
    assert session.run is run
    assert session.config == config
    assert "two classes" in session.problem


def test_the_next_good_change_takes_the_problem_back(session: Session, viewer: Viewer):
    session.want(dataset="own")
    viewer.turn()
    session.want(learning_rate=0.1)
    viewer.draw()
    assert session.problem == ""
    assert viewer.frames[-1].header["problem"] == ""


@pytest.mark.parametrize("wish", ["reset", "step", "play", "pause"])
def test_a_wish_just_before_an_unfit_config_does_no_harm(
    session: Session, viewer: Viewer, wish: str
):
    viewer.train_to(2)
    getattr(session, wish)()
    session.want(dataset="own")
    viewer.draw()
    assert session.config == session.run.config == SMALL
    assert "Choose a CSV file first" in viewer.frames[-1].header["problem"]


# ------------------------------------------------------------------------ the timeline


def trained(viewer: Viewer, epoch: int) -> Run:
    """The session's run, trained to exactly this epoch and paused."""
    viewer.session.goal = epoch
    catch_up(viewer.session)
    return viewer.session.run


def visit(viewer: Viewer, epoch: int) -> Run:
    """The run on screen when this epoch is visited."""
    viewer.session.visit(epoch)
    viewer.draw_until(lambda: viewer.session.time.shown.epoch == epoch)
    return viewer.session.time.shown


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


def branch_off(viewer: Viewer, epoch: int, **changes: object) -> Run:
    """Wind back and change something: the new branch's run."""
    visit(viewer, epoch)
    assert viewer.session.want(**changes) == []
    viewer.draw()
    catch_up(viewer.session)
    return viewer.session.run


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


# ------------------------------------------------------------------------ edits of the network


def edit(viewer: Viewer, name: str, value: float) -> None:
    viewer.session.edit_network(name, value)
    viewer.draw()


def test_an_edit_acts_on_the_run_itself(session: Session, viewer: Viewer):
    run = trained(viewer, 10)
    edit(viewer, "w-1-1-1", 2.5)
    assert session.run is run
    assert run.network.weights[0][0, 0] == 2.5
    assert [(c.epoch, c.field, c.new) for c in run.changes] == [(10, "w-1-1-1", 2.5)]


def test_of_many_edits_of_one_weight_the_latest_is_made(session: Session, viewer: Viewer):
    for value in (0.5, 1.0, 1.5):
        session.edit_network("w-1-1-1", value)
    edit(viewer, "b-1-1", 0.25)
    assert [c.new for c in session.run.changes] == [1.5, 0.25]


def test_an_edit_is_in_the_next_frame(session: Session, viewer: Viewer):
    viewer.turn()
    edit(viewer, "w-1-1-1", 2.5)
    assert viewer.frames[-1].numbers("weights")[0] == 2.5


def test_an_edit_after_winding_back_opens_a_branch(session: Session, viewer: Viewer):
    first = trained(viewer, 30)
    visit(viewer, 10)
    edit(viewer, "kill-1-2", 1)
    assert session.run is not first
    assert session.run.epoch == 10
    assert session.time.current.title == "neuron 2 of layer 1 held at 0 at epoch 10"


def test_an_impossible_edit_is_explained_and_opens_no_branch(session: Session, viewer: Viewer):
    trained(viewer, 30)
    visit(viewer, 10)
    edit(viewer, "w-9-1-1", 1.0)
    assert "layer 9 is not there" in session.problem
    assert len(session.time.branches) == 1


def test_undo_leaves_the_run_as_if_the_edit_had_never_been_made(session: Session, viewer: Viewer):
    trained(viewer, 10)
    session.want(learning_rate=0.1)
    edit(viewer, "w-1-1-1", 2.5)
    trained(viewer, 20)
    session.undo_edit()
    viewer.draw()
    catch_up(session)
    alone = Run(SMALL)
    alone.advance(10)
    alone.change(learning_rate=0.1)
    alone.advance(10)
    assert session.run.network.parameters.tobytes() == alone.network.parameters.tobytes()
    assert session.run.changes == alone.changes


def test_undo_takes_the_last_edit_only(session: Session, viewer: Viewer):
    for name in ("w-1-1-1", "b-1-1"):
        edit(viewer, name, 2.5)
    session.undo_edit()
    viewer.draw()
    assert [c.field for c in session.run.changes] == ["w-1-1-1"]


def test_undo_without_an_edit_is_explained(session: Session, viewer: Viewer):
    session.undo_edit()
    viewer.draw()
    assert "no edit" in session.problem


def test_undo_stays_at_the_epoch_that_is_visited(session: Session, viewer: Viewer):
    edit(viewer, "w-1-1-1", 2.5)
    trained(viewer, 30)
    visit(viewer, 10)
    session.undo_edit()
    viewer.draw()
    viewer.draw_until(lambda: session.time.shown.epoch == 10)
    alone = Run(SMALL)
    alone.advance(10)
    shown = session.time.shown
    assert shown.network.parameters.tobytes() == alone.network.parameters.tobytes()


def test_retraining_keeps_edits_that_still_fit_and_names_the_others(
    session: Session, viewer: Viewer
):
    edit(viewer, "w-1-1-1", 2.5)
    edit(viewer, "kill-2-2", 1)
    session.want(hidden=[[4, "tanh"]])
    viewer.draw()
    assert [c.field for c in session.run.changes] == ["w-1-1-1"]
    assert "kill-2-2" in session.problem


def test_a_starting_point_is_shown_no_faster_than_the_speed_chosen(
    session: Session, viewer: Viewer
):
    session.set_speed(1)
    session.start(SMALL, None, 100, intro=True)
    for _ in range(100):
        viewer.draw(0.02)  # 2 s
    assert session.run.epoch <= 3


def test_the_frame_says_whether_there_is_an_edit_to_take_back(session: Session, viewer: Viewer):
    viewer.draw()
    assert viewer.frames[-1].header["edited"] is False
    edit(viewer, "w-1-1-1", 0.5)
    assert viewer.frames[-1].header["edited"] is True


# ------------------------------------------------------------------------ single batches


def test_a_batch_step_rests_inside_the_epoch(session: Session, viewer: Viewer):
    session.step_batch()
    viewer.draw()
    assert (session.run.epoch, session.run.batch) == (0, 1)
    header = viewer.frames[-1].header
    assert (header["batch"], header["batches"]) == (1, 3)


def test_batch_steps_make_up_the_epoch(session: Session, viewer: Viewer):
    for _ in range(3):
        session.step_batch()
    viewer.draw()
    alone = Run(SMALL)
    alone.advance(1)
    assert (session.run.epoch, session.run.batch) == (1, 0)
    assert session.run.network.parameters.tobytes() == alone.network.parameters.tobytes()


def test_a_batch_steps_frame_has_what_was_before_and_whose_points_it_was(
    session: Session, viewer: Viewer
):
    before = session.run.network.parameters.copy()
    session.step_batch()
    viewer.draw()
    frame = viewer.frames[-1]
    assert frame.numbers("previous").tobytes() == before.tobytes()
    assert sum(frame.one("batch")) == 10
    session.step()
    viewer.draw()
    assert "previous" not in viewer.frames[-1].kinds


def test_examples_come_one_by_one_with_their_own_gradients_then_the_batch_is_trained(
    session: Session, viewer: Viewer
):
    before = session.run.network.parameters.copy()
    rows = session.run.order(0)[:10]
    gradients = []
    for number in range(1, 11):
        session.step_example()
        viewer.draw()
        frame = viewer.frames[-1]
        assert (frame.header["example"]["number"], frame.header["example"]["of"]) == (number, 10)
        assert sorted(frame.one("batch"))[-10:] == [1] * 9 + [2]
        gradients.append(frame.numbers("gradient"))
    assert session.run.network.parameters.tobytes() == before.tobytes()
    data, loss = session.run.data, session.run.loss
    _, of_batch = session.run.network.loss_and_gradient(
        data.X_train[rows], data.y_train[rows], loss
    )
    np.testing.assert_allclose(np.mean(gradients, axis=0), of_batch, atol=1e-6)
    session.step_example()
    viewer.draw()
    assert (session.run.epoch, session.run.batch) == (0, 1)
    assert viewer.frames[-1].numbers("previous").tobytes() == before.tobytes()


def test_an_example_shown_says_where_it_is(session: Session, viewer: Viewer):
    session.step_example()
    viewer.draw()
    points, row = session.run.data.points, session.run.order(0)[0]
    place = viewer.frames[-1].header["example"]["at"]
    assert place == pytest.approx(points.train[row] * points.scale + points.center)


def test_an_edit_takes_the_example_off_the_screen(session: Session, viewer: Viewer):
    session.step_example()
    viewer.draw()
    edit(viewer, "w-1-1-1", 0.5)
    assert "gradient" not in viewer.frames[-1].kinds


def test_a_batch_step_in_the_past_is_one_of_the_same_training(session: Session, viewer: Viewer):
    run = trained(viewer, 20)
    visit(viewer, 10)
    for _ in range(3):
        session.step_batch()
        viewer.draw()
    shown = session.time.shown
    assert (shown.epoch, session.time.at) == (11, 11)
    assert shown.network.parameters.tobytes() == run.snapshot(11).tobytes()


def test_an_epoch_step_inside_an_epoch_goes_to_its_end(session: Session, viewer: Viewer):
    session.step_batch()
    session.step()
    viewer.draw()
    catch_up(session)
    assert (session.run.epoch, session.run.batch) == (1, 0)


def test_a_change_inside_an_epoch_acts_at_its_end(session: Session, viewer: Viewer):
    session.step_batch()
    session.want(learning_rate=0.3)
    viewer.draw()
    assert (session.run.epoch, session.run.batch) == (1, 0)
    assert [change.epoch for change in session.run.changes] == [1]
    assert "trained to its end" in session.problem


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
    for module in (epochs_module, session_module):
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


# ------------------------------------------------------------------------ the thread


class Watcher:
    """Draws every frame at once, and tells the test when an epoch is on screen."""

    def __init__(self, session: Session, epoch: int) -> None:
        self.session, self.epoch = session, epoch
        self.reached = threading.Event()
        session.attach(self.take)
        session.play()

    def take(self, frame: bytes) -> None:
        if take_apart(frame).header["epoch"] >= self.epoch:
            self.reached.set()
        self.session.drawn()


@pytest.fixture
def thread() -> Iterator[Trainer]:
    thread = Trainer(clock=lambda: 0.0)  # nobody uses more than the share
    yield thread
    thread.stop()


def test_two_sessions_take_turns(thread: Trainer, monkeypatch: pytest.MonkeyPatch):
    turns: list[Session] = []
    turn = Session.turn

    def noted(session: Session, seconds: float) -> None:
        turns.append(session)
        turn(session, seconds)

    monkeypatch.setattr(Session, "turn", noted)
    sessions = Session(SMALL), Session(SMALL.replace(seed=1))
    watchers = [Watcher(session, 200) for session in sessions]
    for session in sessions:
        thread.add(session)
    for watcher in watchers:
        assert watcher.reached.wait(60)
    thread.stop()
    both = turns[turns.index(sessions[1]) :]
    in_a_row = sum(first is second for first, second in pairwise(both[:40]))
    assert in_a_row <= 2  # each has had its turn before the other has the next


def test_a_removed_session_gets_no_more_turns(thread: Trainer):
    first, second = Session(SMALL), Session(SMALL.replace(seed=1))
    watcher = Watcher(first, 20)
    thread.add(first)
    assert watcher.reached.wait(60)
    thread.remove(first)
    other = Watcher(second, 1)
    thread.add(second)
    assert other.reached.wait(60)  # a whole round later
    before = first.run.epoch
    later = Watcher(second, second.run.epoch + 50)
    assert later.reached.wait(60)
    assert first.run.epoch == before


def test_a_call_waits_for_the_turns_that_are_due_and_for_no_others(thread: Trainer):
    session = Session(SMALL)
    first = Watcher(session, 3)
    thread.add(session)
    assert first.reached.wait(60)
    with session.lock:  # its turn cannot end
        session.set_rules(StopRules(epochs=7))
        called = threading.Event()
        thread.soon(called.set)
        assert not called.wait(0.1)
    assert called.wait(60)
    session.pause()
    session.settle(60)
    for _ in range(3):  # at rest, and after a rest
        called = threading.Event()
        thread.soon(called.set)
        assert called.wait(60)
    thread.remove(session)


def test_a_fault_in_one_session_leaves_the_others_training(
    thread: Trainer, monkeypatch: pytest.MonkeyPatch
):
    faulty, healthy = Session(SMALL), Session(SMALL.replace(seed=1))
    monkeypatch.setattr(faulty, "_play_on", lambda *_: 1 / 0)
    told, tell = threading.Event(), faulty.give_up

    def give_up() -> None:
        tell()
        told.set()

    monkeypatch.setattr(faulty, "give_up", give_up)
    Watcher(faulty, 1)
    thread.add(faulty)
    assert told.wait(60)
    watcher = Watcher(healthy, 20)
    thread.add(healthy)
    assert watcher.reached.wait(60)
    assert not faulty.playing
    assert "Something went wrong" in faulty.problem


def test_the_lock_keeps_the_run_still_for_other_threads(thread: Trainer):
    session = Session(SMALL)
    watcher = Watcher(session, 20)
    thread.add(session)
    assert watcher.reached.wait(60)
    with session.lock:
        before = session.run.network.parameters.copy()
        run = Run(SMALL)
        run.advance(20)  # time in which the thread would have trained
        assert np.array_equal(session.run.network.parameters, before)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"hidden": [(8, "leaky_relu")]}, "hidden 4 tanh,2 tanh → 8 leaky ReLU from the start"),
        ({"hidden": []}, "hidden 4 tanh,2 tanh → none from the start"),
        ({"optimizer": "adam"}, "optimizer SGD → Adam from the start"),
        ({"clip_norm": 1.5}, "clip norm none → 1.5 from the start"),
    ],
)
def test_a_difference_is_written_as_people_write_it(settings: dict, said: str):
    run = Run(RunConfig(n_samples=60, **settings))
    assert difference(run, RunConfig(n_samples=60), ()) == said
