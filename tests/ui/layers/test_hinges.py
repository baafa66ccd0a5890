"""The Regions section: hinges, polygons, counts, the census, and reruns with a remedy."""

from __future__ import annotations

import time

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.spaces.census import deaths
from nnlib.spaces.piecewise import linear_inputs, original_extent
from nnlib.spaces.regions import regions
from pages.ui.layers.hinges import hinges
from pages.ui.layers.hinges.frames import counts, most, tints
from pages.ui.layers.hinges.hinges import VERBS, Hinges, Paced, Plane
from pages.ui.layers.reruns import changes_for
from pages.ui.session.branches import LETTERS
from pages.ui.session.session import Session
from pages.ui.shell import link_text
from tests.ui.board_viewer import BoardViewer
from tests.ui.taken_apart import Frame

PATIENCE = 20.0  # seconds until what goes on beside the trainer is given up


class Viewer(BoardViewer):
    """A board of regions, its session, and the frames that they send."""

    def __init__(self, epochs: int = 0, **config: object) -> None:
        config = {"hidden": [(5, "relu"), (4, "relu")], "n_samples": 60, **config}
        self.session = Session(RunConfig(**config))
        self.session.run.advance(epochs)
        self.board = Hinges(self.session)
        self.open(VERBS)
        self.turn()

    @property
    def found(self) -> object:
        run = self.session.time.shown
        points = run.data.points
        inputs = linear_inputs(points, run.data.features)
        return regions(run.network, original_extent(points), inputs)


def polygons(frame: Frame) -> list[np.ndarray]:
    values = frame.numbers("polygons")
    n = int(values[0])
    corners = values[1 : 1 + 2 * n].reshape(n, 2)[:, 1].astype(int)
    places = values[1 + 2 * n :].reshape(-1, 2)
    return np.split(places, np.cumsum(corners)[:-1])


# ------------------------------------------------------------------------ the plane


def test_the_polygons_are_the_regions_of_the_core():
    viewer = Viewer(20)
    sent, found = polygons(viewer.frames[0]), viewer.found.polygons
    assert len(sent) == len(found)
    for one, other in zip(sent, found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_every_hinge_is_sent_with_its_layer_unit_and_segments():
    viewer = Viewer(20)
    values, found = viewer.frames[0].numbers("hinges"), viewer.found.hinges
    n = int(values[0])
    table = values[1 : 1 + 3 * n].reshape(n, 3)
    assert table.tolist() == [[h.layer, h.unit, len(h.segments)] for h in found]
    segments = np.concatenate([hinge.segments for hinge in found])
    np.testing.assert_allclose(values[1 + 3 * n :].reshape(-1, 2, 2), segments, atol=1e-5)


def test_the_formula_of_the_chosen_region_gives_the_networks_z():
    viewer = Viewer(20)
    viewer.board.set({"x1": -2.0, "x2": 0.5})
    region = viewer.turn().header["region"]
    z = viewer.session.run.network.forward(np.array([[-2.0, 0.5]])).Z[-1][0, 0]
    assert region["z"][0] == pytest.approx(float(z), abs=1e-6)
    found = viewer.found
    index = found.find((-2.0, 0.5))
    assert region["index"] == index
    assert region["area"] == pytest.approx(found.areas[index])
    assert "".join(region["pattern"]) == "".join(map(str, found.patterns[index]))
    numbers = region["formulas"][0].replace("−", "-").replace("- ", "-").replace("+ ", "")
    a, b, c = (float(part) for part in numbers.replace("x₁", "").replace("x₂", "").split())
    np.testing.assert_allclose([a, b, c], [*found.A[index][0], found.c[index][0]], atol=6e-4)


def test_a_point_outside_the_view_is_moved_to_its_edge():
    viewer = Viewer(dataset="iris")
    viewer.board.set({"x1": -1000.0, "x2": 1000.0})
    (low, _), (_, high) = original_extent(viewer.session.run.data.points)
    assert viewer.turn().header["at"] == pytest.approx([low, high])


def test_regions_on_both_sides_of_a_hinge_have_different_tints():
    viewer = Viewer(20)
    found, widths = viewer.found, (5, 4)
    tint = tints(found, widths)
    on = (found.patterns > 0).astype(int)
    one_apart = np.abs(on[:, None] - on[None]).sum(axis=2) == 1
    assert one_apart.any()
    assert (tint[:, None] != tint[None])[one_apart].all()


# ------------------------------------------------------------------------ counts


def test_regions_are_counted_layer_by_layer_now_at_epoch_0_and_at_most():
    viewer = Viewer(20)
    rows = viewer.frames[0].json("counts")["rows"]
    assert rows["now"] == [str(n) for n in counts(viewer.found, (5, 4))]
    assert rows["now"][0] == "1"
    assert int(rows["now"][-1]) == len(viewer.found)
    assert rows["most"] == ["1", "16", "176"]  # 1 + 5 + 10, times 1 + 4 + 6
    viewer.ask("visit", 0)
    assert viewer.latest("counts").json("counts")["rows"]["now"] == rows["start"]


def test_a_linear_layer_cuts_nothing():
    viewer = Viewer(hidden=[(5, "linear"), (3, "relu")])
    assert most(viewer.session.run.network) == [1, 1, 7]
    assert viewer.frames[0].json("counts")["rows"]["now"][1] == "1"


def test_without_hidden_layers_there_is_one_region():
    viewer = Viewer(hidden=[])
    assert viewer.frames[0].json("counts")["rows"]["now"] == ["1"]
    assert viewer.frames[0].json("census") == []


# ------------------------------------------------------------------------ where there are none


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"hidden": [(3, "tanh")]}, "ReLU hidden layers"),
        ({"features": ("x1", "x1^2")}, "the inputs x₁, x₂"),
        ({"dataset": "sine"}, "data in the plane"),
    ],
)
def test_a_sentence_says_why_there_are_none_and_a_button_changes_it(config: dict, words: str):
    viewer = Viewer(**config)
    header = viewer.frames[0].header
    assert header["why"]
    assert words in header["suit"]
    viewer.ask("suit")
    header = viewer.until(lambda: not viewer.frames[-1].header["why"]).header
    assert header["region"]["area"] > 0


