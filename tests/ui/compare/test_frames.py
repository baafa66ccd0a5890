"""What a comparison's frames hold: pictures, numbers, curves, the table and the grid's cells."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from nnlib.comparing.sweep import Outcome, outcome
from nnlib.config import RunConfig
from nnlib.geometry import Grid
from nnlib.run import Run
from pages.ui.compare import figures as charts
from pages.ui.compare import results
from pages.ui.compare.choices import Chooser
from pages.ui.compare.comparison import Comparison
from pages.ui.compare.described import fairness, held_equal
from pages.ui.compare.frames import (
    Sent,
    View,
    build,
    cell_value,
    heatmap,
)
from pages.ui.drawing import palette
from pages.ui.drawing.fields import LINE_RESOLUTION, PLAYING_RESOLUTION, output_picture
from tests.ui.taken_apart import Frame, colours, picture, take_apart

SMALL = RunConfig(n_samples=60)
TEXT = "activation:relu,tanh,sigmoid;seeds:4;epochs:12"
WILD = RunConfig(n_samples=60, output="linear", loss="squared")
GRID = "learning_rate:0.01,0.1;l2:0.0,0.01,0.1;seeds:2;epochs:5"


def trained(text: str = TEXT, base: RunConfig = SMALL) -> Comparison:
    """A comparison whose runs are at the epoch where they rest."""
    comparison = Comparison(base, text=text)
    while not comparison.race.whole or comparison.race.epoch < comparison.goal:
        comparison.race.work(0.1, comparison.goal)
    comparison.playing = False
    return comparison


def frame(comparison: Comparison, sent: Sent | None = None) -> Frame:
    found = take_apart(bytes(build(comparison, sent or Sent(), None)))
    assert found.rest == b""
    return found


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return trained()


# ------------------------------------------------------------------------ side by side


def test_the_pictures_are_the_first_seeds_output_fields(comparison):
    layers = frame(comparison).all("picture")
    assert len(layers) == 3
    for layer, (run, *_) in zip(layers, comparison.race.runs, strict=True):
        grid = Grid(run.network, run.data.points, run.data.features, PLAYING_RESOLUTION)
        grid.run()
        assert np.array_equal(colours(layer), colours(output_picture(run, grid.output, "light")))
        assert picture(layer).size == (PLAYING_RESOLUTION, PLAYING_RESOLUTION)


def test_on_the_line_the_pictures_are_curves():
    comparison = trained(TEXT, RunConfig(n_samples=60, dataset="sine"))
    layers = frame(comparison).all("line")
    for layer, (run, *_) in zip(layers, comparison.race.runs, strict=True):
        grid = Grid(run.network, run.data.points, run.data.features, LINE_RESOLUTION)
        grid.run()
        np.testing.assert_allclose(np.frombuffer(layer, np.float32), grid.output[:, 0].ravel())


def test_the_numbers_are_those_of_the_networks_as_they_are(comparison):
    for shown, (run, *_) in zip(
        frame(comparison).header["numbers"], comparison.race.runs, strict=True
    ):
        train_loss, test_loss, _, _, test_score = run.measure()
        assert shown == [train_loss, test_loss, test_score, None]


def test_the_bands_are_quartiles_over_the_seeds(comparison):
    found = frame(comparison).numbers("bands")
    losses = np.array(
        [[run.history.test_loss for run in row] for row in comparison.race.runs]
    )  # (values, seeds, epochs)
    assert np.array_equal(found[:13], np.arange(13))
    median, low, high = np.quantile(losses, [0.5, 0.25, 0.75], axis=1)
    expected = np.stack([median, low, high], axis=1)
    np.testing.assert_allclose(found[13:].reshape(3, 3, 13), expected, rtol=1e-6)


def test_every_seed_has_its_line_and_its_last_value(comparison):
    found = frame(comparison)
    losses = np.array([[run.history.test_loss for run in row] for row in comparison.race.runs])
    np.testing.assert_allclose(found.numbers("seeds"), losses.ravel(), rtol=1e-6)
    np.testing.assert_allclose(found.numbers("finals"), losses[:, :, -1].ravel(), rtol=1e-6)


@pytest.mark.parametrize("measure", results.MEASURES)
def test_curves_show_the_chosen_measure(comparison, measure):
    _, found = results.curves(comparison.race, measure)
    run = comparison.race.runs[1][2]
    assert np.array_equal(found[1, 2], getattr(run.history, measure))


def test_a_long_history_is_thinned_with_both_ends():
    comparison = trained("activation:relu,tanh;seeds:1;epochs:500")
    epochs, values = results.curves(comparison.race, "test_loss")
    assert len(epochs) <= results.CURVE_POINTS
    assert (epochs[0], epochs[-1]) == (0, 500)
    history = comparison.race.runs[0][0].history
    assert np.array_equal(values[0, 0], history.test_loss[epochs])


def test_a_diverged_run_counts_as_the_worst_and_is_not_drawn():
    comparison = trained("learning_rate:0.01,10.0;seeds:3;epochs:12", WILD)
    found = frame(comparison)
    _, wild = found.header["rows"]
    assert wild["diverged"] == 3
    assert wild["loss"] == [None, None, None]
    assert wild["score"] is None
    assert np.isnan(found.numbers("finals")[3:]).all()
    assert np.isfinite(found.numbers("finals")[:3]).all()
    assert np.isinf(results.now(comparison.race).test_loss[1]).all()


def test_the_table_counts_who_solved_the_task_and_when():
    comparison = trained(
        "features:x1.x2,x1^2.x2^2;seeds:3;epochs:60", SMALL.replace(learning_rate=0.3)
    )
    now = results.now(comparison.race)
    for value, row in enumerate(results.rows(now)):
        runs = comparison.race.runs[value]
        solved = [outcome(run).epochs_to_solve for run in runs]
        assert row["solved"] == sum(epoch is not None for epoch in solved)
        known = sorted(math.inf if epoch is None else epoch for epoch in solved)
        assert row["epochs"] == (None if math.isinf(known[1]) else known[1])
    assert results.rows(now)[1]["solved"] == 3  # squares make a circle linear


def test_at_rest_the_table_has_the_share_of_dead_units():
    comparison = trained("activation:relu,tanh;seeds:2;epochs:3")
    for run in comparison.race.runs[0]:
        run.network.biases[0][:] = -100  # every ReLU of the first layer is off
    relu, tanh = results.rows(results.now(comparison.race, dead=True))
    of_first_layer = SMALL.hidden[0][0] / sum(width for width, _ in SMALL.hidden)
    assert relu["dead"] >= of_first_layer
    assert tanh["dead"] == 0


def test_how_many_seeds_it_takes_is_said_before_training_rests():
    # Six values are 15 pairs: 15 * 2 / 2^10 is the first below 5 %.
    assert frame(trained("activation:relu,tanh,sigmoid,elu,selu,gelu")).header["needed"] == 10
    assert frame(trained("activation:relu,tanh;seeds:6")).header["needed"] is None


def test_nothing_is_sent_twice(comparison):
    sent = Sent()
    frame(comparison, sent)
    again = frame(comparison, sent)
    assert again.kinds == []
    assert "settings" not in again.header


def test_another_theme_draws_everything_anew(comparison):
    sent = Sent()
    first = frame(comparison, sent)
    comparison.view = View(theme="dark")
    again = frame(comparison, sent)
    comparison.view = View()
    assert "scene" in again.kinds
    assert len(again.all("picture")) == 3
    assert again.json("scene")["colours"] != first.json("scene")["colours"]


def test_while_networks_are_prepared_there_are_no_pictures():
    comparison = Comparison(SMALL, text=TEXT)
    found = frame(comparison)
    assert found.kinds == []
    assert found.header["built"] == [0, 12]
    assert found.header["settings"]["seeds"] == 4


def test_the_points_are_the_training_points_in_their_own_units(comparison):
    run = comparison.race.runs[0][0]
    groups = frame(comparison).json("points")
    places = np.concatenate([np.stack([g["x"], g["y"]], axis=1) for g in groups])
    points = run.data.points
    expected = points.train * points.scale + points.center
    assert len(groups) == 2
    np.testing.assert_allclose(np.sort(places, axis=0), np.sort(expected, axis=0), atol=1e-4)
    assert [g["symbol"] for g in groups] == list(palette.SYMBOLS[:2])


def test_losses_in_different_units_share_no_axis():
    comparison = trained("loss:sigmoid.nll,sigmoid.squared;seeds:2;epochs:5")
    found = frame(comparison)
    assert found.json("scene")["measure"] == "test_score"
    assert "accuracy" in found.json("scene")["curves"]["layout"]["yaxis"]["title"]["text"]
    assert not found.header["settings"]["sameLoss"]


# ------------------------------------------------------------------------ what is held equal


def test_what_varies_is_not_said_to_be_held_equal():
    chooser = Chooser(SMALL.replace(l2=0.001), None)
    words = held_equal(chooser, {"activation"})
    assert words == (
        "circle, 60 points, x₁, x₂, 2-4-2-1, sigmoid + NLL, SGD, η 0.03, batch 10, L2 0.001, "
        "Xavier uniform"
    )
    assert "2-4-2-1" not in held_equal(chooser, {"depth"})
    assert "η" not in held_equal(chooser, {"learning_rate", "l2"})
    assert "L2" not in held_equal(chooser, {"learning_rate", "l2"})


def test_fairness_claims_no_more_than_is_so():
    assert fairness({"activation"}).endswith("the same data, same batches, same base weights")
    assert "batches" not in fairness({"batch_size"})
    assert "scaled" in fairness({"initializer"})
    assert "that they share" in fairness({"width"})


# ------------------------------------------------------------------------ the grid


def swept(numbers: list[list[list[float]]]) -> SimpleNamespace:
    """A sweep whose cells have these final test losses, seed by seed."""
    template = outcome(Run(SMALL))
    return SimpleNamespace(
        outcomes=[
            [{i: replace(template, test_loss=x) for i, x in enumerate(cell)} for cell in row]
            for row in numbers
        ]
    )


def drawn(sweep: SimpleNamespace | None, heat: str = "test_loss") -> dict:
    return heatmap(sweep, Chooser(SMALL, None).read(GRID)[0], View(heat=heat))


def test_cells_hold_medians_and_how_many_seeds_they_are_of():
    found = drawn(swept([[[1.0, 3.0], [4.0], []], [[2.0, 2.0], [0.5, 0.7], [8.0, math.inf]]]))
    assert found["values"] == [2.0, 4.0, None, 2.0, pytest.approx(0.6), "diverged"]
    assert found["counts"] == [2, 1, 0, 2, 2, 2]
    assert found["rows"]["labels"] == ["0.01", "0.1"]
    assert found["columns"]["labels"] == ["0", "0.01", "0.1"]


def test_a_cell_without_a_number_has_no_colour():
    found = drawn(swept([[[1.0], [2.0], []], [[3.0], [math.inf], [4.0]]]))
    assert [colour is None for colour in found["colours"]] == [
        False,
        False,
        True,
        False,
        True,
        False,
    ]


def test_the_scale_runs_from_the_smallest_to_the_largest_median():
    found = drawn(swept([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]]))
    assert (found["low"], found["high"], found["log"]) == (1.0, 6.0, False)
    assert found["colours"][0] == found["scale"][0]
    assert found["colours"][-1] == found["scale"][-1]


def test_losses_over_several_decades_get_a_logarithmic_scale():
    found = drawn(swept([[[0.01], [0.1], [1.0]], [[1.0], [1.0], [1.0]]]))
    assert found["log"]
    middle = charts.heat_colours(np.array([0.5]), "light")[0]
    assert found["colours"][1] == middle  # 0.1 is half way from 0.01 to 1


def test_equal_cells_are_drawn_alike():
    found = drawn(swept([[[1.0]] * 3] * 2))
    assert len(set(found["colours"])) == 1


def test_the_best_cell_is_named():
    found = drawn(swept([[[1.0], [2.0], [3.0]], [[4.0], [0.5], [6.0]]]))
    assert "η 0.1 and λ₂ 0.01" in found["best"]
    assert "6 cells share" in drawn(swept([[[1.0]] * 3] * 2))["best"]
    assert drawn(None)["best"] == ""


def test_the_best_of_few_seeds_is_said_to_be_perhaps_chance():
    found = drawn(swept([[[3.0], [2.0], [1.0]], [[0.5], [4.0], [6.0]]]))
    assert found["best"].endswith("With 2 seeds that may be chance.")


@pytest.mark.parametrize(
    ("heat", "numbers", "expected"),
    [
        ("epochs_to_solve", [3, 5, None], 5.0),
        ("epochs_to_solve", [3, None, None], math.inf),
        ("dead", [0.0, 0.5, 1.0], 0.5),
        ("test_score", [0.9, -math.inf, 0.8], 0.8),
        ("test_loss", [math.inf, math.inf, 0.1], math.inf),
    ],
)
def test_a_cells_value_is_the_median_with_no_number_as_the_worst(heat, numbers, expected):
    template = outcome(Run(SMALL))
    outcomes: list[Outcome] = [replace(template, **{heat: number}) for number in numbers]
    assert cell_value(outcomes, heat) == expected


# ------------------------------------------------------------------------ colours


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_of_six_values_has_a_colour_a_dash_and_a_marker_of_its_own(theme):
    assert len(set(charts.value_colours(theme))) == 6
    assert len(set(charts.DASHES)) == 6
    assert len(set(palette.SYMBOLS[:6])) == 6
