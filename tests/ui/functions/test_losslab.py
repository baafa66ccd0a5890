"""The loss laboratory: gradients that are derivatives, and two networks that differ in the loss."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from nnlib.run import Run
from pages.ui.functions import loss_race as duel_module
from pages.ui.functions import losslab
from pages.ui.functions.loss_race import CONFIG, Duel, output_gradient
from pages.ui.functions.losslab import (
    FLAT,
    REACH,
    Lab,
    Laboratory,
    at_logit,
    flat_stretch,
    over_logit,
)
from pages.ui.functions.losslab_figures import DRAWN, curves, progress
from pages.ui.shell import link_text
from tests.ui.clock import Clock, drive
from tests.ui.taken_apart import Frame, picture, take_apart

Z = np.linspace(-7.9, 7.9, 80)  # no kink of the hinge among them


# ------------------------------------------------------------------------ over the logit


@pytest.mark.parametrize("y", [0, 1])
def test_the_losses_are_their_formulas(y: int):
    g, t = expit(Z), 2 * y - 1
    expected = {
        "nll": -np.log(g if y else expit(-Z)),
        "squared": (g - y) ** 2,
        "hinge": np.maximum(0, 1 - t * Z),
    }
    found, _ = over_logit(Z, y)
    np.testing.assert_allclose(found, [expected[name] for name in DRAWN], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("y", [0, 1])
def test_the_gradients_are_the_derivatives_of_the_losses(y: int):
    step = 1e-5
    (after, _), (before, _) = over_logit(Z + step, y), over_logit(Z - step, y)
    _, gradients = over_logit(Z, y)
    np.testing.assert_allclose(gradients, (after - before) / (2 * step), atol=1e-8)


def test_a_confident_mistake_moves_the_nll_and_not_the_squared_loss():
    now = at_logit(Lab(y=1, z=-6.0))
    gradient = dict(zip(DRAWN, now["gradients"], strict=True))
    assert round(gradient["nll"], 3) == -0.998
    assert round(gradient["squared"], 3) == -0.005
    assert "the NLL's gradient is −0.998, the squared loss's −0.005" in now["words"]
    assert "confident mistake" in now["words"]


@pytest.mark.parametrize(
    ("y", "z", "judged"),
    [(0, -3.0, "right side"), (1, 0.0, "right side"), (0, 0.0, "both ask"), (0, 6.0, "confident")],
)
def test_the_words_judge_the_answer(y: int, z: float, judged: str):
    assert judged in at_logit(Lab(y=y, z=z))["words"]


@pytest.mark.parametrize("y", [0, 1])
def test_the_flat_stretch_is_wrong_and_flat_and_goes_as_far_as_that(y: int):
    low, high = flat_stretch(y)
    inside = np.linspace(low, high, 50)
    squared = DRAWN.index("squared")
    assert (np.abs(over_logit(inside, y)[1][squared]) < FLAT).all()
    assert ((inside >= 0) != (y == 1)).all()
    inner = high + 0.01 if y else low - 0.01
    assert abs(over_logit(np.array([inner]), y)[1][squared, 0]) > FLAT
    assert (low if y else high) == (-REACH if y else REACH)


# ------------------------------------------------------------------------ two networks


def test_both_begin_with_the_same_weights_data_and_batches():
    nll, squared = Duel(6.0).runs.values()
    np.testing.assert_array_equal(nll.network.parameters, squared.network.parameters)
    np.testing.assert_array_equal(nll.data.X_train, squared.data.X_train)
    np.testing.assert_array_equal(nll.data.y_train, squared.data.y_train)
    # With the same loss they would stay the same: data, batches and all else are.
    nll.change(loss="squared")
    nll.advance(5)
    squared.advance(5)
    np.testing.assert_array_equal(nll.network.parameters, squared.network.parameters)


@pytest.mark.parametrize("sure", [1.0, 6.0, 10.0])
def test_both_begin_wrong_about_every_point_and_as_sure_as_asked(sure: float):
    for run in Duel(sure).runs.values():
        assert run.measure()[3] == 0.0
        logits = run.network.forward(run.data.X_train).Z[-1]
        assert np.abs(logits).mean() == pytest.approx(sure, rel=1e-5)


def test_the_start_is_what_the_opposite_labels_would_have_taught():
    taught = Run(CONFIG)
    taught.advance(duel_module.LESSONS)
    wrong = Duel(3.0).runs["nll"].network
    right = taught.network
    np.testing.assert_array_equal(wrong.weights[0], right.weights[0])
    ratio = wrong.weights[1] / right.weights[1]
    assert (ratio < 0).all()
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-5)


def test_the_nll_leaves_at_once_and_the_squared_loss_stays():
    duel = Duel(6.0)
    for _ in range(30):
        duel.advance()
    nll, squared = duel.runs.values()
    assert nll.measure()[3] == 1.0
    assert squared.measure()[3] == 0.0


def test_from_a_mild_mistake_both_recover():
    duel = Duel(1.0)
    for _ in range(60):
        duel.advance()
    assert [run.measure()[3] for run in duel.runs.values()] == [1.0, 1.0]


@pytest.mark.parametrize("loss", ["nll", "squared"])
def test_the_gradient_at_the_output_is_that_of_the_last_biases(loss: str):
    run = Duel(2.0).runs[loss]
    _, gradient = run.network.loss_and_gradient(run.data.X_train, run.data.y_train, loss)
    assert output_gradient(run).mean() == pytest.approx(gradient[-1], rel=1e-4)


def test_the_history_has_every_epoch_and_both_ends_when_thinned():
    duel = Duel(6.0)
    for _ in range(20):
        duel.advance()
    assert duel.history(100)[0].tolist() == list(range(21))
    epochs, share_nll, share_squared, gradient_nll, gradient_squared = duel.history(5)
    assert epochs[[0, -1]].tolist() == [0, 20]
    assert (share_nll[0], share_squared[0]) == (0, 0)
    nll, squared = duel.runs.values()
    assert share_nll[-1] == nll.measure()[3]
    assert gradient_squared[-1] == pytest.approx(np.abs(output_gradient(squared)).mean())
    assert gradient_nll[0] > 100 * gradient_squared[0]


# ------------------------------------------------------------------------ turns and frames


class Viewer:
    """A client that draws when the test says so."""

    def __init__(self, laboratory: Laboratory, clock: Clock) -> None:
        self.laboratory, self.clock = laboratory, clock
        self.frames: list[Frame] = []
        laboratory.attach(lambda frame: self.frames.append(take_apart(frame)))
        self.turn(0)

    @property
    def last(self) -> Frame:
        return self.frames[-1]

    def turn(self, seconds: float) -> None:
        """The clock moves, and the laboratory gets turns while something is due."""
        self.clock.now += seconds
        for _ in range(100):
            if self.laboratory.due(self.clock.now) != 0:
                return
            self.laboratory.turn(1.0)
        raise AssertionError("it does not come to rest")

    def draw(self, seconds: float = 0.0) -> None:
        self.laboratory.drawn()
        self.turn(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    drive(monkeypatch, clock, losslab)
    return clock


@pytest.fixture
def viewer(clock: Clock) -> Viewer:
    return Viewer(Laboratory(Lab()), clock)


def test_the_first_frame_has_everything(viewer: Viewer):
    kinds = {"scene", "curves", "now", "nll", "squared", "measured", "history"}
    assert set(viewer.last.kinds) == kinds
    assert viewer.last.header["epoch"] == 0
    assert viewer.last.header["playing"] is False


def test_a_moved_z_is_answered_by_its_numbers_alone(viewer: Viewer):
    viewer.laboratory.set({"z": 2.0})
    viewer.draw()
    assert viewer.last.kinds == ["now"]
    assert viewer.last.json("now")["g"] == pytest.approx(expit(2.0))


def test_the_other_class_has_other_curves(viewer: Viewer):
    viewer.laboratory.set({"y": 0})
    viewer.draw()
    assert viewer.last.kinds == ["curves", "now"]
    values = viewer.last.numbers("curves").reshape(7, -1)
    np.testing.assert_allclose(values[1], np.logaddexp(0, values[0].astype(float)), rtol=1e-3)


def test_play_trains_as_many_epochs_as_the_speed_says(viewer: Viewer):
    viewer.laboratory.set({"speed": 20})
    viewer.laboratory.play()
    viewer.draw()
    for _ in range(10):
        viewer.draw(0.06)
    assert viewer.laboratory.duel.epoch == pytest.approx(12, abs=1)
    viewer.laboratory.pause()
    viewer.draw()
    epoch = viewer.laboratory.duel.epoch
    viewer.draw(1.0)
    assert viewer.laboratory.duel.epoch == epoch == viewer.last.header["epoch"]


def test_both_networks_are_at_one_epoch_in_every_frame(viewer: Viewer):
    viewer.laboratory.set({"speed": 60})
    viewer.laboratory.play()
    for _ in range(10):
        viewer.draw(0.05)
        assert {run.epoch for run in viewer.laboratory.duel.runs.values()} == {
            viewer.last.header["epoch"]
        }


def test_nothing_is_trained_while_the_last_frame_is_not_drawn(viewer: Viewer):
    viewer.laboratory.play()
    viewer.draw(0.1)
    epoch = viewer.laboratory.duel.epoch
    viewer.turn(5.0)
    viewer.turn(5.0)
    assert viewer.laboratory.duel.epoch <= epoch + 1


def test_training_does_not_go_on_where_nobody_looks(clock: Clock):
    laboratory = Laboratory(Lab())
    laboratory.play()
    laboratory.turn(0.01)
    clock.now += 10
    assert laboratory.due(clock.now) is None
    assert laboratory.duel.epoch == 0


def test_a_step_is_one_epoch_and_reset_goes_back_to_the_bit(viewer: Viewer):
    start = viewer.laboratory.duel.runs["nll"].network.parameters.copy()
    viewer.laboratory.step()
    viewer.draw()
    assert viewer.last.header["epoch"] == 1
    viewer.laboratory.reset()
    viewer.draw()
    assert viewer.last.header["epoch"] == 0
    now = viewer.laboratory.duel.runs["nll"].network.parameters
    np.testing.assert_array_equal(now, start)


def test_another_start_begins_anew_and_goes_on_playing(viewer: Viewer):
    viewer.laboratory.play()
    for _ in range(5):
        viewer.draw(0.1)
    viewer.laboratory.set({"sure": 2.0})
    viewer.draw()
    assert viewer.last.header["epoch"] == 0
    assert viewer.last.header["playing"] is True
    assert {"nll", "squared", "measured"} <= set(viewer.last.kinds)


def test_play_ends_at_the_last_epoch(viewer: Viewer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(duel_module, "LAST_EPOCH", 3)
    viewer.laboratory.play()
    for _ in range(10):
        viewer.draw(0.1)
    assert viewer.last.header["epoch"] == 3
    assert (viewer.last.header["playing"], viewer.last.header["over"]) == (False, True)
    viewer.laboratory.step()
    viewer.draw()
    assert viewer.laboratory.duel.epoch == 3


def test_the_history_comes_a_few_times_a_second_and_is_whole_at_rest(viewer: Viewer):
    viewer.laboratory.set({"speed": 60})
    viewer.laboratory.play()
    for _ in range(30):
        viewer.draw(0.05)
    histories = sum("history" in frame.kinds for frame in viewer.frames)
    assert 5 <= histories <= 8
    viewer.laboratory.pause()
    viewer.draw()
    drawn = [frame for frame in viewer.frames if "history" in frame.kinds][-1]
    assert drawn.numbers("history").reshape(5, -1)[0, -1] == viewer.last.header["epoch"]


def test_the_pictures_begin_alike_and_turn_round_with_the_nll_only(viewer: Viewer):
    first = viewer.last
    assert first.one("nll") == first.one("squared")
    for _ in range(30):
        viewer.laboratory.step()
        viewer.draw()
    nll, squared, before = (
        np.asarray(picture(frame.one(name)).convert("RGB"), int)
        for frame, name in ((viewer.last, "nll"), (viewer.last, "squared"), (first, "nll"))
    )
    assert np.abs(squared - before).mean() * 5 < np.abs(nll - before).mean()


def test_the_theme_brings_everything_anew(viewer: Viewer):
    viewer.laboratory.set({"theme": "dark"})
    viewer.draw()
    assert {"scene", "curves", "nll", "squared", "history"} <= set(viewer.last.kinds)


def test_a_new_client_gets_everything(viewer: Viewer):
    again = Viewer(viewer.laboratory, viewer.clock)
    assert set(again.last.kinds) == set(viewer.frames[0].kinds)


def test_after_a_fault_it_rests_and_can_go_on(viewer: Viewer):
    viewer.laboratory.play()
    viewer.draw(0.1)
    viewer.laboratory.give_up()
    viewer.draw(0.1)
    assert viewer.last.header["playing"] is False
    assert "Something went wrong" in viewer.last.header["problem"]
    viewer.laboratory.set({"z": 1.0})
    viewer.draw()
    assert viewer.last.header["problem"] == ""


# ------------------------------------------------------------------------ figures and link


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_axis_has_a_title_and_every_loss_a_dash_of_its_own(theme: str):
    for figure in (curves(REACH, theme), progress(theme)):
        axes = [*figure.select_xaxes(), *figure.select_yaxes()]
        assert all(axis.title.text for axis in axes)
        looks = {(line.line.color, line.line.dash) for line in figure.data}
        assert len(looks) == len({line.name for line in figure.data})


def test_the_curves_fit_into_their_axes():
    for y in (0, 1):
        values, gradients = over_logit(losslab.CURVE, y)
        layout = curves(REACH, "light").layout
        assert layout.yaxis.range[0] < values.min() and values.max() < layout.yaxis.range[1]
        assert layout.yaxis2.range[0] < gradients.min()
        assert gradients.max() < layout.yaxis2.range[1]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (Lab(), ""),
        (Lab(y=0, z=2.5, theme="dark"), "y:0;z:2.5"),
        (Lab(sure=3, speed=60), "sure:3;speed:60"),
    ],
)
def test_the_link_says_what_differs(settings: Lab, text: str):
    assert link_text.write(settings, Lab()) == text
    again, problems = link_text.read(text, Lab())
    assert problems == []
    assert again.replace({"theme": settings.theme}) == settings


@pytest.mark.parametrize(
    "text", ["y:2", "y:one", "z:-8.5", "z:inf", "sure:0", "speed:61", "epoch:4"]
)
def test_a_bad_link_names_its_setting_and_gives_the_default(text: str):
    settings, (problem,) = link_text.read(text, Lab())
    assert settings == Lab()
    assert text.split(":")[0] in problem
