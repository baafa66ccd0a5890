"""Hand-made features beside a learned layer: planes, their traces, and what is said."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.spaces.lifting import RADIUS, fit_plane, lift
from pages.ui.drawing import palette
from pages.ui.layers.feature_space import RESOLUTION, Lift, Lifted
from pages.ui.session.session import Session
from tests.ui.taken_apart import Frame, colours, take_apart

CONFIG = RunConfig(n_samples=100)


def frame_of(config: RunConfig, epochs: int = 0, **lifting: object) -> tuple[Frame, Lifted]:
    session = Session(config)
    session.run.advance(epochs)
    lifted = Lifted(session)
    lifted.settings = Lift(**lifting)
    frames: list[Frame] = []
    lifted.attach(lambda frame: frames.append(take_apart(frame)))
    lifted.turn(0.01)
    return frames[0], lifted


def test_the_circle_is_cut_by_a_plane_over_the_squared_radius():
    made = frame_of(CONFIG)[0].header["made"]
    assert made["share"] == 1.0
    assert made["axes"] == ["x₁", "x₂", "x₁² + x₂²"]
    (corners,) = made["cuts"]
    assert len(corners) >= 3


def test_the_plane_drawn_is_the_one_fitted():
    frame, lifted = frame_of(CONFIG)
    points = lifted.run.data.points
    Phi = lift(points.train, ("x1", "x2", RADIUS))
    fitted = fit_plane(Phi, points.train_target)
    drawn = frame.numbers("made").reshape(-1, 3)
    # From the drawn coordinates back to the features: each axis has a scale of its own.
    half = (Phi.max(axis=0) - Phi.min(axis=0)) / (drawn.max(axis=0) - drawn.min(axis=0))
    center = Phi.mean(axis=0) - half * drawn.mean(axis=0)
    corners = np.array(frame.header["made"]["cuts"][0]) * half + center
    np.testing.assert_allclose(corners @ fitted.weights[0] + fitted.biases[0], 0, atol=1e-2)


def test_the_traces_tints_are_the_fitted_models_classes():
    names = ("x1", "x2", "x1*x2")  # not the same above and below, as the circle would be
    frame, lifted = frame_of(CONFIG.replace(dataset="xor"), third="x1*x2")
    points = lifted.run.data.points
    fitted = fit_plane(lift(points.train, names), points.train_target)
    pixels = colours(frame.one("trace"))[..., :3]
    assert pixels.shape[:2] == (RESOLUTION, RESOLUTION)
    cells = (np.arange(RESOLUTION) + 0.5) / RESOLUTION
    (low, high), _ = points.extent
    for row, column in [(10, 10), (10, 180), (180, 10), (180, 180)]:
        x = np.array([[low + (high - low) * cells[column], high - (high - low) * cells[row]]])
        said = int(fitted.predict(lift(x, names))[0, 0] >= 0.5)
        tints = [np.array(palette.rgb(colour)) for colour in palette.CLASSES[:2]]
        nearest = np.argmin([np.abs(pixels[row, column] - tint).sum() for tint in tints])
        assert nearest == said


def test_the_trace_has_a_border_in_ink_in_both_themes():
    for theme in ("light", "dark"):
        pixels = colours(frame_of(CONFIG, theme=theme)[0].one("trace"))[..., :3]
        assert (pixels == palette.rgb(palette.INK[theme])).all(axis=2).any()


def test_beside_it_is_the_last_hidden_layer_with_its_cut():
    frame, lifted = frame_of(CONFIG, epochs=30)
    network, data = lifted.run.network, lifted.run.data
    learned = frame.header["learned"]
    assert (learned["title"], learned["dimensions"]) == ("A²", 2)
    assert learned["share"] == pytest.approx(lifted.run.measure()[3])
    drawn = frame.numbers("learned").reshape(-1, 2)
    np.testing.assert_allclose(drawn, network.forward(data.X_train).A[2], atol=1e-5)
    ends = np.array(learned["cuts"][0])
    np.testing.assert_allclose(ends @ network.weights[-1] + network.biases[-1], 0, atol=1e-4)


def test_a_wide_layer_is_drawn_in_space_so_that_the_plane_separates_what_it_seems_to():
    frame, lifted = frame_of(CONFIG.replace(hidden=((6, "tanh"),)), 60)
    learned = frame.header["learned"]
    assert learned["axes"] == ["across the border", "along the border 1", "along the border 2"]
    data = lifted.run.data
    guess = lifted.run.network.predict(data.X_train)[:, 0] >= data.threshold
    drawn = frame.numbers("learned").reshape(-1, 3)
    (plane,) = learned["cuts"]
    np.testing.assert_array_equal(drawn[:, 0] > plane[0][0], guess)


def test_more_borders_than_space_can_show_are_said_to_be_drawn_in_part():
    many = CONFIG.replace(hidden=((6, "tanh"),), dataset="blobs", n_classes=5)
    learned = frame_of(many)[0].header["learned"]
    assert (learned["partly"], learned["drawn"][:8]) == (True, "PCA of 6")


def test_without_a_hidden_layer_that_is_said():
    learned = frame_of(CONFIG.replace(hidden=()))[0].header["learned"]
    assert learned["drawn"].startswith("no hidden layer")


@pytest.mark.parametrize("dataset", ["plane", "sine"])
def test_a_number_as_target_brings_the_circle_and_a_sentence(dataset: str):
    frame, _ = frame_of(RunConfig(dataset=dataset, n_samples=60))
    assert "circle" in frame.header["words"]
    assert frame.header["made"]["share"] == 1.0
    assert "learned" not in frame.header


def test_more_classes_have_planes_where_two_lead():
    frame, _ = frame_of(RunConfig(dataset="blobs", n_classes=4, n_samples=100))
    assert len(frame.header["made"]["cuts"]) >= 3
    assert "4 classes" in frame.header["made"]["formula"]


def test_training_brings_the_learned_half_and_a_turn_of_the_camera_nothing():
    session = Session(CONFIG)
    lifted = Lifted(session)
    frames: list[Frame] = []
    lifted.attach(lambda frame: frames.append(take_apart(frame)))
    lifted.turn(0.01)
    session.run.advance(1)
    lifted.drawn()
    lifted.turn(0.01)
    assert frames[1].kinds == ["learned", "learnedGrid", "border"]
    lifted.set({"turn": 12})
    lifted.drawn()
    lifted.turn(0.01)
    assert frames[2].kinds == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"third": "x3"}, "third: 'x3'"), ({"second": "x1"}, "three different features")],
)
def test_an_impossible_feature_is_named(changes: dict, words: str):
    with pytest.raises(ValueError, match=words):
        Lift().replace(changes)
