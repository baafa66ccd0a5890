"""Changes of settings while a run goes on."""

import copy

import numpy as np
import pytest
from pydantic import ValidationError

from nnlib.changes import LIVE_FIELDS, Change, can_continue
from nnlib.config import RunConfig
from nnlib.run import Run
from tests.nnlib.runs import EVENTFUL, bits, config, eventful, history_of, trained


def test_changes_are_recorded_with_epoch_field_old_and_new():
    run = trained(2)
    run.change(learning_rate=0.1, l2=0.0)  # l2 is 0 already
    run.advance(3)
    run.change(optimizer="adam", momentum=0.5)
    assert run.changes == [
        Change(2, "learning_rate", 0.03, 0.1),
        Change(5, "optimizer", "sgd", "adam"),
        Change(5, "momentum", 0.9, 0.5),
    ]
    assert run.config == config(learning_rate=0.1, optimizer="adam", momentum=0.5)


def test_the_values_of_a_drag_at_one_epoch_are_one_change():
    run = Run(config())
    run.advance(1)
    for rate in (0.04, 0.05, 0.1):
        run.change(learning_rate=rate)
    assert run.changes == [Change(1, "learning_rate", 0.03, 0.1)]


def test_a_drag_back_to_where_it_began_is_no_change():
    run = Run(config())
    run.change(learning_rate=0.1)
    run.change(learning_rate=0.03)
    assert run.changes == []


def test_config_and_changes_reproduce_the_run():
    run = Run(config(**EVENTFUL))
    eventful(run, 1_000)
    again = Run(config(**EVENTFUL))
    for change in run.changes:
        again.advance(change.epoch - again.epoch)
        again.change(**{change.field: change.new})
    again.advance(run.epoch - again.epoch)
    assert bits(again) == bits(run)
    assert again.changes == run.changes
    assert again.config == run.config
    assert history_of(again).tobytes() == history_of(run).tobytes()


LIVE_CHANGES = {
    "huber_delta": 0.2,
    "optimizer": "adam",
    "learning_rate": 0.2,
    "schedule": "exponential",
    "schedule_every": 3,
    "schedule_factor": 0.9,
    "batch_size": 5,
    "l1": 0.01,
    "l2": 0.1,
    "clip_norm": 0.05,
    "momentum": 0.5,
    "rho": 0.5,
    "beta1": 0.5,
    "beta2": 0.9,
    "epsilon": 0.1,
    "weight_decay": 0.5,
    "loss": "absolute",
}
# What makes a setting matter.
CONTEXT = {
    "huber_delta": {"loss": "huber"},
    "schedule_every": {"schedule": "step", "schedule_every": 1},
    "schedule_factor": {"schedule": "step", "schedule_every": 1},
    "momentum": {"optimizer": "momentum"},
    "rho": {"optimizer": "rmsprop"},
    "beta1": {"optimizer": "adam"},
    "beta2": {"optimizer": "adam"},
    "epsilon": {"optimizer": "adam"},
    "weight_decay": {"optimizer": "adamw"},
}


def test_every_live_field_has_a_change_here():
    assert set(LIVE_CHANGES) == LIVE_FIELDS


@pytest.mark.parametrize("name", LIVE_CHANGES)
def test_a_live_field_acts_from_the_next_epoch_on(name):
    settings = {"dataset": "bumps", "output": "linear", **CONTEXT.get(name, {})}
    run, unchanged = trained(4, **settings), trained(4, **settings)
    run.change(**{name: LIVE_CHANGES[name]})
    assert bits(run) == bits(unchanged)
    run.advance(3)
    unchanged.advance(3)
    assert getattr(run.config, name) == LIVE_CHANGES[name]
    assert run.epoch == 7
    assert bits(run) != bits(unchanged)


def test_a_change_before_the_first_epoch_is_as_good_as_a_config():
    run = Run(config())
    run.change(optimizer="adam", batch_size=5, l2=0.1)
    run.advance(4)
    assert bits(run) == bits(trained(4, optimizer="adam", batch_size=5, l2=0.1))


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "rmsprop", "adagrad", "adam"])
def test_a_change_of_something_else_keeps_the_optimizers_state(optimizer):
    run = trained(3, optimizer=optimizer)
    before = copy.deepcopy(run.state)
    run.change(l2=0.01, batch_size=5, clip_norm=1.0)
    for name, value in before.items():
        assert np.array_equal(run.state[name], value)


