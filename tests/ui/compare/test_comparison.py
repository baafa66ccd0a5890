"""A comparison driven by hand: the test grants the turns and moves the clock."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest

from nnlib.comparing.conclusions import band, conclusion
from nnlib.comparing.knobs import with_seed
from nnlib.comparing.sweep import Outcome, outcome, solved_at
from nnlib.config import RunConfig
from nnlib.data import read_csv
from nnlib.run import Run
from pages.ui.compare import comparison as comparison_module
from pages.ui.compare import lockstep
from pages.ui.compare import sweep as comparison_sweep
from pages.ui.compare.choices import MAX_GRID_SEEDS, MAX_SEEDS, Chooser
from pages.ui.compare.comparison import KEEP, LEFT, NEW_BASE, Comparison
from pages.ui.compare.lockstep import Lockstep
from pages.ui.compare.wishes import VERBS
from pages.ui.live.live_view import STALLED
from pages.ui.server.wire import obey
from tests.ui.clock import Clock, drive
from tests.ui.taken_apart import Frame, take_apart

SMALL = RunConfig(n_samples=60)  # 3 batches an epoch
WILD = RunConfig(n_samples=60, output="linear", loss="squared", learning_rate=10.0)
LIMIT = 20_000  # turns until a condition that does not come is given up
PATIENCE = 20.0  # seconds for a sweep in its own thread
FOUR = "activation:relu,tanh,sigmoid,elu;seeds:2;epochs:20"
GRID = "learning_rate:0.01,0.1;l2:0.0,0.01,0.1;seeds:2;epochs:5"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    drive(monkeypatch, clock, comparison_module)
    return clock


class Viewer:
    """A client without a browser: it takes frames, and draws them when the test says so."""

    def __init__(self, comparison: Comparison, clock: Clock) -> None:
        self.comparison, self.clock = comparison, clock
        self.frames: list[Frame] = []
        comparison.attach(self.take)
        self.turn()

    def take(self, frame: bytes) -> None:
        self.frames.append(take_apart(frame))

    @property
    def last(self) -> dict:
        return self.frames[-1].header

    def turn(self, seconds: float = 0.02) -> None:
        self.clock.now += seconds
        self.comparison.turn(0.005)

    def draw(self, seconds: float = 0.02) -> None:
        self.comparison.drawn()
        self.turn(seconds)

    def draw_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(LIMIT):
            if condition():
                return
            self.draw()
        raise AssertionError(f"not reached in {LIMIT} turns; epoch {self.comparison.race.epoch}")

    def train_to_the_end(self) -> None:
        self.comparison.set_speed(float("inf"))
        self.draw_until(lambda: bool(self.last["conclusion"]))

    def sweep_to_the_end(self) -> None:
        self.comparison.start_sweep()
        self.draw()
        end = time.monotonic() + PATIENCE
        while self.last["sweep"]["state"] in ("none", "waiting", "running"):
            assert time.monotonic() < end
            self.draw()
            time.sleep(0.005)

    def obey(self, text: str) -> None:
        obey(self.comparison, VERBS, text)
        self.draw()


@pytest.fixture
def view(clock: Clock) -> Callable[..., Viewer]:
    """Makes a comparison and its viewer."""

    def make(text: str = FOUR, base: RunConfig = SMALL, own: object = None) -> Viewer:
        return Viewer(Comparison(base, own, text), clock)

    return make


def every_run(viewer: Viewer) -> list[Run]:
    return [run for row in viewer.comparison.race.runs for run in row]


# ------------------------------------------------------------------------ one clock


def test_it_begins_with_activation_functions_and_plays(clock: Clock):
    viewer = Viewer(Comparison(SMALL), clock)
    viewer.draw_until(lambda: viewer.last["epoch"] >= 3)
    side = viewer.comparison.choices.side
    assert side.knob == "activation"
    assert len(side.values) == 6
    assert viewer.last["playing"]


def test_in_every_frame_all_runs_are_at_the_same_epoch(view):
    # Other depths have other shapes: each trains in a stack of its own.
    viewer = view("depth:0,1,2,3;seeds:2;epochs:40")
    seen = []
    viewer.comparison.attach(
        lambda frame: seen.append(
            (take_apart(frame).header["epoch"], {run.epoch for run in every_run(viewer)})
        )
    )
    viewer.comparison.set_speed(float("inf"))
    viewer.draw_until(lambda: viewer.comparison.race.epoch == 40)
    viewer.draw()
    with_pictures = [(epoch, runs) for epoch, runs in seen if epoch]
    assert with_pictures
    assert all(runs == {epoch} for epoch, runs in with_pictures)


@pytest.mark.parametrize(
    "text",
    [
        FOUR,
        "optimizer:sgd,adam,rmsprop;seeds:2;epochs:20",
        "batch_size:1,7,30;seeds:2;epochs:20",
        "features:x1.x2,x1^2.x2^2;seeds:2;epochs:20",
        "width:1,4,8;seeds:2;epochs:20",
    ],
)
def test_each_run_comes_out_as_if_it_had_been_trained_alone(view, text):
    viewer = view(text)
    viewer.train_to_the_end()
    for value, config in enumerate(viewer.comparison.race.configs):
        for seed in range(2):
            alone = Run(with_seed(config, seed))
            alone.advance(20)
            beside = viewer.comparison.race.runs[value][seed]
            np.testing.assert_allclose(
                beside.network.parameters, alone.network.parameters, atol=1e-6, rtol=1e-5
            )


def test_stacks_cut_for_time_change_no_numbers(view, monkeypatch: pytest.MonkeyPatch):
    viewer = view()
    viewer.train_to_the_end()
    monkeypatch.setattr(lockstep, "STACK_SECONDS", 0.0)  # everyone alone
    alone = view()
    alone.train_to_the_end()
    for a, b in zip(every_run(viewer), every_run(alone), strict=True):
        np.testing.assert_allclose(a.network.parameters, b.network.parameters, atol=1e-5)


def test_for_each_seed_data_and_first_weights_are_the_same_to_the_bit(view):
    viewer = view()
    viewer.comparison.reset()
    viewer.draw()
    viewer.draw_until(lambda: viewer.comparison.race.built)
    first, *others = viewer.comparison.race.runs
    for runs in others:
        for a, b in zip(first, runs, strict=True):
            assert np.array_equal(a.data.X_train, b.data.X_train)
            assert np.array_equal(a.network.parameters, b.network.parameters)
            assert np.array_equal(a.order(7), b.order(7))
    assert not np.array_equal(first[0].data.X_train, first[1].data.X_train)


def test_training_rests_at_the_chosen_epoch_and_play_goes_as_far_again(view):
    viewer = view()
    viewer.train_to_the_end()
    assert viewer.last["epoch"] == 20
    assert not viewer.last["playing"]
    viewer.comparison.play()
    viewer.draw()
    viewer.draw_until(lambda: not viewer.comparison.playing)
    assert viewer.comparison.race.epoch == 40


def test_the_speed_is_kept(view, clock):
    viewer = view("activation:relu,tanh;seeds:1;epochs:300")
    viewer.comparison.set_speed(10)
    viewer.draw_until(lambda: viewer.last["epoch"] >= 1)
    before, since = viewer.last["epoch"], clock.now
    for _ in range(100):
        viewer.draw()
    assert viewer.last["epoch"] - before == pytest.approx(10 * (clock.now - since), abs=2)


def test_pause_step_and_reset(view):
    viewer = view("activation:relu,tanh;seeds:1;epochs:300")
    viewer.draw_until(lambda: viewer.last["epoch"] >= 5)
    viewer.comparison.pause()
    viewer.draw()
    viewer.draw()
    at = viewer.comparison.race.epoch
    viewer.comparison.step()
    for _ in range(20):
        viewer.draw()
    assert viewer.comparison.race.epoch == at + 1
    viewer.comparison.reset()
    for _ in range(20):
        viewer.draw()
    assert viewer.last["epoch"] == 0
    assert {run.epoch for run in every_run(viewer)} == {0}
    assert not viewer.last["playing"]


def test_a_run_that_diverges_stays_and_the_others_go_on(view):
    viewer = view("learning_rate:0.01,10.0;seeds:2;epochs:20", WILD)
    viewer.train_to_the_end()
    calm, wild = viewer.comparison.race.runs
    assert [run.epoch for run in calm] == [20, 20]
    assert all(run.diverged is not None for run in wild)
    assert viewer.last["numbers"][1][3] == wild[0].diverged
    assert viewer.last["epoch"] == 20


def test_own_data_are_compared_too(view):
    rows = "".join(f"{i % 13},{i * i % 7},{'oak' if i % 13 > 6 else 'elm'}\n" for i in range(60))
    own = read_csv(f"height,width,kind\n{rows}".encode(), file_name="trees.csv")
    viewer = view(FOUR, RunConfig(dataset="own"), own)
    viewer.train_to_the_end()
    assert every_run(viewer)[0].data.points.input_names == ("height", "width")


def test_wishes_are_heard_while_many_runs_are_made(view):
    viewer = view("activation:relu,tanh,sigmoid,elu,linear,gelu;seeds:32;epochs:20")
    viewer.draw()
    assert viewer.last["built"][0] < viewer.last["built"][1]
    viewer.comparison.choose({"seeds": 1})
    viewer.draw()
    assert viewer.last["settings"]["seeds"] == 1


def test_a_client_that_draws_nothing_gets_no_training(view, clock):
    viewer = view("activation:relu,tanh;seeds:1;epochs:5000")
    viewer.draw_until(lambda: viewer.last["epoch"] >= 1)
    for _ in range(10):
        viewer.turn(STALLED)
    at = viewer.comparison.race.epoch
    for _ in range(10):
        viewer.turn()
    assert viewer.comparison.race.epoch == at


def test_at_rest_there_is_nothing_to_do(view, clock):
    viewer = view()
    viewer.train_to_the_end()
    viewer.draw()
    assert viewer.comparison.due(clock.now) is None


def test_runs_that_nobody_looks_at_are_dropped_and_trained_again(view, clock):
    viewer = view()
    viewer.train_to_the_end()
    before = [run.network.parameters.copy() for run in every_run(viewer)]
    viewer.comparison.detach(viewer.comparison._on_frame)
    viewer.turn()
    assert viewer.comparison.due(clock.now) == pytest.approx(KEEP, abs=0.1)
    viewer.turn(KEEP + 1)
    assert viewer.comparison.race.n_built == 0
    assert viewer.comparison.due(clock.now) is None
    viewer.comparison.attach(viewer.take)
    viewer.frames.clear()
    viewer.draw_until(lambda: bool(viewer.frames) and bool(viewer.last["conclusion"]))
    assert viewer.last["epoch"] == 20
    for run, parameters in zip(every_run(viewer), before, strict=True):
        np.testing.assert_allclose(run.network.parameters, parameters, atol=1e-5)


def test_a_comparison_at_rest_finds_its_epoch_again_however_often_it_rested(view, clock):
    viewer = view()
    viewer.train_to_the_end()
    comparison = viewer.comparison
    comparison.detach(comparison._on_frame)
    viewer.turn()
    for _ in range(2):
        with comparison.lock:
            comparison.rest()
        assert comparison.race.n_built == 0
        viewer.turn(KEEP + 1)
    comparison.attach(viewer.take)
    viewer.draw()  # on its way there again
    comparison.detach(comparison._on_frame)
    viewer.turn()
    with comparison.lock:
        comparison.rest()
    comparison.attach(viewer.take)
    viewer.frames.clear()
    viewer.draw_until(lambda: bool(viewer.frames) and viewer.last["epoch"] == 20)


def test_after_a_fault_the_comparison_stands_still_until_reset(view, clock):
    viewer = view("activation:relu,tanh;seeds:1;epochs:50")
    viewer.draw_until(lambda: viewer.last["epoch"] >= 1)
    viewer.comparison.give_up()
    viewer.draw()
    assert "Something went wrong" in viewer.last["problem"]
    assert viewer.comparison.due(clock.now) is None
    viewer.comparison.reset()
    viewer.comparison.play()
    viewer.draw_until(lambda: viewer.last["epoch"] >= 1)


# ------------------------------------------------------------------------ choosing


def test_a_change_begins_anew_and_plays(view):
    viewer = view()
    viewer.train_to_the_end()
    viewer.comparison.choose({"values": ["relu", "tanh"]})
    viewer.draw()
    assert viewer.last["epoch"] == 0
    assert viewer.last["playing"]
    assert viewer.comparison.choices.side.values == ("relu", "tanh")


def test_more_epochs_train_on(view):
    viewer = view()
    viewer.train_to_the_end()
    race = viewer.comparison.race
    viewer.comparison.choose({"epochs": 30})
    viewer.draw()
    viewer.draw_until(lambda: not viewer.comparison.playing)
    assert viewer.comparison.race is race
    assert race.epoch == 30


def test_a_look_at_the_grid_leaves_the_runs_where_they_are(view):
    viewer = view()
    viewer.train_to_the_end()
    viewer.comparison.play()
    viewer.draw()
    viewer.draw_until(lambda: not viewer.comparison.playing)
    race = viewer.comparison.race
    for mode in ("grid", "side"):
        viewer.comparison.choose({"mode": mode})
        viewer.draw()
    assert viewer.comparison.race is race
    assert race.epoch == 40


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"values": []}, ("activation", "no value")),
        ({"values": ["relu"] * 2}, ("relu", "twice")),
        ({"values": ["relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu"]}, ("7", "1 to 6")),
        ({"values": ["fancy"]}, ("activation", "fancy", "relu")),
        ({"values": 3}, ("values", "3", "0 to 20")),
        ({"knob": "colour"}, ("colour", "activation")),
        ({"seeds": 33}, ("seeds", "33", "1 to 32")),
        ({"seeds": True}, ("seeds", "True")),
        ({"knob": "batch_size", "values": ["0"]}, ("batch_size", "'0'", "1 to 2,000")),
        ({"epochs": 10_001}, ("epochs", "10001", "1 to 10,000")),
        ({"mode": "tower"}, ("mode", "tower", "side")),
        ({"what": 1}, ("what",)),
        ([1, 2], ("choose", "[1, 2]")),
    ],
)
def test_what_cannot_be_chosen_is_said_and_the_runs_stay(view, changes, words):
    viewer = view()
    viewer.train_to_the_end()
    before, race = viewer.comparison.choices, viewer.comparison.race
    viewer.obey(json.dumps({"choose": changes}))
    assert all(word in viewer.last["problem"] for word in words), viewer.last["problem"]
    assert (viewer.comparison.choices, viewer.comparison.race) == (before, race)


def test_more_memory_than_there_is_for_one_viewer_is_refused(view):
    large = RunConfig(n_samples=2_000, test_share=0.1, batch_size=1, hidden=((32, "tanh"),) * 6)
    viewer = view("activation:relu,tanh;seeds:2", large)
    assert viewer.last["problem"] == ""
    viewer.comparison.choose({"seeds": 32})
    viewer.draw()
    assert "allowed: 1 to" in viewer.last["problem"]
    assert viewer.comparison.choices.seeds == 2


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"dance": 1}',
    ],
)
def test_a_message_that_makes_no_sense_is_said_to_be_so(view, text):
    viewer = view()
    viewer.obey(text)
    assert "not understood" in viewer.last["problem"]


@pytest.mark.parametrize(
    "text",
    [
        '{"speed": 3}',
        '{"speed": "fast"}',
        '{"view": {"theme": "dark", "measure": "colour", "heat": "dead"}}',
        '{"view": 7}',
    ],
)
def test_what_a_verb_does_not_take_is_said(view, text):
    viewer = view()
    viewer.obey(text)
    assert "is not possible; allowed: " in viewer.last["problem"]


def test_the_next_good_choice_takes_the_complaint_away(view):
    viewer = view()
    viewer.comparison.choose({"seeds": 0})
    viewer.draw()
    assert viewer.last["problem"]
    viewer.comparison.choose({"seeds": 3})
    viewer.draw()
    assert viewer.last["problem"] == ""


# ------------------------------------------------------------------------ the base


def test_other_settings_on_the_playground_begin_the_comparison_anew(view):
    viewer = view()
    viewer.train_to_the_end()
    viewer.comparison.take_base(SMALL.replace(learning_rate=0.1), None)
    viewer.draw()
    assert viewer.last["problem"] == NEW_BASE
    assert {config.learning_rate for config in viewer.comparison.race.configs} == {0.1}


def test_a_base_that_differs_only_in_what_varies_changes_nothing(view):
    viewer = view()
    viewer.train_to_the_end()
    race = viewer.comparison.race
    viewer.comparison.take_base(viewer.comparison.opened([0])[0], None)
    viewer.draw()
    assert viewer.comparison.race is race
    assert viewer.last["problem"] == ""


def test_a_base_without_what_varied_is_compared_by_something_else(view):
    viewer = view()
    viewer.comparison.take_base(SMALL.replace(hidden=()), None)
    viewer.draw()
    assert "no hidden layer" in viewer.last["problem"]
    assert viewer.comparison.choices.side.knob == "learning_rate"


def test_a_chosen_value_opens_as_its_config_and_epoch(view):
    viewer = view()
    viewer.train_to_the_end()
    config, epoch = viewer.comparison.opened([2])
    assert config == SMALL.replace(hidden=((4, "sigmoid"), (2, "sigmoid")))
    assert epoch == 20


@pytest.mark.parametrize("place", [[9], [], [0, 0], ["a"], None, 3])
def test_a_place_that_is_not_there_opens_nothing(view, place):
    viewer = view()
    with pytest.raises(ValueError, match="no such run"):
        viewer.comparison.opened(place)


# ------------------------------------------------------------------------ links


@pytest.mark.parametrize(
    "text",
    [
        FOUR,
        GRID,
        "loss:sigmoid.nll,tanh.squared;seeds:1;epochs:300",
        "features:x1.x2,x1^2.x2^2,x1.x2.sin(x1).sin(x2);seeds:2;epochs:7",
        "learning_rate:1e-05,10.0;seeds:32;epochs:10000",
        "activation:relu,tanh;width:1,2,3;seeds:8;epochs:1",
    ],
)
def test_a_comparison_survives_its_link(text):
    choices, problems = Chooser(SMALL, None).read(text)
    assert choices.write() == text
    assert problems == []


def test_the_first_comparison_has_no_text():
    assert Comparison(SMALL).text() == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("activation:fancy", ("fancy", "relu")),
        ("seeds:8", ("one or two knobs",)),
        ("width:1;width:2", ("width", "twice")),
        ("width:1,2,3,4,5,6,7", ("1 to 6",)),
        ("%%%", ("%%%",)),
        ("a" * 5_000, ("5000",)),
    ],
)
def test_a_bad_link_is_explained_and_the_default_shown(text, words):
    comparison = Comparison(SMALL, text=text)
    assert all(word in comparison.problem for word in words), comparison.problem
    assert "default" in comparison.problem
    assert comparison.choices == Chooser(SMALL, None).default()


@pytest.mark.parametrize(
    ("knobs", "bad", "words"),
    [
        ("activation:relu", "seeds:many", ("seeds", "many")),
        ("activation:relu", "seeds:８", ("seeds", "８")),
        ("activation:relu", "seeds:999", ("999", str(MAX_SEEDS))),
        ("activation:relu;width:1", "seeds:9", ("9", str(MAX_GRID_SEEDS))),
    ],
)
def test_a_bad_count_in_a_link_is_explained_and_all_else_holds(knobs, bad, words):
    comparison = Comparison(SMALL, text=f"{knobs};{bad};epochs:7")
    assert all(word in comparison.problem for word in words), comparison.problem
    kept, _ = Chooser(SMALL, None).read(f"{knobs};epochs:7")
    assert comparison.choices == kept
    assert comparison.choices.write().startswith(f"{knobs};seeds:")


def test_a_link_to_losses_that_do_not_fit_the_data_is_explained():
    comparison = Comparison(RunConfig(dataset="sine"), text="loss:sigmoid.nll")
    assert "two classes" in comparison.problem
    assert comparison.choices.side.knob == "activation"


# ------------------------------------------------------------------------ what is concluded


def test_the_conclusion_is_that_of_the_test_on_these_losses(view):
    viewer = view("activation:relu,tanh,sigmoid;seeds:7;epochs:30")
    viewer.train_to_the_end()
    runs = viewer.comparison.race.runs
    losses = np.array([[run.history.test_loss[-1] for run in row] for row in runs])
    solved = [[solved_at(run) for run in row] for row in runs]
    assert viewer.last["conclusion"] == conclusion(["ReLU", "tanh", "sigmoid"], losses, solved)


def test_losses_in_other_units_are_compared_by_their_scores(view):
    viewer = view("loss:sigmoid.nll,sigmoid.squared;seeds:7;epochs:30")
    viewer.train_to_the_end()
    runs = viewer.comparison.race.runs
    errors = np.array([[1 - run.history.test_score[-1] for run in row] for row in runs])
    solved = [[solved_at(run) for run in row] for row in runs]
    labels = ["sigmoid + NLL", "sigmoid + squared loss"]
    expected = conclusion(labels, errors, solved, what="final test error")
    assert viewer.last["conclusion"] == expected
    assert "test error" in " ".join(expected)


def test_nothing_is_concluded_while_training(view):
    viewer = view()
    viewer.train_to_the_end()
    viewer.comparison.set_speed(1)
    viewer.comparison.play()
    viewer.draw()
    assert viewer.last["conclusion"] == []


def test_the_csv_has_every_number_of_every_run(view):
    viewer = view()
    viewer.train_to_the_end()
    viewer.comparison.export()
    viewer.draw_until(lambda: "csv" in viewer.frames[-1].kinds)
    rows = list(csv.DictReader(io.StringIO(viewer.frames[-1].one("csv").decode())))
    runs = every_run(viewer)
    assert len(rows) == len(runs) == 8
    names = [field.name for field in fields(Outcome) if field.name != "curve"]
    for row, run in zip(rows, runs, strict=True):
        found = outcome(run)
        for name in names:
            number = getattr(found, name)
            assert row[name] == ("" if number is None else str(number))
    assert [row["activation"] for row in rows] == ["relu", "relu", "tanh", "tanh"] + [
        "sigmoid",
        "sigmoid",
        "elu",
        "elu",
    ]
    assert [row["seed"] for row in rows] == ["0", "1"] * 4


def test_the_csv_is_sent_once(view):
    viewer = view()
    viewer.train_to_the_end()
    viewer.comparison.export()
    for _ in range(20):
        viewer.draw()
    assert sum("csv" in frame.kinds for frame in viewer.frames) == 1


# ------------------------------------------------------------------------ the grid


def cells(viewer: Viewer) -> dict:
    return next(f.json("cells") for f in reversed(viewer.frames) if "cells" in f.kinds)


def test_a_sweep_fills_the_grid_with_the_medians_of_its_runs(view):
    viewer = view(GRID)
    viewer.sweep_to_the_end()
    map_ = cells(viewer)
    assert viewer.last["sweep"] == {"state": "done", "landed": 12, "total": 12, "problem": ""}
    expected = []
    for rate in (0.01, 0.1):
        for l2 in (0.0, 0.01, 0.1):
            losses = []
            for seed in range(2):
                run = Run(SMALL.replace(learning_rate=rate, l2=l2, seed=seed))
                run.advance(5)
                losses.append(run.history.test_loss[-1])
            expected.append(band(np.array(losses)).median)
    np.testing.assert_allclose(map_["values"], expected, rtol=1e-4)
    assert map_["counts"] == [2] * 6


def test_a_cancelled_sweep_keeps_its_results(view, monkeypatch: pytest.MonkeyPatch):
    first_landed, go_on = threading.Event(), threading.Event()

    def slow(configs, epochs, *, done, cancelled, **_):
        run = Run(configs[0])
        run.advance(epochs)
        done([(0, outcome(run))])
        first_landed.set()
        go_on.wait(PATIENCE)
        assert cancelled()

    monkeypatch.setattr(comparison_sweep, "sweep", slow)
    viewer = view(GRID)
    viewer.comparison.start_sweep()
    viewer.draw()
    assert first_landed.wait(PATIENCE)
    viewer.comparison.cancel_sweep()
    viewer.draw()
    go_on.set()
    end = time.monotonic() + PATIENCE
    while viewer.last["sweep"]["state"] != "cancelled":
        assert time.monotonic() < end
        viewer.draw()
    assert viewer.last["sweep"]["landed"] == 1
    assert cells(viewer)["counts"] == [1, 0, 0, 0, 0, 0]
    assert cells(viewer)["values"][1:] == [None] * 5


def test_a_third_sweep_waits_for_its_turn(view, monkeypatch: pytest.MonkeyPatch):
    busy = threading.Semaphore(0)  # both places are taken
    monkeypatch.setattr(comparison_sweep, "_SLOTS", busy)
    viewer = view(GRID)
    viewer.comparison.start_sweep()
    viewer.draw()
    assert viewer.last["sweep"]["state"] == "waiting"
    busy.release()
    end = time.monotonic() + PATIENCE
    while viewer.last["sweep"]["state"] != "done":
        assert time.monotonic() < end
        viewer.draw()


def test_a_sweep_that_fails_says_why(view, monkeypatch: pytest.MonkeyPatch):
    def fails(*_, **__):
        raise ValueError("noise: 9 is not possible.")

    monkeypatch.setattr(comparison_sweep, "sweep", fails)
    viewer = view(GRID)
    viewer.sweep_to_the_end()
    assert viewer.last["sweep"]["state"] == "failed"
    assert viewer.last["sweep"]["problem"] == "noise: 9 is not possible."


def test_the_schedulers_address_comes_from_the_environment(view, monkeypatch: pytest.MonkeyPatch):
    seen = []
    monkeypatch.setattr(
        comparison_sweep, "sweep", lambda *_, scheduler, **__: seen.append(scheduler)
    )
    monkeypatch.delenv(comparison_sweep.SCHEDULER, raising=False)
    view(GRID).sweep_to_the_end()
    monkeypatch.setenv(comparison_sweep.SCHEDULER, "tcp://cluster:8786")
    view(GRID).sweep_to_the_end()
    assert seen == [None, "tcp://cluster:8786"]


def test_another_grid_drops_the_sweep(view):
    viewer = view(GRID)
    viewer.sweep_to_the_end()
    viewer.comparison.choose({"row_values": ["0.01", "0.2"]})
    viewer.draw()
    assert viewer.last["sweep"]["state"] == "none"
    assert cells(viewer)["values"] == [None] * 6


def test_a_cell_opens_as_its_config_and_the_sweeps_epochs(view):
    viewer = view(GRID)
    config, epoch = viewer.comparison.opened([1, 2])
    assert config == SMALL.replace(learning_rate=0.1, l2=0.1)
    assert epoch == 5


def test_the_grids_csv_has_a_line_for_each_run(view):
    viewer = view(GRID)
    viewer.sweep_to_the_end()
    viewer.comparison.export()
    viewer.draw_until(lambda: "csv" in viewer.frames[-1].kinds)
    rows = list(csv.DictReader(io.StringIO(viewer.frames[-1].one("csv").decode())))
    assert len(rows) == 12
    assert [(row["learning_rate"], row["l2"], row["seed"]) for row in rows][:3] == [
        ("0.01", "0.0", "0"),
        ("0.01", "0.0", "1"),
        ("0.01", "0.01", "0"),
    ]


class SlowSweep:
    """In the place of `sweep`: hands a run over, then works until nobody wants it any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.ended = threading.Semaphore(0), threading.Semaphore(0)
        self.known: list[set[int]] = []  # at each beginning
        monkeypatch.setattr(comparison_sweep, "sweep", self)

    def __call__(self, configs, epochs, *, done, cancelled, known, **_):
        self.known.append(set(known))
        run = Run(configs[len(self.known) - 1])
        run.advance(epochs)
        done([(len(self.known) - 1, outcome(run))])
        self.begun.release()
        while not cancelled():
            time.sleep(0.005)
        self.ended.release()

    def leave(self, viewer: Viewer, seconds: float) -> None:
        """Once it has begun, its viewer's socket closes, and so much time passes."""
        assert self.begun.acquire(timeout=PATIENCE)
        viewer.comparison.detach(viewer.comparison._on_frame)
        viewer.turn()
        viewer.turn(seconds)


