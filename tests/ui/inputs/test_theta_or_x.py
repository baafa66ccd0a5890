"""Theta or x: both flows are the core's, the switch holds one of them, parts are sent once."""

from __future__ import annotations

import time

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.spaces.piecewise import original_extent
from pages.ui.inputs.theta_choice import MOST_DROPS, SCATTERED, Choice
from pages.ui.inputs.theta_flows import STEPS
from pages.ui.inputs.theta_or_x import VERBS, ThetaOrX
from pages.ui.session.session import Session
from pages.ui.shell import link_text
from tests.ui.board_viewer import BoardViewer, say
from tests.ui.taken_apart import colours

PATIENCE = 20.0  # seconds until what should come is given up


class Viewer(BoardViewer):
    """A board, its session, and the frames that they send; nothing moves until it is asked."""

    def __init__(self, epochs: int = 20, settings: dict | None = None, **config: object) -> None:
        self.session = Session(RunConfig(**{"n_samples": 60, **config}))
        self.session.run.advance(epochs)
        self.board = ThetaOrX(self.session)
        self.board.going = False
        self.board.set({"x1": 2.0, "x2": 1.0, "drops": "none", **(settings or {})})
        self.open(VERBS)
        self.turn(2)

    def path(self) -> np.ndarray:
        return self.latest("path").numbers("path").reshape(-1, 2)

    def drops(self) -> np.ndarray:
        """Every place of the dropped points, (t, n, 2), put together as the board does it."""
        places: list[np.ndarray] = []
        for frame in self.frames:
            if "drops" in frame.kinds:
                start, n = frame.header["drops"]["start"], frame.header["drops"]["n"]
                new = frame.numbers("drops").reshape(-1, n, 2) if n else []
                places = [*(places if start else []), *new]
        return np.array(places)


def slopes(run: object, x: np.ndarray, y: float) -> tuple[np.ndarray, np.ndarray]:
    """The loss's slopes in x and in theta, by central differences of the loss alone."""
    network = run.network.astype(np.float64)
    theta = network.parameters

    def loss(at: np.ndarray) -> float:
        trace = network.forward(at[None])
        return float(run.loss.value(trace.Z[-1], np.array([[y]])))

    grad_x, grad_theta = np.zeros_like(x), np.zeros_like(theta)
    for j in range(len(x)):
        h = np.eye(len(x))[j] * 1e-6
        grad_x[j] = (loss(x + h) - loss(x - h)) / 2e-6
    for j in range(len(theta)):
        here = theta[j]
        theta[j] = here + 1e-6
        above = loss(x)
        theta[j] = here - 1e-6
        grad_theta[j] = (above - loss(x)) / 2e-6
        theta[j] = here
    return grad_x, grad_theta


# ------------------------------------------------------------------------ the two flows


def test_a_step_moves_x_down_the_loss_and_theta_too():
    viewer = Viewer(settings={"step": 0.2, "rate": 0.1, "label": 0})
    x, theta = np.array([2.0, 1.0]), viewer.run.network.parameters
    grad_x, grad_theta = slopes(viewer.run, x, 0.0)
    viewer.ask("one")
    np.testing.assert_allclose(viewer.path(), [x, x - 0.2 * grad_x], atol=1e-5)
    moved = viewer.board.theta.network.parameters
    np.testing.assert_allclose(moved, theta - 0.1 * grad_theta, atol=1e-7)


def test_both_sides_begin_with_the_same_loss_and_lower_it():
    viewer = Viewer()
    for _ in range(5):
        viewer.ask("one")
    left, right = viewer.header["left"], viewer.header["right"]
    assert left["steps"] == right["steps"] == 5
    assert left["values"][0] == pytest.approx(right["values"][0], rel=1e-5)
    assert left["values"][1] < left["values"][0]
    assert right["values"][1] < right["values"][0]


def test_a_goal_upwards_raises_the_loss():
    viewer = Viewer(settings={"want": "up"})
    viewer.ask("one")
    assert all(np.diff(viewer.header[side]["values"]) > 0 for side in ("left", "right"))