def test_too_many_regions_become_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nnlib.spaces.regions.MAX_REGIONS", 5)
    header = Viewer().frames[0].header
    assert "more than 5 linear regions" in header["why"]
    assert header["suit"] == ""


# ------------------------------------------------------------------------ live


def test_a_part_is_sent_once():
    viewer = Viewer()
    viewer.board.set({"x1": 3.0})
    kinds = viewer.turn().kinds
    assert not {"scene", "field", "hinges", "polygons", "counts", "census"} & set(kinds)


def test_each_picture_while_training_has_the_hinges_of_its_epoch():
    viewer = Viewer()
    viewer.ask("play")
    viewer.turn(3)
    with_hinges = [frame for frame in viewer.frames if "hinges" in frame.kinds]
    assert len({frame.header["training"]["epoch"] for frame in with_hinges}) >= 3


def test_what_is_dear_rests_and_then_follows(monkeypatch: pytest.MonkeyPatch):
    part = Paced()
    assert part.follow(1, lambda: time.sleep(2 * hinges.CHEAP), settled=True)
    assert not part.follow(2, lambda: "new", settled=True)
    assert part.value is None
    monkeypatch.setattr(time, "monotonic", lambda: part.ready + 0.001)
    assert part.follow(2, lambda: "new", settled=True)
    assert part.value == "new"


def test_a_part_that_rested_is_sent_when_the_network_stands_still():
    viewer = Viewer()
    viewer.board._regions.ready = time.monotonic() + 0.5
    viewer.session.step()
    assert "polygons" not in viewer.turn(2).kinds
    frame = viewer.until(lambda: "polygons" in viewer.frames[-1].kinds)
    assert frame.header["training"]["epoch"] == 1


# ------------------------------------------------------------------------ the census


DYING = {"learning_rate": 3.0, "seed": 1}  # steps so large that ReLU units die


def test_dead_units_get_their_epoch_and_cause_from_the_core():
    viewer = Viewer(30, **DYING)
    expected = {(d.layer, d.unit): (d.epoch, d.cause) for d in deaths(viewer.session.run)}
    assert expected

    def dated() -> bool:
        rows = viewer.latest("census").json("census")
        return all(row[4] is not None for row in rows if row[3] == "dead")

    rows = viewer.until(dated) and viewer.latest("census").json("census")
    found = {(row[0], row[1]): (row[4], row[6]) for row in rows if row[3] == "dead"}
    assert found == expected


