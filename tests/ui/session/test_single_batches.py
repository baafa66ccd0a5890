"""Training stepped by hand: a batch, or one example of it."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.run import Run
from pages.ui.session.session import Session
from tests.ui.session.session_viewer import (
    SMALL,
    Viewer,
    catch_up,
    edit,
    trained,
    visit,
)


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