def test_a_change_of_the_loss_changes_what_is_measured():
    run = trained(3, output="sigmoid", loss="nll")
    run.change(loss="squared")
    run.advance(1)
    g = run.network.predict(run.data.X_train)
    expected = ((g - run.data.y_train) ** 2).mean()
    assert run.data.loss == run.loss.name == "squared"
    assert run.history.train_loss[-1] == pytest.approx(expected, rel=1e-5)


def test_a_change_in_the_middle_of_an_epoch_finishes_the_epoch_first():
    run, expected = Run(config()), trained(1)
    run.advance_batches(2)
    run.change(learning_rate=0.1)
    assert (run.epoch, run.batch) == (1, 0)
    assert bits(run) == bits(expected)
    assert run.changes == [Change(1, "learning_rate", 0.03, 0.1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": ((3, "tanh"),)},
        {"seed": 1},
        {"noise": 0.5},
        {"features": ("x1",)},
        {"initializer": "normal"},
        {"output": "tanh", "loss": "squared"},
        {"loss": "squared"},  # the output is "auto" and follows the loss
        {"learning_rate": 0.1, "leaky_slope": 0.2},
    ],
)
def test_a_change_that_needs_new_weights_is_refused_and_leaves_the_run_untouched(changes):
    run = Run(config())
    run.advance_batches(6)
    before = (bits(run), run.config, run.epoch, run.batch, list(run.changes))
    with pytest.raises(ValueError, match="need a new run"):
        run.change(**changes)
    assert (bits(run), run.config, run.epoch, run.batch, run.changes) == before


@pytest.mark.parametrize(
    "changes", [{"learning_rate": -1.0}, {"l2": "much"}, {"batch_size": True}, {"foo": 1}]
)
def test_a_bad_value_is_refused_and_leaves_the_run_untouched(changes):
    run = Run(config())
    run.advance_batches(6)
    before = (bits(run), run.config, run.epoch, run.batch, list(run.changes))
    with pytest.raises(ValidationError):
        run.change(l1=0.5, **changes)
    assert (bits(run), run.config, run.epoch, run.batch, run.changes) == before
    run.advance(2)
    assert bits(run) == bits(trained(3))


def test_a_loss_that_does_not_fit_the_data_is_refused_and_leaves_the_run_untouched():
    settings = {"dataset": "plane", "output": "linear", "loss": "squared"}
    run = Run(config(**settings))
    run.advance_batches(6)
    before = (bits(run), run.config, run.epoch, run.batch, list(run.changes), run.data.loss)
    with pytest.raises(ValueError, match="loss 'hinge' is for two classes"):
        run.change(l2=0.1, loss="hinge")
    assert (bits(run), run.config, run.epoch, run.batch, run.changes, run.data.loss) == before
    run.advance(2)
    assert bits(run) == bits(trained(3, **settings))


@pytest.mark.parametrize("name", [n for n in RunConfig.model_fields if n not in LIVE_FIELDS])
def test_only_live_fields_can_continue(name):
    other = {
        "dataset": "moons",
        "n_samples": 80,
        "test_share": 0.4,
        "noise": 0.1,
        "seed": 1,
        "weight_seed": 1,
        "n_classes": 4,
        "columns": ("a",),
        "target": "a",
        "task": "regression",
        "features": ("x1",),
        "hidden": (),
        "output": "tanh",
        "leaky_slope": 0.1,
        "elu_alpha": 0.5,
        "initializer": "zeros",
    }[name]
    assert not can_continue(config(), config(**{name: other}))


def test_the_loss_can_change_on_the_running_network_only_beside_an_explicit_output():
    explicit = config(output="sigmoid", loss="nll")
    assert can_continue(explicit, explicit.replace(loss="squared"))
    assert not can_continue(config(), config(loss="squared"))