@pytest.mark.parametrize("want", ["logit", "probability"])
def test_a_score_of_a_class_is_ascended(want: str):
    viewer = Viewer(dataset="blobs", settings={"want": want, "label": 2})
    viewer.ask("one")
    output = viewer.run.network.forward(np.array([[2.0, 1.0]]))
    score = {"logit": output.Z[-1], "probability": output.A[-1]}[want][0, 2]
    for side in ("left", "right"):
        start, now = viewer.header[side]["values"]
        assert start == pytest.approx(float(score), rel=1e-5)
        assert now > start


def test_a_regression_goes_towards_a_number():
    viewer = Viewer(dataset="plane", settings={"value": 2.0})
    assert list(viewer.header["wants"]) == ["down", "up"]
    said = viewer.run.network.predict(np.array([[2.0, 1.0]]))[0, 0]
    assert viewer.header["right"]["values"][0] == pytest.approx((said - 2) ** 2, rel=1e-4)


@pytest.mark.parametrize(("moves", "still"), [("theta", "right"), ("x", "left")])
def test_the_switch_holds_one_of_them(moves: str, still: str):
    viewer = Viewer(settings={"moves": moves})
    viewer.ask("one")
    moved = {"left": "right", "right": "left"}[still]
    assert viewer.header[still]["steps"] == 0
    assert viewer.header[moved]["steps"] == 1


def test_theta_moves_in_a_copy_the_viewers_network_stays_as_it_is():
    viewer = Viewer()
    before = viewer.run.network.parameters.copy()
    old = colours(viewer.latest("moved").one("moved"))
    for _ in range(3):
        viewer.ask("one")
    np.testing.assert_array_equal(viewer.run.network.parameters, before)
    assert (colours(viewer.latest("moved").one("moved")) != old).any()


# ------------------------------------------------------------------------ the last factors


def test_the_last_factors_are_the_slopes_of_the_loss_in_x_and_in_the_first_weights():
    viewer = Viewer(settings={"label": 0})
    factors = viewer.header["factors"]
    grad_x, grad_theta = slopes(viewer.run, np.array([2.0, 1.0]), 0.0)
    np.testing.assert_allclose(factors["grad_x"], grad_x, atol=1e-6)
    np.testing.assert_allclose(np.ravel(factors["grad_W"]), grad_theta[:8], atol=1e-6)


def test_of_a_goal_upwards_the_factors_are_of_what_the_heading_names():
    viewer = Viewer(settings={"want": "up", "label": 0})
    factors = viewer.header["factors"]
    grad_x, _ = slopes(viewer.run, np.array([2.0, 1.0]), 0.0)
    assert factors["symbol"] == viewer.header["symbol"] == "L"
    np.testing.assert_allclose(factors["grad_x"], grad_x, atol=1e-6)


def test_through_features_the_factors_end_at_x_itself():
    viewer = Viewer(features=("x1", "x1^2"))
    factors = viewer.header["factors"]
    assert factors["features"] == ["x1", "x1^2"]
    d1, d2 = factors["grad_inputs"]
    np.testing.assert_allclose(factors["grad_x"], [d1 + 4.0 * d2, 0.0], rtol=1e-6)


# ------------------------------------------------------------------------ the plane


def test_arrows_point_down_the_slope_of_goal_and_pull():
    viewer = Viewer(settings={"pull": 0.5, "label": 1})
    values = viewer.latest("arrows").numbers("arrows").reshape(-1, 4)
    places, way = values[:, :2], values[:, 2:]
    y = np.ones((len(places), 1))
    slope = viewer.run.network.input_gradient(places, y, viewer.run.loss) + 0.5 * places
    length = np.linalg.norm(slope, axis=1) * np.linalg.norm(way, axis=1)
    cosines = (slope * way).sum(axis=1) / length
    np.testing.assert_allclose(cosines, -1, atol=1e-4)


def test_places_are_sent_in_the_datas_own_units():
    viewer = Viewer(dataset="iris", settings={"x1": 4.0, "x2": 1.5, "label": 2, "step": 0.1})
    viewer.ask("one")
    points, network = viewer.run.data.points, viewer.run.network
    x = (np.array([[4.0, 1.5]]) - points.center) / points.scale
    slope = network.input_gradient(x, np.eye(3)[[2]], viewer.run.loss)
    expected = (x - 0.1 * slope) * points.scale + points.center
    np.testing.assert_allclose(viewer.path(), [[4.0, 1.5], expected[0]], atol=1e-5)
    assert viewer.header["unit"] == "standard deviations"


