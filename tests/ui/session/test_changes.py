"""Settings that are changed and edits that are made while a network trains."""

from __future__ import annotations

import pytest

from nnlib.config import RunConfig
from nnlib.run import Run
from pages.ui.session import branches
from pages.ui.session.session import Session
from tests.ui.clock import Clock
from tests.ui.session.session_viewer import (
    SMALL,
    Viewer,
    catch_up,
    edit,
    trained,
    visit,
)

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


# ------------------------------------------------------------------------ edits of the network


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