def test_deaths_are_dated_for_the_epoch_on_screen():
    viewer = Viewer(30, **DYING)
    viewer.ask("visit", 15)
    expected = {(d.layer, d.unit): d.epoch for d in deaths(viewer.session.run.visit(15))}
    viewer.until(lambda: bool(viewer.board._autopsy.found))
    assert {unit: row[0] for unit, row in viewer.board._autopsy.found.items()} == expected


# ------------------------------------------------------------------------ reruns


@pytest.mark.parametrize(
    ("remedy", "field", "value"),
    [
        ("leaky", "hidden", ((5, "leaky_relu"), (4, "leaky_relu"))),
        ("he", "initializer", "he_normal"),
        ("rate", "learning_rate", 0.3),
    ],
)
def test_a_rerun_is_a_branch_from_epoch_0_to_the_epoch_on_screen(
    remedy: str, field: str, value: object
):
    viewer = Viewer(30, **DYING)
    first = viewer.session.run
    viewer.ask("rerun", remedy)
    header = viewer.until(lambda: "Branch A had" in viewer.frames[-1].header["outcome"]).header
    run = viewer.session.run
    assert run is not first
    assert (run.epoch, getattr(run.config, field)) == (30, value)
    assert header["branches"]["current"] == "B"
    alone = first.branch(0, **{field: value})
    alone.advance(30 - alone.epoch)
    np.testing.assert_array_equal(run.network.parameters, alone.network.parameters)


def test_the_outcome_names_dead_units_and_test_losses_of_both():
    viewer = Viewer(30, **DYING)
    dead = len(deaths(viewer.session.run))
    loss = viewer.session.run.measure()[1]
    viewer.ask("rerun", "leaky")
    header = viewer.until(lambda: "Branch A had" in viewer.frames[-1].header["outcome"]).header
    assert "at epoch 30 it has 0 of 9 hidden units dead" in header["outcome"]
    assert f"Branch A had {dead} of 9 hidden units dead" in header["outcome"]
    assert f"test loss of {loss:.3g}" in header["outcome"]


def test_a_rerun_of_a_rerun_says_all_that_differs_from_the_first_run():
    viewer = Viewer(30, **DYING)
    viewer.ask("rerun", "leaky")
    viewer.until(lambda: "Branch A had" in viewer.frames[-1].header["outcome"])
    viewer.ask("rerun", "rate")
    header = viewer.until(lambda: "Branch B had" in viewer.frames[-1].header["outcome"]).header
    whole = header["outcome"].partition("All that differs from branch A: ")[2]
    assert "→ 5 leaky ReLU,4 leaky ReLU from the start" in whole
    assert "learning rate 3.0 → 0.3" in whole


def test_what_a_rerun_did_is_said_as_long_as_its_branch_is_there():
    viewer = Viewer(30, **DYING)
    viewer.ask("rerun", "he")
    viewer.until(lambda: "Branch A had" in viewer.frames[-1].header["outcome"])
    assert viewer.ask("reset").header["outcome"] == ""


def test_when_all_branches_are_taken_the_session_says_so_and_stays_where_it_was():
    viewer = Viewer(30, **DYING)
    for _ in LETTERS[1:]:
        viewer.ask("rerun", "rate")
        viewer.until(lambda: viewer.session.run.epoch == 30)
    header = viewer.ask("rerun", "he").header
    assert "4 branches are open" in header["problem"]
    assert header["training"]["epoch"] == 30


def test_at_epoch_0_there_is_nothing_to_run_again():
    header = Viewer().ask("rerun", "he").header
    assert "train beyond epoch 0" in header["problem"]


def test_a_remedy_without_effect_says_why():
    config = RunConfig(hidden=[(3, "tanh")], initializer="he_uniform", learning_rate=1e-5)
    assert [changes_for(config, remedy)[0] for remedy in ("leaky", "he", "rate")] == [{}, {}, {}]
    assert all(changes_for(config, remedy)[1] for remedy in ("leaky", "he", "rate"))


def test_an_unknown_remedy_is_refused_with_the_possible_ones():
    header = Viewer(5).ask("rerun", "prayer").header
    assert "'prayer' is not possible; allowed: leaky, he, rate" in header["problem"]


# ------------------------------------------------------------------------ settings and link


def test_the_link_brings_the_settings_back():
    settings = Plane(x1=-2.25, fill="tints")
    text = link_text.write(settings, Plane())
    assert text == "x1:-2.25;fill:tints"
    assert link_text.read(text, Plane()) == (settings, [])