def test_within_the_view_no_point_leaves_it_and_without_bounds_they_do():
    settings = {"want": "logit", "step": 1.0, "equal": 1, "drops": "noise"}
    viewer = Viewer(hidden=[], settings=settings)
    for _ in range(20):
        viewer.ask("one")
    low, high = viewer.run.data.points.extent.T
    assert ((low <= viewer.drops()) & (viewer.drops() <= high)).all()
    viewer.set(bounded=0)
    for _ in range(20):
        viewer.ask("one")
    assert (viewer.drops()[-1] > high).any()


def test_equal_steps_have_the_length_of_the_step():
    viewer = Viewer(settings={"equal": 1, "step": 0.3})
    viewer.ask("one")
    assert np.linalg.norm(np.diff(viewer.path(), axis=0)) == pytest.approx(0.3, rel=1e-4)


def test_a_pull_alone_draws_points_to_the_middle():
    viewer = Viewer(hidden=[(2, "relu")], settings={"pull": 1.0, "step": 0.5})
    viewer.run.network.parameters[:] = 0
    viewer.ask("back")
    viewer.ask("one")
    np.testing.assert_allclose(viewer.path()[-1], [1.0, 0.5], atol=1e-6)


# ------------------------------------------------------------------------ dropped points


def test_dropped_points_are_sent_piece_by_piece_and_make_the_whole_path():
    viewer = Viewer(settings={"drops": "noise"})
    for _ in range(4):
        viewer.ask("one")
    sent = viewer.drops()
    assert sent.shape == (5, SCATTERED, 2)
    np.testing.assert_allclose(sent, viewer.board.drops.path, atol=1e-6)


def test_a_click_drops_a_point_there_and_clear_takes_it_away():
    viewer = Viewer()
    viewer.ask("drop", [-3.0, 2.5])
    np.testing.assert_allclose(viewer.drops(), [[[-3.0, 2.5]]])
    viewer.ask("clear")
    assert viewer.board.drops is None
    assert not len(viewer.drops())


def test_moving_x_leaves_the_dropped_points_on_their_way():
    viewer = Viewer(settings={"drops": "noise"})
    viewer.ask("one")
    viewer.set(x1=-3.0)
    assert len(viewer.drops()) == 2
    assert len(viewer.path()) == 1


def test_the_data_themselves_can_flow_and_are_counted_in_their_class():
    viewer = Viewer(epochs=100, settings={"drops": "data", "label": 1})
    points = viewer.run.data.points
    said = (viewer.run.network.predict(points.train)[:, 0] >= 0.5).sum()
    assert viewer.header["right"]["said"] == [said, len(points.train)]


def test_too_many_points_get_a_sentence():
    viewer = Viewer()
    for _ in range(MOST_DROPS + 1):
        say(viewer.board, VERBS, "drop", [0.0, 0.0])
    assert f"{MOST_DROPS} points" in viewer.turn(3).header["problem"]


# ------------------------------------------------------------------------ going on by itself


def test_it_flows_until_it_is_stopped():
    viewer = Viewer(settings={"speed": 60})
    viewer.ask("go")
    viewer.until(lambda: viewer.header["right"]["steps"] >= 3)
    steps = viewer.ask("halt").header["right"]["steps"]
    time.sleep(0.1)
    assert viewer.turn(3).header["right"]["steps"] == steps
    assert not viewer.header["going"]


def test_a_point_where_the_slope_is_almost_zero_says_that_it_stopped():
    viewer = Viewer(hidden=[], settings={"want": "probability", "speed": 60})
    viewer.run.network.biases[-1][:] = -30  # saturated everywhere in the view
    viewer.ask("back")
    assert viewer.header["right"]["stopped"] == ""
    viewer.ask("one")
    assert "dg/dx ≈ 0" in viewer.header["right"]["stopped"]


def test_a_flow_ends_and_go_begins_it_anew():
    viewer = Viewer()
    for name in ("point", "theta"):
        viewer.board._progress.taken[name] = STEPS
    viewer.ask("go")
    viewer.until(lambda: viewer.header["going"] and viewer.header["right"]["steps"] >= 1)
    assert viewer.header["right"]["steps"] < STEPS


