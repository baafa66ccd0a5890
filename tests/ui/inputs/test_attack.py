"""Attacks in the plane: each row is the core's attack, the truth beats them all, the curves too."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.attacks import fgsm, pgd
from nnlib.config import RunConfig
from nnlib.inputs.adversarial import AdversarialTraining
from nnlib.inputs.boundary import Boundary
from pages.ui.inputs import attack as attack_board
from pages.ui.inputs.attack import INNER, VERBS, Attack, AttackBoard
from pages.ui.inputs.attack_side import CELLS
from pages.ui.inputs.attack_survey import EPSILONS, FIRST, all_points
from pages.ui.session.session import Session
from pages.ui.shell import link_text
from tests.nnlib.inputs.curves import accuracy_curve
from tests.ui.board_viewer import BoardViewer
from tests.ui.taken_apart import Frame

PATIENCE = 30.0  # seconds until what should come is given up
ATTACKS = ("fgsm", "pgd", "lbfgs", "deepfool")
X = [-1.9, 0.9]


class Viewer(BoardViewer):
    """A board of attacks, its session, and the frames that they send."""

    def __init__(self, epochs: int = 60, settings: dict | None = None, **config: object) -> None:
        self.session = Session(RunConfig(**{"n_samples": 80, "learning_rate": 0.1, **config}))
        self.session.run.advance(epochs)
        self.board = AttackBoard(self.session)
        if settings:
            self.board.set(settings)
        self.open(VERBS)
        self.turn(2)

    def attacked(self) -> dict[str, dict]:
        """The table, when all its rows are there."""
        return self.until(lambda: all(self.header["attacks"].values())).header["attacks"]

    def surveyed(self) -> Frame:
        self.until(lambda: self.header["survey"]["done"])
        return self.turn(2)

    def trained(self) -> Frame:
        return self.until(lambda: "against" in self.header)

    def numbers(self, kind: str) -> np.ndarray:
        return self.latest(kind).numbers(kind).reshape(-1, 2)


# ------------------------------------------------------------------------ at the point


def test_fgsm_and_pgd_end_where_the_core_says():
    viewer = Viewer(settings={"epsilon": 0.8, "steps": 15})
    net, y = viewer.run.network, np.array([[1.0]])
    x = np.array([X], np.float32)
    viewer.set(attack="fgsm")
    expected = fgsm(net, x, y, "nll", 0.8)
    np.testing.assert_allclose(viewer.numbers("path"), [x[0], expected[0]], atol=1e-6)
    viewer.set(attack="pgd")
    expected = pgd(net, x, y, "nll", 0.8, steps=15)
    np.testing.assert_allclose(viewer.numbers("path")[-1], expected[0], atol=1e-6)
    assert len(viewer.numbers("path")) == 16


def test_a_row_says_what_the_network_says_there_and_how_far_it_is():
    viewer = Viewer(settings={"epsilon": 0.8})
    rows = viewer.attacked()
    for name in ATTACKS:
        viewer.set(attack=name)
        viewer.attacked()
        path = viewer.numbers("path")
        output = float(viewer.run.network.predict(path[-1:])[0, 0])
        row, r = rows[name], path[-1] - path[0]
        assert row["inf"] == pytest.approx(np.abs(r).max(), abs=1e-5)
        assert row["two"] == pytest.approx(np.hypot(*r), abs=1e-5)
        assert row["confidence"] == pytest.approx(max(output, 1 - output), abs=1e-4)
        assert row["flipped"] == (row["said"] != viewer.header["before"]["said"])


@pytest.mark.parametrize(("norm", "size"), [("inf", "inf"), ("2", "two")])
def test_nothing_that_flips_is_nearer_than_brute_force_found(norm: str, size: str):
    rows = Viewer(settings={"norm": norm, "epsilon": 1.5}).attacked()
    flipped = [name for name in ATTACKS if rows[name]["flipped"]]
    assert len(flipped) == 4
    for name in flipped:
        assert rows["truth"][size] <= rows[name][size] + 1e-4


@pytest.mark.parametrize("x1", [-1.9, -0.7, 0.4, 3.9])
def test_beyond_the_nearest_boundary_the_network_says_another_class(x1: float):
    viewer = Viewer(settings={"x1": x1})
    assert viewer.header["attacks"]["truth"]["said"] == 1 - viewer.header["before"]["said"]


def test_on_a_linear_network_the_truth_and_l_bfgs_are_the_known_distance():
    viewer = Viewer(dataset="gauss", hidden=[], settings={"norm": "2", "x1": 1.0, "x2": 2.0})
    net = viewer.run.network
    w, z = net.weights[0][:, 0], net.forward(np.array([[1.0, 2.0]])).Z[-1][0, 0]
    known = float(abs(z) / np.hypot(*w))
    rows = viewer.attacked()
    assert rows["truth"]["two"] == pytest.approx(known, rel=1e-3)
    assert rows["lbfgs"]["two"] == pytest.approx(known, rel=1e-2)
    assert rows["deepfool"]["two"] == pytest.approx(1.02 * known, rel=1e-3)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_a_random_start_is_another_way_in_the_same_ball(norm: str):
    viewer = Viewer(settings={"norm": norm, "epsilon": 0.6, "start": 1})
    first = viewer.numbers("path")
    viewer.ask("again")
    second = viewer.numbers("path")
    assert viewer.board.settings.seed == 1
    assert (first[1] != second[1]).any()
    order = np.inf if norm == "inf" else 2
    for path in (first, second):
        assert (np.linalg.norm(path - path[0], ord=order, axis=1) <= 0.6 + 1e-5).all()


def test_the_ball_has_the_size_and_the_shape_of_its_norm():
    viewer = Viewer(settings={"epsilon": 0.5})
    square = viewer.numbers("ball") - X
    np.testing.assert_allclose(np.abs(square), 0.5, atol=1e-6)
    viewer.set(norm="2")
    np.testing.assert_allclose(np.linalg.norm(viewer.numbers("ball") - X, axis=1), 0.5, atol=1e-6)


def test_a_targeted_attack_makes_the_network_say_that_class():
    settings = {"x1": 0.0, "x2": 0.0, "target": 2, "epsilon": 2.0, "norm": "2", "steps": 60}
    viewer = Viewer(dataset="blobs", settings={**settings})
    viewer.set(target=(viewer.header["before"]["said"] + 1) % 3)
    rows = viewer.attacked()
    for name in ("pgd", "lbfgs"):
        assert rows[name]["said"] == viewer.board.settings.target


def test_the_class_that_it_says_already_is_no_target():
    viewer = Viewer(settings={"target": 1})
    assert "says 1 at x already" in viewer.header["refused"]
    viewer.set(target=0)
    assert viewer.header["refused"] == ""
    assert viewer.attacked()["pgd"]["flipped"]


def test_without_a_boundary_nothing_is_found():
    viewer = Viewer(0)
    viewer.run.network.parameters[:] = 0
    viewer.run.network.biases[-1][:] = 3
    rows = viewer.set(x1=1.0) and viewer.attacked()
    assert not rows["truth"]["found"]
    assert not rows["lbfgs"]["found"]
    assert not rows["pgd"]["flipped"]


def test_real_data_are_attacked_in_standard_deviations_and_drawn_in_their_units():
    viewer = Viewer(
        dataset="iris", settings={"x1": 4.5, "x2": 1.5, "epsilon": 0.5, "attack": "fgsm"}
    )
    scale = viewer.run.data.points.scale
    corner = np.abs(viewer.numbers("ball") - [4.5, 1.5])
    np.testing.assert_allclose(corner, np.tile(0.5 * scale, (4, 1)), rtol=1e-4)
    assert viewer.header["unit"] == "standard deviations"
    assert viewer.header["attacks"]["fgsm"]["inf"] == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("attack", ["fgsm", "pgd", "deepfool"])
def test_where_dead_units_give_no_slope_an_attack_says_so(attack: str):
    viewer = Viewer(0, hidden=[(3, "relu")])
    biases = viewer.run.network.biases[0]
    biases[:] = 100.0  # every unit is active in the view
    assert not viewer.set(x1=0.5).header["attacks"][attack]["flat"]
    biases[:] = -100.0  # none is
    row = viewer.set(x1=1.0).header["attacks"][attack]
    assert (row["inf"], row["flat"], row["flipped"]) == (0.0, True, False)


def test_without_a_place_of_its_own_the_point_starts_among_the_data():
    viewer = Viewer(dataset="iris")
    points, settings = viewer.run.data.points, viewer.board.settings
    train = points.train * points.scale + points.center
    nearest = np.abs(train - [settings.x1, settings.x2]).max(axis=1).min()
    assert nearest < 1e-3
    assert viewer.header["problem"] == ""


def test_a_link_to_a_class_that_there_is_not_is_said_and_corrected():
    viewer = Viewer(1, settings={"target": 7})
    assert "target: 7 is no class of these data; allowed: -1 to 1" in viewer.header["problem"]
    assert viewer.board.settings.target == -1


def test_while_a_hand_moves_the_point_l_bfgs_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attack_board, "QUIET", 60.0)
    viewer = Viewer()
    for x1 in (-1.0, -1.1, -1.2):
        rows = viewer.set(x1=x1).header["attacks"]
        assert rows["lbfgs"] is None
        assert all(rows[name] for name in ("fgsm", "pgd", "deepfool", "truth"))


# ------------------------------------------------------------------------ all the data


@pytest.mark.parametrize("attack", ["fgsm", "pgd"])
def test_the_curves_are_the_cores_on_every_point(attack: str):
    viewer = Viewer(settings={"steps": 12})
    curves = viewer.surveyed().header["curves"]
    points = viewer.run.data.points
    X_all, y = all_points(viewer.run)
    assert len(X_all) == 80
    low = np.minimum(points.extent[:, 0], X_all.min(axis=0)).astype(np.float32)
    high = np.maximum(points.extent[:, 1], X_all.max(axis=0)).astype(np.float32)
    expected = accuracy_curve(
        viewer.run.network, X_all, y, "nll", EPSILONS, attack, bounds=(low, high), steps=12
    )
    assert curves[attack] == pytest.approx(expected.accuracy)


def test_no_attack_leaves_fewer_points_right_than_brute_force_says():
    viewer = Viewer()
    curves = viewer.surveyed().header["curves"]
    for name in ATTACKS:
        assert (np.array(curves["truth"]) <= np.array(curves[name]) + 1e-9).all(), name
    assert curves["truth"][0] == pytest.approx(viewer.board.mine.survey.clean)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_no_curve_rises_with_epsilon(norm: str):
    curves = Viewer(settings={"norm": norm, "steps": 2}).surveyed().header["curves"]
    for name, shares in curves.items():
        assert (np.diff(shares) <= 1e-9).all(), name


def test_points_that_fall_at_this_epsilon_are_marked():
    viewer = Viewer(settings={"epsilon": 0.0})
    marked = []
    for epsilon in (0.0, 0.5, 1.5):
        viewer.set(epsilon=epsilon)
        share = viewer.surveyed().header["curves"]["pgd"][round(epsilon * 10)]
        assert viewer.header["marked"]
        fallen = np.frombuffer(viewer.latest("fallen").one("fallen"), np.uint8)
        assert 1 - fallen.mean() == pytest.approx(share)
        marked.append(int(fallen.sum()))
    assert marked[0] < marked[1] < marked[2]


def test_the_first_to_fall_are_right_and_nearest_to_the_boundary():
    viewer = Viewer()
    viewer.surveyed()
    first, survey = viewer.numbers("first"), viewer.board.mine.survey
    distance = viewer.board.mine.boundary.distance(survey.X, "inf")
    right = (viewer.run.network.predict(survey.X)[:, 0] >= 0.5) == (survey.y[:, 0] == 1)
    nearest = survey.X[right][np.argsort(distance[right], kind="stable")[:FIRST]]
    np.testing.assert_allclose(first, nearest, atol=1e-6)


def test_clean_and_robust_accuracy_are_said_in_words():
    viewer = Viewer(settings={"epsilon": 1.0})
    curves = viewer.surveyed().header["curves"]
    words = viewer.header["words"]
    assert f"{curves['pgd'][0]:.1%} right without attack" in words
    assert f"{curves['pgd'][10]:.1%} under PGD with ε = 1.0" in words


def test_while_it_trains_on_the_last_curves_stay_and_say_of_which_epoch():
    viewer = Viewer()
    curves = viewer.surveyed().header["curves"]
    header = viewer.ask("step").header
    assert header["training"]["epoch"] == 61
    assert header["curves"] == curves
    assert header["survey"].items() >= {"epoch": 60, "fresh": False, "done": False}.items()


def test_curves_of_another_norm_do_not_stay():
    viewer = Viewer()
    viewer.surveyed()
    assert viewer.set(norm="2").header["curves"] == {}


# ------------------------------------------------------------------------ adversarial training


def test_the_other_network_is_the_cores_adversarial_training():
    viewer = Viewer(8, settings={"adversarial": 1, "guard": 0.4, "norm": "2"})
    viewer.trained()
    expected = AdversarialTraining(viewer.run.config, epsilon=0.4, norm="2", steps=INNER)
    expected.advance(8)
    np.testing.assert_array_equal(
        viewer.board.training.run.network.parameters, expected.run.network.parameters
    )


def test_it_trains_piece_by_piece_and_its_picture_moves():
    viewer = Viewer(60, settings={"adversarial": 1})
    viewer.trained()
    epochs = [
        frame.header["training_against"]["epoch"]
        for frame in viewer.frames
        if "trained" in frame.kinds
    ]
    assert len(set(epochs)) > 3
    assert epochs[-1] == 60


def test_both_networks_are_attacked_at_the_same_point_and_compared_in_words():
    viewer = Viewer(30, settings={"adversarial": 1, "epsilon": 0.6})
    viewer.trained()
    viewer.until(lambda: len(viewer.header["curves"]["against"]) == len(EPSILONS))
    viewer.turn(2)
    path = viewer.numbers("trained_path")
    trained = viewer.board.training.run.network
    label = float(trained.predict(np.array([X]))[0, 0] >= 0.5)
    expected = pgd(trained, np.array([X], np.float32), np.array([[label]]), "nll", 0.6, steps=10)
    np.testing.assert_allclose(path[-1], expected[0], atol=1e-6)
    assert "trained on attacked points" in viewer.header["words"]


def test_the_table_and_the_crosses_show_the_trained_network_too():
    viewer = Viewer(20, settings={"adversarial": 1, "attack": "lbfgs"})
    viewer.trained()
    viewer.until(lambda: viewer.header["against"]["marked"])
    survey = viewer.board.other.survey
    fallen = np.frombuffer(viewer.latest("trained_fallen").one("trained_fallen"), np.uint8)
    np.testing.assert_array_equal(fallen, survey.fallen(viewer.board.settings.epsilon))
    assert viewer.header["against"]["pgd"]["inf"] <= viewer.board.settings.epsilon + 1e-5


def test_trained_on_further_the_other_one_follows():
    viewer = Viewer(5, settings={"adversarial": 1})
    viewer.trained()
    viewer.ask("step")
    viewer.until(lambda: viewer.header["training_against"]["epoch"] == 6)


def test_another_epsilon_begins_it_anew_and_the_switch_ends_it():
    viewer = Viewer(5, settings={"adversarial": 1})
    viewer.trained()
    first = viewer.board.training
    viewer.set(guard=1.0)
    assert viewer.board.training is not first
    assert viewer.board.training.attack.epsilon == 1.0
    assert "training_against" not in viewer.set(adversarial=0).header


# ------------------------------------------------------------------------ data, settings, link


@pytest.mark.parametrize(("dataset", "words"), [("sine", "on a line"), ("plane", "a number")])
def test_data_that_have_no_classes_in_a_plane_get_a_sentence_and_a_way_out(
    dataset: str, words: str
):
    viewer = Viewer(5, dataset=dataset)
    assert words in viewer.header["why"]
    viewer.ask("suit")
    viewer.until(lambda: not viewer.header["why"])


@pytest.mark.parametrize("loss", ["squared", "hinge"])
def test_every_loss_can_be_attacked(loss: str):
    rows = Viewer(loss=loss, settings={"epsilon": 1.5}).attacked()
    assert rows["pgd"]["flipped"]
    assert rows["truth"]["inf"] <= rows["pgd"]["inf"]


@pytest.mark.parametrize("change", [{"epsilon": -0.1}, {"steps": 0}, {"target": 8}])
def test_what_is_not_possible_gets_its_range_and_changes_nothing(change: dict):
    viewer = Viewer(1)
    before = viewer.board.settings
    problem = viewer.set(**change).header["problem"]
    assert next(iter(change)) in problem
    assert "allowed" in problem
    assert viewer.board.settings == before


def test_a_part_that_has_not_changed_is_not_sent_again():
    viewer = Viewer()
    viewer.set(x1=-1.0)
    assert not {"scene", "field", "dots", "all"} & set(viewer.frames[-1].kinds)


def test_the_link_brings_the_settings_back():
    settings = Attack(attack="lbfgs", norm="2", epsilon=0.3, target=0, adversarial=1)
    text = link_text.write(settings, Attack())
    assert text == "attack:lbfgs;norm:2;epsilon:0.3;target:0;adversarial:1"
    assert link_text.read(text, Attack()) == (settings, [])


# ------------------------------------------------------------------------ a heavy network


HEAVY = {"hidden": ((48, "tanh"),) * 4, "n_samples": 60}


def test_the_boundary_of_a_heavy_network_is_found_in_several_turns(monkeypatch: pytest.MonkeyPatch):
    viewer = Viewer(epochs=0, **HEAVY)
    viewer.until(lambda: viewer.frames)
    viewer.board.session.want(noise=0.3)  # another network
    looked_at: list[int] = []
    labels = Boundary.labels
    monkeypatch.setattr(
        Boundary, "labels", lambda self, X: (looked_at.append(len(X)), labels(self, X))[1]
    )
    viewer.session.turn(0.001)
    for _ in range(3):
        looked_at.clear()
        viewer.board.turn(1e-9)  # one piece
        assert sum(looked_at) < 161 * 161 / 2


def test_while_a_heavy_network_trains_its_boundary_is_that_of_one_moment():
    viewer = Viewer(epochs=0, **HEAVY)
    viewer.until(lambda: viewer.board.mine is not None)
    viewer.session.play()
    viewer.until(lambda: viewer.board.mine.survey.epoch > 0)
    found = viewer.board.mine.boundary
    with np.errstate(all="ignore"):
        whole = Boundary(viewer.board.mine.network, viewer.run.loss, found.extent, CELLS)
    np.testing.assert_allclose(found.points, whole.points, atol=1e-5)