def until_state(viewer: Viewer, state: str) -> None:
    end = time.monotonic() + PATIENCE
    while viewer.comparison.sweep.state != state:
        assert time.monotonic() < end
        viewer.turn(0.0)
        time.sleep(0.005)


def test_a_sweep_that_nobody_looks_at_rests(view, monkeypatch: pytest.MonkeyPatch):
    slow, viewer = SlowSweep(monkeypatch), view(GRID)
    viewer.comparison.start_sweep()
    viewer.draw()
    slow.leave(viewer, LEFT + 0.1)
    assert slow.ended.acquire(timeout=PATIENCE)
    until_state(viewer, "resting")


def test_the_trainer_comes_back_when_a_sweep_is_to_rest(view, clock, monkeypatch):
    slow, viewer = SlowSweep(monkeypatch), view(GRID)
    viewer.comparison.start_sweep()
    viewer.draw()
    slow.leave(viewer, 0.0)
    until_state(viewer, "running")
    assert viewer.comparison.due(clock.now) == pytest.approx(LEFT, abs=0.5)
    viewer.comparison.sweep.cancel()


def test_a_page_that_is_loaded_anew_does_not_stop_its_sweep(view, monkeypatch: pytest.MonkeyPatch):
    slow, viewer = SlowSweep(monkeypatch), view(GRID)
    viewer.comparison.start_sweep()
    viewer.draw()
    slow.leave(viewer, LEFT - 1)
    assert not slow.ended.acquire(timeout=0.1)
    viewer.comparison.sweep.cancel()


def test_a_sweep_goes_on_where_it_was_when_somebody_looks_again(view, monkeypatch):
    slow, viewer = SlowSweep(monkeypatch), view(GRID)
    viewer.comparison.start_sweep()
    viewer.draw()
    slow.leave(viewer, KEEP + 1)
    until_state(viewer, "resting")
    viewer.comparison.attach(viewer.take)
    viewer.turn()
    assert slow.begun.acquire(timeout=PATIENCE)
    assert slow.known == [set(), {0}]
    until_state(viewer, "running")
    viewer.draw()
    assert viewer.last["sweep"]["landed"] == 2
    viewer.comparison.sweep.cancel()
    until_state(viewer, "cancelled")


# ------------------------------------------------------------------------ lockstep


def test_a_lockstep_is_whole_only_when_all_are_at_one_epoch():
    race = Lockstep([SMALL, SMALL.replace(hidden=((8, "relu"),))], 2, None)
    for _ in range(LIMIT):
        race.work(0.0005, 10)
        if race.whole:
            assert {run.epoch for row in race.runs for run in row} == {race.epoch}
            if race.epoch == 10:
                return
    raise AssertionError(f"epoch {race.epoch}")