def test_a_wish_that_comes_while_the_flows_are_made_moves_the_point_too():
    viewer = Viewer()
    board, follow = viewer.board, viewer.board.follow

    def follow_then_wish() -> None:
        follow()
        board.follow = follow
        board.set({"x1": 3.0})

    board.follow = follow_then_wish
    viewer.set(x2=0.5)
    assert (board.settings.x1, board.settings.x2) == (3.0, 0.5)
    np.testing.assert_allclose(viewer.path()[0], [3.0, 0.5], atol=1e-6)
    assert board.due(time.monotonic()) is None


def test_back_brings_everything_to_its_start():
    viewer = Viewer(settings={"drops": "noise"})
    viewer.ask("one")
    viewer.ask("back")
    assert len(viewer.path()) == len(viewer.drops()) == 1
    assert viewer.header["left"]["steps"] == 0


def test_when_the_network_is_trained_on_theta_begins_with_it_anew():
    viewer = Viewer()
    viewer.ask("one")
    viewer.ask("step")
    assert viewer.header["training"]["epoch"] == 21
    assert viewer.header["left"]["steps"] == 0
    np.testing.assert_allclose(viewer.board.theta.network.parameters, viewer.run.network.parameters)


def test_a_part_that_has_not_changed_is_not_sent_again():
    viewer = Viewer(settings={"drops": "noise"})
    viewer.ask("one")
    assert not {"scene", "field", "before", "arrows"} & set(viewer.frames[-1].kinds)


# ------------------------------------------------------------------------ data, settings, link


def test_data_on_a_line_get_a_sentence_and_a_way_out():
    viewer = Viewer(dataset="sine")
    assert "on a line" in viewer.header["why"]
    viewer.ask("suit")
    viewer.until(lambda: not viewer.header["why"])
    assert viewer.session.run.config.dataset == "circle"


def test_a_link_to_a_place_outside_the_view_is_said_and_corrected():
    viewer = Viewer(settings={"x1": 99_999.0, "label": 7})
    assert "x1: 99999 lies outside the view; allowed: -6 to 6" in viewer.header["problem"]
    assert "label: 7 is no class" in viewer.header["problem"]
    assert (viewer.board.settings.x1, viewer.board.settings.label) == (6.0, 1)
    assert viewer.header["corrected"] == 1


def test_a_hand_that_leaves_the_view_stays_at_its_edge_without_a_word():
    viewer = Viewer()
    header = viewer.set(x1=40.0).header
    assert viewer.board.settings.x1 == 6.0
    assert header["problem"] == ""


def test_among_other_data_the_point_starts_at_one_of_theirs():
    viewer = Viewer(settings={"x1": -4.0, "x2": -3.0})
    viewer.session.want(dataset="iris")
    viewer.until(lambda: viewer.run.config.dataset == "iris" and viewer.header["classes"][2:])
    low, high = original_extent(viewer.run.data.points).T
    x = np.array([viewer.board.settings.x1, viewer.board.settings.x2])
    assert ((low < x) & (x < high)).all()


def test_other_data_take_the_points_dropped_by_hand_away():
    viewer = Viewer()
    viewer.ask("drop", [1.0, 1.0])
    viewer.session.want(dataset="xor")
    viewer.until(lambda: viewer.run.config.dataset == "xor" and viewer.board.drops is None)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"step": 0.0}, "step"), ({"pull": -1.0}, "pull"), ({"label": 9}, "label")],
)
def test_what_is_not_possible_gets_its_range_and_changes_nothing(change: dict, word: str):
    viewer = Viewer()
    before = viewer.board.settings
    problem = viewer.set(**change).header["problem"]
    assert word in problem
    assert "allowed" in problem
    assert viewer.board.settings == before


def test_the_link_brings_the_settings_back():
    settings = Choice(want="logit", label=2, moves="x", drops="data", bounded=0)
    text = link_text.write(settings, Choice())
    assert text == "want:logit;label:2;moves:x;bounded:0;drops:data"
    assert link_text.read(text, Choice()) == (settings, [])
