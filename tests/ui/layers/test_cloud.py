"""The cloud's frames: what the network computed, as it is drawn, and no more than is new."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.run import Run
from nnlib.spaces.projections import pca_basis, project
from nnlib.spaces.separability import separability
from pages.ui.layers import cloud_stages
from pages.ui.layers.cloud import LAST_HIDDEN, VERBS, Cloud, Look
from pages.ui.session.session import Session
from tests.ui.board_viewer import say
from tests.ui.taken_apart import Frame, take_apart

CONFIG = RunConfig(n_samples=60)  # 2-4-2-1, tanh
DEEP = RunConfig(n_samples=60, hidden=((8, "tanh"), (8, "tanh")))
WIDE = RunConfig(n_samples=60, hidden=((8, "tanh"), (3, "relu")), dataset="blobs", n_classes=3)


class Viewer:
    """A page that shows the cloud, and the trainer that gives it and its session turns."""

    def __init__(self, config: RunConfig, **look: object) -> None:
        self.session = Session(config)
        self.cloud = Cloud(self.session)
        self.cloud.settings = Look(**look)
        self.frames: list[Frame] = []
        self.cloud.attach(lambda frame: self.frames.append(take_apart(frame)))
        self.turns(40)

    def turns(self, n: int) -> None:
        for _ in range(n):
            for watched in (self.session, self.cloud):
                if watched.due(0.0) is not None:
                    watched.turn(0.01)
            self.cloud.drawn()

    def ask(self, verb: str, value: object = None) -> list[Frame]:
        """The frames that answer."""
        before = len(self.frames)
        say(self.cloud, VERBS, verb, value)
        self.turns(40)
        return self.frames[before:]

    @property
    def header(self) -> dict:
        return self.frames[0].header

    def points(self, frame: Frame) -> list[np.ndarray]:
        """The drawn points of every stage in a frame that brings them."""
        stages = frame.header["stages"]
        numbers = frame.numbers("points")
        sizes = [stage["dimensions"] for stage in stages]
        n = len(numbers) // sum(sizes)
        parts = np.split(numbers, np.cumsum([n * size for size in sizes])[:-1])
        return [part.reshape(n, size) for part, size in zip(parts, sizes, strict=True)]


def test_narrow_stages_are_drawn_as_the_network_computes_them():
    viewer = Viewer(CONFIG)
    run = viewer.session.run
    trace = run.network.forward(run.data.X_train)
    drawn = viewer.points(viewer.frames[0])
    for i, values in {0: trace.A[0], 3: trace.Z[2], 4: trace.A[2], 5: trace.Z[3]}.items():
        np.testing.assert_allclose(drawn[i], values, atol=1e-5)


def test_a_wide_stage_is_drawn_by_its_main_plane_and_says_how_much_that_shows():
    viewer = Viewer(CONFIG)
    run = viewer.session.run
    values = run.network.forward(run.data.X_train).A[1].astype(float)
    basis = pca_basis(values)
    np.testing.assert_allclose(
        viewer.points(viewer.frames[0])[2], project(values, basis), atol=1e-4
    )
    words = viewer.header["stages"][2]["drawn"]
    assert words == f"PCA of 4: {100 * basis.share:.0f} % of variance"


def test_two_chosen_units_are_drawn_where_a_layer_has_them():
    viewer = Viewer(WIDE, wide="units", first=7, second=2)
    run = viewer.session.run
    values = run.network.forward(run.data.X_train).A[1]
    np.testing.assert_allclose(viewer.points(viewer.frames[0])[2], values[:, [6, 1]], atol=1e-5)
    assert viewer.header["stages"][2]["axes"] == ["a¹₇", "a¹₂"]


def test_a_unit_that_a_layer_does_not_have_leaves_it_to_pca():
    stages = Viewer(WIDE, wide="units", first=7, second=9).header["stages"]
    assert stages[2]["drawn"].startswith("PCA of 8")


def test_stages_are_named_as_the_lecture_names_them():
    titles = [stage["title"] for stage in Viewer(CONFIG).header["stages"]]
    assert titles == ["x", "Z¹", "A¹", "Z²", "A²", "Z³", "A³ = g"]


def test_the_place_begins_at_the_last_hidden_stage():
    header = Viewer(CONFIG).header
    assert (header["settings"]["place"], header["place"]) == (LAST_HIDDEN, 4)
    assert header["moved"]["title"] == "A²"


def test_at_a_stage_the_moved_cloud_is_that_stages():
    viewer = Viewer(CONFIG, place=3.0)
    frame = viewer.frames[0]
    np.testing.assert_allclose(
        frame.numbers("moved").reshape(-1, 2), viewer.points(frame)[3], atol=1e-5
    )


def test_a_morph_brings_the_moved_cloud_only():
    (frame,) = Viewer(CONFIG).ask("set", {"place": 2.5})
    assert frame.kinds == ["moved", "movedGrid"]
    assert frame.header["moved"]["formula"] == "Z² = A¹ W² + b²"


def test_a_turn_of_the_camera_brings_no_points():
    (frame,) = Viewer(CONFIG).ask("set", {"turn": 12})
    assert frame.kinds == []


def test_an_epoch_brings_the_points_of_all_stages():
    viewer = Viewer(CONFIG)
    viewer.ask("step")
    assert any("points" in frame.kinds for frame in viewer.frames[1:])


def test_another_client_gets_everything():
    viewer = Viewer(CONFIG)
    later: list[Frame] = []
    viewer.cloud.attach(lambda frame: later.append(take_apart(frame)))
    viewer.turns(3)
    assert later[0].kinds == viewer.frames[0].kinds


def test_the_separating_line_is_where_the_output_layer_is_undecided():
    viewer = Viewer(CONFIG)
    network = viewer.session.run.network
    stage = viewer.header["stages"][4]
    (ends,) = stage["cuts"]
    assert len(ends) == 2
    np.testing.assert_allclose(
        np.array(ends) @ network.weights[-1] + network.biases[-1], 0, atol=1e-5
    )
    reach = np.abs(np.array(ends) - stage["box"]["center"]).max(axis=1)
    np.testing.assert_allclose(reach, stage["box"]["half"])


def test_the_guess_is_cut_at_its_threshold_and_the_z_before_it_at_0():
    stages = Viewer(CONFIG).header["stages"]
    assert [stages[i]["cuts"] for i in (5, 6)] == [[[[0.0]]], [[[0.5]]]]


def test_a_wide_last_hidden_stage_is_drawn_across_its_border():
    viewer = Viewer(DEEP)
    viewer.session.run.advance(60)
    frame = next(f for f in reversed(viewer.ask("set", {"points": "all"})) if "points" in f.kinds)
    stage, drawn = frame.header["stages"][4], viewer.points(frame)[4]
    assert stage["axes"] == ["across the border", "along the border"]
    (ends,) = stage["cuts"]
    assert ends[0][0] == pytest.approx(ends[1][0])  # upright
    run = viewer.session.run
    X = np.concatenate([run.data.X_train, run.data.X_test])
    guess = run.network.predict(X)[:, 0] >= run.data.threshold
    np.testing.assert_array_equal(drawn[:, 0] > ends[0][0], guess)


@pytest.mark.parametrize("wide", ["pca", "units"])
def test_a_view_that_shows_a_border_in_part_says_so(wide: str):
    header = Viewer(DEEP, wide=wide).header
    assert "partly in directions that are not drawn" in header["border"]
    assert [bool(stage["note"]) for stage in header["stages"]] == [False] * 4 + [True, False, False]


def test_a_view_that_shows_the_border_as_it_is_has_nothing_to_add():
    header = Viewer(DEEP).header
    assert header["border"] == "dashed at A²: the border that the output layer draws"
    assert not any(stage["note"] for stage in header["stages"])


def test_three_classes_in_space_have_planes():
    cuts = Viewer(WIDE).header["stages"][4]["cuts"]
    assert cuts
    assert all(len(piece) >= 3 and len(piece[0]) == 3 for piece in cuts)


def test_shares_are_the_best_linear_classifiers_of_every_stage():
    viewer = Viewer(CONFIG)
    run = viewer.session.run
    trace = run.network.forward(run.data.X_train)
    shares = viewer.frames[-1].header["shares"]
    assert None not in shares
    assert shares[0] == separability(run.data.X_train.astype(float), run.data.y_train)
    assert shares[4] == separability(trace.A[2].astype(float), run.data.y_train)


def test_a_number_to_be_predicted_has_no_shares_but_colours_and_heights():
    viewer = Viewer(RunConfig(dataset="plane", n_samples=60))
    assert viewer.frames[-1].header["shares"] == []
    assert viewer.header["scene"]["regression"]
    run = viewer.session.run
    order = np.argsort(run.data.points.train_target)
    assert (np.diff(viewer.frames[0].numbers("lanes")[order]) >= 0).all()
    groups = np.frombuffer(viewer.frames[0].one("groups"), np.uint8)
    assert (np.diff(groups[order].astype(int)) >= 0).all()


def test_a_followed_point_has_its_numbers_at_every_stage():
    (frame, *_) = Viewer(CONFIG).ask("set", {"point": 5})
    viewer = Viewer(CONFIG)
    run = viewer.session.run
    trace = run.network.forward(run.data.X_train)
    point = frame.header["point"]
    assert point["label"] == f"training point 5, class {run.data.points.train_target[4]}"
    np.testing.assert_allclose(dict(point["rows"])["A¹"], trace.A[1][4], rtol=1e-5)


def test_a_point_beyond_the_data_is_none():
    assert Viewer(CONFIG, point=2000).header["point"] is None


def test_test_points_come_after_the_training_points():
    viewer = Viewer(CONFIG, points="all")
    run = viewer.session.run
    assert viewer.header["scene"]["training"] == len(run.data.X_train)
    both = np.concatenate([run.data.X_train, run.data.X_test])
    np.testing.assert_allclose(viewer.points(viewer.frames[0])[0], both, atol=1e-6)


@pytest.mark.parametrize("hidden", [(), ((3, "linear"), (2, "linear"))])
def test_linear_layers_are_shown_as_their_product(hidden: tuple):
    viewer = Viewer(RunConfig(n_samples=60, hidden=hidden))
    run = viewer.session.run
    found = viewer.header["map"]
    z = run.data.X_train @ np.array(found["W"]) + np.array(found["b"])
    np.testing.assert_allclose(z, run.network.forward(run.data.X_train).Z[-1], atol=1e-5)
    assert len(found["factors"]) == len(hidden) + 1


def test_curved_layers_are_no_one_map():
    assert Viewer(CONFIG).header["map"] is None


def test_values_that_are_not_finite_are_said_and_not_drawn():
    viewer = Viewer(CONFIG)
    viewer.session.run.network.parameters[:] = np.nan
    (frame, *_) = viewer.ask("set", {"turn": 10})
    assert "not finite" in frame.header["words"]
    assert frame.kinds == []


def test_a_stage_without_hidden_layers_is_cut_at_the_inputs():
    header = Viewer(RunConfig(n_samples=60, hidden=())).header
    assert header["place"] == 0
    assert len(header["stages"]) == 3


@pytest.mark.parametrize("features", [("x1", "x2"), ("x1", "x2", "x1^2", "x2^2")])
def test_more_features_make_the_first_stage_phi(features: tuple[str, ...]):
    title = Viewer(RunConfig(n_samples=60, features=features)).header["stages"][0]["title"]
    assert title == ("x" if len(features) == 2 else "φ(x)")


@pytest.mark.parametrize("changes", [{"place": 15}, {"wide": "3d"}, {"point": -1}, {"first": 0}])
def test_a_setting_out_of_range_is_said(changes: dict):
    (frame, *_) = Viewer(CONFIG).ask("set", changes)
    assert frame.header["problem"].startswith(next(iter(changes)))


@pytest.mark.parametrize("dataset", ["circle", "sine", "plane", "blobs", "iris"])
@pytest.mark.parametrize("hidden", [(), ((1, "relu"),), ((3, "tanh"), (6, "relu"), (2, "linear"))])
def test_everywhere_on_the_way_the_cloud_goes_on_from_where_it_was(dataset: str, hidden: tuple):
    run = Run(RunConfig(dataset=dataset, n_samples=60, hidden=hidden))
    found = cloud_stages.way(run)
    for i in range(1, found.last):
        before, at = (cloud_stages.between(run, found, place) for place in (i - 1e-9, float(i)))
        d = min(before.points.shape[1], at.points.shape[1])
        np.testing.assert_allclose(before.points[:, :d], at.points[:, :d], atol=1e-5)
        np.testing.assert_allclose(before.box.center[:d], at.box.center[:d], atol=1e-5)
        assert before.box.half == pytest.approx(at.box.half, rel=1e-5)
        assert before.depth == pytest.approx(at.depth, abs=1e-6)
        assert before.lanes == pytest.approx(at.lanes, abs=1e-6)
