"""Runs: against scikit-learn, to the bit, through time (snapshots, branches), diverging."""

import copy
import pickle

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn import metrics
from sklearn.neural_network import MLPClassifier, MLPRegressor

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.changes import LIVE_FIELDS, Change, can_continue
from nnlib.config import RunConfig
from nnlib.data import DataError, read_csv
from nnlib.history import History
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run

MEASURES = ("train_loss", "test_loss", "objective", "train_score", "test_score")


def config(**settings) -> RunConfig:
    """A small config: 30 training rows, 4 batches of which the last is partial."""
    return RunConfig(**{"n_samples": 60, "batch_size": 8, **settings})


def trained(epochs: int, **settings) -> Run:
    run = Run(config(**settings))
    run.advance(epochs)
    return run


def bits(run: Run) -> bytes:
    return run.network.parameters.tobytes()


def parameters_by_epoch(run: Run, epochs: int) -> list[bytes]:
    """The parameters after 0, 1, ... epochs, while `run` advances by one epoch at a time."""
    found = [bits(run)]
    for _ in range(epochs):
        run.advance(1)
        found.append(bits(run))
    return found


def history_of(run: Run) -> np.ndarray:
    return np.stack([getattr(run.history, name) for name in ("epoch", *MEASURES)])


# --- scikit-learn --------------------------------------------------------------------------------

SKLEARN_NAMES = {"tanh": "tanh", "relu": "relu", "sigmoid": "logistic", "linear": "identity"}


def sklearn_twin(run: Run):
    """scikit-learn's MLP with the run's weights, about to take the run's first step."""
    c = run.config
    batch = min(c.batch_size, len(run.data.X_train))
    half = 0.5 if run.data.loss == "squared" else 1.0  # its squared loss has a factor 1/2
    model = (MLPRegressor if run.data.kind == "regression" else MLPClassifier)(
        hidden_layer_sizes=[width for width, _ in c.hidden],
        activation=SKLEARN_NAMES[c.hidden[0][1]],
        solver="sgd",
        learning_rate_init=c.learning_rate / half,
        alpha=c.l2 * half * batch,  # it divides alpha by the batch size
        momentum=0.0 if c.optimizer == "sgd" else c.momentum,
        nesterovs_momentum=c.optimizer == "nesterov",
        batch_size=batch,
        shuffle=False,
    )
    fit(model, run, np.arange(batch))  # makes its arrays, which are then replaced
    model.coefs_ = [W.copy() for W in run.network.weights]
    model.intercepts_ = [b.copy() for b in run.network.biases]
    del model._optimizer
    return model


def fit(model, run: Run, rows: np.ndarray) -> None:
    """One step of scikit-learn's on these training rows."""
    target = run.data.points.train_target
    options = {"classes": np.unique(target)} if isinstance(model, MLPClassifier) else {}
    model.partial_fit(run.data.X_train[rows], target[rows], **options)


def assert_equals_sklearn(run: Run, epochs: int) -> None:
    model, size = sklearn_twin(run), run.config.batch_size
    for _ in range(epochs):
        order = run.order(run.epoch)
        run.advance(1)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            model.set_params(batch_size=len(rows))
            fit(model, run, rows)
    for W, coef in zip(run.network.weights, model.coefs_, strict=True):
        np.testing.assert_allclose(W, coef, rtol=1e-9, atol=1e-12)
    for b, intercept in zip(run.network.biases, model.intercepts_, strict=True):
        np.testing.assert_allclose(b, intercept, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("hidden", SKLEARN_NAMES)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize(
    "dataset", ["moons", "blobs", "bumps"], ids=["two classes", "classes", "regression"]
)
def test_training_equals_scikit_learns(dataset, optimizer, hidden):
    settings = {
        "dataset": dataset,
        "optimizer": optimizer,
        "hidden": ((5, hidden), (3, hidden)),
        "learning_rate": 0.005,
        "batch_size": 10,
    }
    assert_equals_sklearn(Run(config(**settings), dtype=np.float64), 5)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("dataset", ["moons", "bumps"])
@pytest.mark.parametrize("batch_size", [1, 15, 30])
def test_training_with_l2_equals_scikit_learns_with_alpha(dataset, batch_size, optimizer):
    settings = {"dataset": dataset, "optimizer": optimizer, "l2": 0.1, "learning_rate": 0.01}
    run = Run(config(batch_size=batch_size, **settings), dtype=np.float64)
    assert_equals_sklearn(run, 3)


@pytest.mark.parametrize("optimizer", ["sgd", "nesterov"])
@pytest.mark.parametrize("dataset", ["moons", "blobs", "bumps"])
def test_training_with_a_partial_last_batch_equals_scikit_learns(dataset, optimizer):
    settings = {"dataset": dataset, "optimizer": optimizer, "batch_size": 8}
    assert_equals_sklearn(Run(config(**settings), dtype=np.float64), 3)


@pytest.mark.parametrize("dataset", ["moons", "blobs", "iris"])
def test_measures_of_a_classifier_equal_scikit_learns_metrics(dataset):
    run = Run(config(dataset=dataset, l1=0.01, l2=0.1), dtype=np.float64)
    run.advance(3)
    points, classes = run.data.points, range(run.data.points.n_classes)
    measured = dict(zip(MEASURES, run.measure(), strict=True))
    for side, X, target in (
        ("train", run.data.X_train, points.train_target),
        ("test", run.data.X_test, points.test_target),
    ):
        g = run.network.predict(X)
        g = np.hstack([1 - g, g]) if g.shape[1] == 1 else g
        g /= g.sum(axis=1, keepdims=True)  # to the last digit, else scikit-learn warns
        loss = metrics.log_loss(target, g, labels=list(classes))
        assert measured[f"{side}_loss"] == pytest.approx(loss, rel=1e-12)
        accuracy = metrics.accuracy_score(target, g.argmax(axis=1))
        assert measured[f"{side}_score"] == pytest.approx(accuracy, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "metric"),
    [("squared", metrics.mean_squared_error), ("absolute", metrics.mean_absolute_error)],
)
@pytest.mark.parametrize("dataset", ["bumps", "sine"])
def test_measures_of_a_regression_equal_scikit_learns_metrics(dataset, loss, metric):
    run = Run(config(dataset=dataset, loss=loss, noise=1.0), dtype=np.float64)
    run.advance(3)
    data, measured = run.data, dict(zip(MEASURES, run.measure(), strict=True))
    for side, X, y in (
        ("train", data.X_train, data.y_train),
        ("test", data.X_test, data.y_test),
    ):
        g = run.network.predict(X)
        assert measured[f"{side}_loss"] == pytest.approx(metric(y, g), rel=1e-12)
        assert measured[f"{side}_score"] == pytest.approx(metrics.r2_score(y, g), rel=1e-10)


def test_the_objective_is_the_loss_with_its_penalties_on_weights_but_not_on_biases():
    run = Run(config(l1=0.3, l2=0.2, hidden=()), dtype=np.float64)
    run.network.parameters[:] = [3, -4, 100]  # 0.2 / 2 * (9 + 16) + 0.3 * (3 + 4) = 2.5 + 2.1
    train_loss, _, objective, *_ = run.measure()
    assert run.penalty() == pytest.approx(4.6)
    assert objective == pytest.approx(train_loss + 4.6)


def test_without_penalties_the_objective_is_the_loss():
    run = trained(2)
    assert np.array_equal(run.history.objective, run.history.train_loss)


# --- it learns -----------------------------------------------------------------------------------


def test_the_default_learns_the_circle():
    run = Run(RunConfig())
    run.advance(200)
    assert run.history.test_score[-1] > 0.95


@pytest.mark.parametrize(
    ("settings", "epochs", "score"),
    [
        ({"dataset": "gauss", "hidden": ()}, 20, 0.98),
        ({"dataset": "circle", "features": ("x1^2", "x2^2"), "hidden": ()}, 50, 0.98),
        ({"dataset": "xor", "hidden": ((8, "tanh"),)}, 200, 0.95),
        ({"dataset": "xor", "features": ("x1*x2",), "hidden": ()}, 20, 0.98),
        ({"dataset": "moons"}, 50, 0.98),
        ({"dataset": "blobs", "n_classes": 4}, 50, 0.98),
        ({"dataset": "iris"}, 100, 0.9),
        ({"dataset": "plane", "hidden": ()}, 50, 0.99),
    ],
    ids=str,
)
def test_it_learns_what_can_be_learned(settings, epochs, score):
    run = Run(RunConfig(**settings))
    run.advance(epochs)
    assert run.history.test_score[-1] > score


@pytest.mark.parametrize(
    ("dataset", "epochs", "score"), [("spiral", 300, 0.9), ("sine", 200, 0.95), ("bumps", 300, 0.8)]
)
def test_a_deep_network_with_adam_learns_the_hard_ones(dataset, epochs, score):
    layers = ((8, "tanh"),) * 3
    run = Run(RunConfig(dataset=dataset, hidden=layers, optimizer="adam", learning_rate=0.01))
    run.advance(epochs)
    assert run.history.test_score[-1] > score


def test_a_linear_model_cannot_learn_the_circle():
    run = Run(RunConfig(hidden=()))
    run.advance(100)
    assert run.history.test_score[-1] < 0.7


@pytest.mark.parametrize("hidden", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_lowers_the_objective_with_every_activation(optimizer, hidden):
    run = trained(10, optimizer=optimizer, hidden=((6, hidden),), learning_rate=0.005, l2=0.01)
    assert run.diverged is None
    assert run.history.objective[-1] < run.history.objective[0]


# --- the same config, the same bits --------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dataset": "blobs", "hidden": ((5, "gelu"), (3, "leaky_relu")), "optimizer": "adamw"},
        {"dataset": "sine", "loss": "huber", "clip_norm": 0.5, "l1": 0.01, "schedule": "cosine"},
        {"batch_size": 2000, "optimizer": "nesterov"},
    ],
    ids=str,
)
def test_the_same_config_gives_the_same_bits(settings):
    one, two = trained(5, **settings), trained(5, **settings)
    assert bits(one) == bits(two)
    assert history_of(one).tobytes() == history_of(two).tobytes()


def test_another_seed_gives_other_data_weights_and_batches():
    one, two = Run(config()), Run(config(seed=1))
    assert not np.array_equal(one.data.X_train, two.data.X_train)
    assert bits(one) != bits(two)
    assert not np.array_equal(one.order(one.epoch), two.order(two.epoch))


@pytest.mark.parametrize("changes", [{"hidden": ((4, "relu"), (2, "sine"))}, {"output": "tanh"}])
def test_another_activation_leaves_data_weights_and_batches_as_they_were(changes):
    one, two = Run(config()), Run(config(**changes))
    assert np.array_equal(one.data.X_train, two.data.X_train)
    assert np.array_equal(one.data.y_train, two.data.y_train)
    assert bits(one) == bits(two)
    for _ in range(20):
        assert np.array_equal(one.order(one.epoch), two.order(two.epoch))
        one.advance(1)
        two.advance(1)


def test_a_wider_layer_leaves_data_batches_and_the_common_weights_as_they_were():
    one = Run(config(hidden=((4, "tanh"),), initializer="normal"))
    two = Run(config(hidden=((7, "tanh"),), initializer="normal"))
    assert np.array_equal(one.data.X_train, two.data.X_train)
    assert np.array_equal(one.network.weights[0], two.network.weights[0][:, :4])
    assert np.array_equal(one.network.weights[1], two.network.weights[1][:4])
    assert np.array_equal(one.order(one.epoch), two.order(two.epoch))


def test_the_seed_of_the_weights_changes_the_weights_alone():
    one, two = Run(config()), Run(config(weight_seed=1))
    assert np.array_equal(one.data.X_train, two.data.X_train)
    assert np.array_equal(one.order(one.epoch), two.order(two.epoch))
    assert not np.isin(one.network.weights[0], two.network.weights[0]).any()


def test_noise_changes_neither_weights_nor_batches():
    one, two = Run(config()), Run(config(noise=1.0))
    assert bits(one) == bits(two)
    assert np.array_equal(one.order(one.epoch), two.order(two.epoch))


def test_every_epoch_visits_every_row_once_in_an_order_of_its_own():
    run = Run(config())
    seen = []
    for _ in range(40):
        order = run.order(run.epoch).copy()
        assert np.array_equal(np.sort(order), np.arange(30))
        seen.append(order.tobytes())
        run.advance(1)
    assert len(set(seen)) == 40


def test_the_order_of_the_batches_comes_from_a_stream_of_its_own():
    # NumPy gives [seed, a] and [seed, a, 0] the same stream: the numbers of data.py are taken.
    run = Run(config(seed=5))
    rows = np.tile(np.arange(30), (16, 1))
    for stream in (101, 102, 103, 104):
        order = np.random.default_rng([5, stream]).permuted(rows, axis=1)[0]
        assert not np.array_equal(run.order(run.epoch), order)


# --- advancing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_advancing_in_two_goes_gives_the_same_bits(optimizer):
    whole, parts = trained(9, optimizer=optimizer), trained(4, optimizer=optimizer)
    parts.advance(5)
    assert bits(parts) == bits(whole)
    assert history_of(parts).tobytes() == history_of(whole).tobytes()


def test_advancing_batch_by_batch_gives_the_same_bits():
    whole, parts = trained(3, optimizer="adam"), Run(config(optimizer="adam"))
    assert parts.n_batches == 4
    for n in (1, 2, 0, 3, 5, 1):
        parts.advance_batches(n)
    assert (parts.epoch, parts.batch) == (3, 0)
    assert bits(parts) == bits(whole)
    assert history_of(parts).tobytes() == history_of(whole).tobytes()


def test_an_epoch_under_way_counts_as_one_when_it_ends():
    run, whole = Run(config()), trained(2)
    run.advance_batches(3)
    assert (run.epoch, run.batch, len(run.history)) == (0, 3, 1)
    run.advance(2)
    assert (run.epoch, run.batch) == (2, 0)
    assert bits(run) == bits(whole)


@pytest.mark.parametrize("n", [0, -1])
def test_advancing_by_nothing_does_nothing(n):
    run = Run(config())
    run.advance_batches(1)
    before = bits(run)
    run.advance(n)
    run.advance_batches(n)
    assert (bits(run), run.epoch, run.batch) == (before, 0, 1)


def test_one_batch_of_everything_is_one_step_an_epoch():
    run = trained(3, batch_size=2000, optimizer="adam")
    assert run.n_batches == 1
    assert run.state["t"] == 3


def test_an_endless_play_ends(monkeypatch):
    monkeypatch.setattr("nnlib.epochs.MAX_EPOCHS", 3)
    assert trained(10).epoch == 3


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"schedule": "constant"}, [0.1] * 5),
        ({"schedule": "step", "schedule_every": 2}, [0.1, 0.1, 0.05, 0.05, 0.025]),
        (
            {"schedule": "exponential", "schedule_every": 1, "schedule_factor": 0.1},
            [0.1, 0.01, 0.001, 0.0001, 0.00001],
        ),
        # 0.1 (1 + cos(pi epoch / 4)) / 2, and 0 at the end
        (
            {"schedule": "cosine", "schedule_every": 4},
            [0.1, 0.0853553391, 0.05, 0.0146446609, 0],
        ),
    ],
    ids=["constant", "step", "exponential", "cosine"],
)
def test_the_rate_follows_the_schedule(settings, rates):
    run = Run(config(learning_rate=0.1, **settings))
    for rate in rates:
        assert run.learning_rate == pytest.approx(rate)
        run.advance_batches(1)
        assert run._trainer.learning_rate == run.learning_rate
        run.advance(1)


def test_a_rate_of_zero_at_the_end_of_a_cosine_leaves_the_network_as_it_is():
    run = trained(4, schedule="cosine", schedule_every=4)
    before = bits(run)
    run.advance(3)
    assert bits(run) == before
    assert run.diverged is None


def test_own_data_train_like_any_other():
    rows = "\n".join(f"{i % 10},{i // 10},{'yes' if i % 10 > 4 else 'no'}" for i in range(100))
    table = read_csv(f"a,b,answer\n{rows}\n".encode())
    run = Run(config(dataset="own", hidden=()), table)
    run.advance(100)
    assert run.data.points.class_names == ("no", "yes")
    assert run.history.train_score[-1] > 0.95
    assert run.branch(50).own is table


def test_own_data_that_were_not_given_are_asked_for():
    with pytest.raises(DataError):
        Run(config(dataset="own"))


def test_a_pair_that_does_not_fit_the_data_raises_a_sentence():
    with pytest.raises(ValueError, match="loss 'nll' is for two classes"):
        Run(config(dataset="iris", loss="nll"))


# --- history -------------------------------------------------------------------------------------


def test_the_history_holds_every_epoch_from_the_start():
    run = trained(7)
    assert run.history.epoch.tolist() == list(range(8))
    assert len(run.history) == 8
    assert all(getattr(run.history, name).shape == (8,) for name in MEASURES)


def test_the_history_holds_what_was_measured():
    run = Run(config())
    expected = [run.measure()]
    for _ in range(3):
        run.advance(1)
        expected.append(run.measure())
    assert np.array_equal(history_of(run)[1:].T, expected)


def test_the_history_does_not_change_in_the_hands_of_who_asked_for_it():
    run = Run(config())
    run.history = thin(4)
    run.advance(2)
    losses = run.history.train_loss
    before = losses.copy()
    run.advance(20)
    assert np.array_equal(losses, before)


def test_another_attribute_of_the_history_does_not_exist():
    with pytest.raises(AttributeError, match="accuracy"):
        _ = Run(config()).history.accuracy


def thin(limit: int) -> History:
    """A history of its own for the epoch 0 that a new run has already."""
    history = History(limit)
    history.append(0, (0.0,) * 5)
    return history


@pytest.mark.parametrize("limit", [2, 4, 5, 8])
def test_a_long_history_is_thinned_with_equal_spacing_from_epoch_0(limit):
    history = History(limit)
    for epoch in range(100):
        history.append(epoch, (float(epoch),) * 5)
        kept = history.epoch
        assert len(history) == len(kept) <= limit
        assert np.array_equal(kept, np.arange(0, epoch + 1, history.stride))
        assert np.array_equal(history.test_loss, kept)
    assert len(history) > limit / 2 - 1


def test_thinning_changes_no_bit_of_the_training():
    run, expected = Run(config()), trained(30)
    run.history = thin(4)
    run.advance(30)
    assert bits(run) == bits(expected)
    assert run.history.epoch.tolist() == [0, 8, 16, 24]


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))]
)
def test_a_history_can_be_copied(duplicate):
    history = trained(3).history
    assert np.array_equal(duplicate(history).train_loss, history.train_loss)


# --- snapshots -----------------------------------------------------------------------------------


def eventful(run: Run, limit: int) -> list[bytes]:
    """25 epochs with changes of many kinds; the parameters by epoch."""
    run._snapshots.limit = limit
    found = parameters_by_epoch(run, 3)
    for changes, epochs in (
        ({"learning_rate": 0.1}, 4),  # from epoch 3
        ({"optimizer": "adam", "learning_rate": 0.01}, 3),  # from epoch 7
        ({"loss": "squared", "l2": 0.01}, 4),  # from epoch 10
        ({"batch_size": 3}, 2),  # from epoch 14
        ({"optimizer": "momentum"}, 4),  # from epoch 16, which is a snapshot's
        ({"momentum": 0.5, "clip_norm": 0.1, "schedule": "step", "schedule_every": 2}, 5),
    ):
        run.change(**changes)
        assert bits(run) == found[-1]
        found += parameters_by_epoch(run, epochs)[1:]
    return found


EVENTFUL = {"output": "sigmoid", "loss": "nll", "optimizer": "momentum"}


@pytest.mark.parametrize("limit", [1_000, 8, 4, 2, 1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_snapshots_are_exact_to_the_bit_between_the_kept_ones(optimizer, limit):
    run = Run(config(optimizer=optimizer))
    run._snapshots.limit = limit
    expected = parameters_by_epoch(run, 21)
    assert [run.snapshot(epoch).tobytes() for epoch in range(22)] == expected
    assert len(run._snapshots.kept) <= max(limit, 1)


@pytest.mark.parametrize("limit", [1_000, 5, 2])
def test_snapshots_are_exact_to_the_bit_with_changes_on_the_way(limit):
    run = Run(config(**EVENTFUL))
    expected = eventful(run, limit)
    assert run.epoch == 25
    assert [run.snapshot(epoch).tobytes() for epoch in range(26)] == expected


def test_a_snapshot_is_a_copy_and_leaves_the_run_alone():
    run = trained(5)
    before, changes, history = bits(run), list(run.changes), history_of(run).tobytes()
    run.snapshot(3)[:] = 0
    run.snapshot(5)[:] = 0
    assert (bits(run), run.epoch, run.changes) == (before, 5, changes)
    assert history_of(run).tobytes() == history
    run.advance(2)
    assert bits(run) == bits(trained(7))


def test_a_snapshot_in_the_middle_of_an_epoch_is_that_of_its_beginning():
    run = trained(2)
    expected = bits(run)
    run.advance_batches(2)
    assert run.snapshot(2).tobytes() == expected
    assert run.batch == 2


def test_switching_the_optimizer_to_and_fro_forgets_its_state_also_in_a_snapshot():
    run = trained(5, optimizer="momentum")
    run.change(optimizer="adam")
    run.change(optimizer="momentum")
    run.advance(2)
    expected = bits(run)
    run.advance(1)
    assert run.snapshot(7).tobytes() == expected
    assert expected != bits(trained(7, optimizer="momentum"))


@pytest.mark.parametrize("epoch", [-1, 6, 1000])
def test_an_epoch_that_was_not_reached_has_no_snapshot_and_no_branch(epoch):
    run = trained(5)
    with pytest.raises(ValueError, match=f"epoch must be 0 to 5. Got {epoch} instead"):
        run.snapshot(epoch)
    with pytest.raises(ValueError, match=f"epoch must be 0 to 5. Got {epoch} instead"):
        run.branch(epoch, noise=1.0)


def test_a_run_keeps_as_few_snapshots_as_it_is_told():
    run, plain = Run(RunConfig(n_samples=50), snapshots=2), Run(RunConfig(n_samples=50))
    for each in (run, plain):
        each.advance(9)
    assert len(run._snapshots.kept) <= 2
    assert np.array_equal(run.snapshot(5), plain.snapshot(5))


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("hidden", [(), ((8, "tanh"),) * 3, ((64, "relu"),) * 6])
def test_the_memory_of_snapshots_is_bounded(hidden, optimizer):
    run = Run(config(hidden=hidden, optimizer=optimizer, n_samples=20, batch_size=2000))
    run.advance(400)
    kept = run._snapshots.kept.values()
    arrays = [P for P, _ in kept]
    arrays += [v for _, state in kept for v in state.values() if isinstance(v, np.ndarray)]
    assert 8 <= len(kept) <= 256
    assert sum(each.nbytes for each in arrays) < 5_000_000


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_holds_the_parameters_and_at_most_two_vectors_of_state(optimizer):
    for parameters, state in trained(2, optimizer=optimizer)._snapshots.kept.values():
        vectors = [v for v in state.values() if isinstance(v, np.ndarray)]
        assert len(vectors) <= 2
        assert all(v.shape == parameters.shape for v in vectors)


# --- changes -------------------------------------------------------------------------------------


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


# --- branches ------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1_000, 4])
@pytest.mark.parametrize("epoch", [0, 1, 6, 10])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adamw"])
def test_a_branch_without_changes_goes_on_to_the_same_bits(optimizer, epoch, limit):
    run = Run(config(optimizer=optimizer))
    run._snapshots.limit = limit
    run.advance(10)
    branch = run.branch(epoch)
    assert branch.epoch == epoch
    branch.advance(10 - epoch)
    assert bits(branch) == bits(run)
    assert history_of(branch).tobytes() == history_of(run).tobytes()
    assert [branch.snapshot(e).tobytes() for e in (0, 3, 10)] == [
        run.snapshot(e).tobytes() for e in (0, 3, 10)
    ]


@pytest.mark.parametrize("epoch", [0, 5, 12, 16, 25])
@pytest.mark.parametrize(
    "changes",
    [{"learning_rate": 0.2}, {"optimizer": "nesterov", "l1": 0.01}, {"batch_size": 7}],
    ids=str,
)
@pytest.mark.parametrize("limit", [1_000, 3])
def test_a_branch_equals_a_fresh_run_with_the_same_changes(changes, epoch, limit):
    run = Run(config(**EVENTFUL))
    eventful(run, limit)
    branch = run.branch(epoch, **changes)
    branch.advance(4)

    fresh = Run(config(**EVENTFUL))
    for change in run.changes:
        if change.epoch <= epoch:
            fresh.advance(change.epoch - fresh.epoch)
            fresh.change(**{change.field: change.new})
    fresh.advance(epoch - fresh.epoch)
    fresh.change(**changes)
    fresh.advance(4)
    assert bits(branch) == bits(fresh)
    assert branch.config == fresh.config
    assert branch.changes == fresh.changes
    assert history_of(branch).tobytes() == history_of(fresh).tobytes()


@pytest.mark.parametrize(
    "changes",
    [{"hidden": ((4, "relu"), (2, "tanh"))}, {"noise": 0.5}, {"seed": 3, "l2": 0.1}],
    ids=str,
)
def test_a_branch_that_needs_new_weights_is_a_new_run_trained_to_the_epoch(changes):
    run = trained(6)
    branch = run.branch(4, **changes)
    expected = trained(4, **changes)
    assert (branch.epoch, branch.config) == (4, expected.config)
    assert bits(branch) == bits(expected)


def test_a_branch_leaves_the_original_untouched_and_lives_on_its_own():
    run = trained(6)
    branch = run.branch(3, learning_rate=0.5)
    branch.advance(5)
    assert (run.epoch, run.changes, len(run.history)) == (6, [], 7)
    run.advance(2)
    assert bits(run) == bits(trained(8))
    assert branch.epoch == 8
    assert branch.history.epoch.tolist() == list(range(9))


def test_a_branch_has_the_originals_snapshots_up_to_its_epoch():
    run = trained(10)
    assert list(run.branch(7)._snapshots.kept) == list(range(8))


@pytest.mark.parametrize("changes", [{"noise": 9.0}, {"loss": "hinge"}])
def test_a_branch_with_a_bad_value_is_refused_and_the_original_untouched(changes):
    run = trained(4, dataset="plane", output="linear", loss="squared")
    before = bits(run)
    with pytest.raises(ValueError):
        run.branch(2, **changes)
    assert (bits(run), run.epoch, run.changes) == (before, 4, [])


def test_branches_of_branches_are_exact_too():
    run = trained(6)
    branch = run.branch(4, l2=0.1)
    branch.advance(4)
    twig = branch.branch(6, optimizer="adam")
    twig.advance(2)

    fresh = trained(4)
    fresh.change(l2=0.1)
    fresh.advance(2)
    fresh.change(optimizer="adam")
    fresh.advance(2)
    assert bits(twig) == bits(fresh)
    assert twig.snapshot(5).tobytes() == branch.snapshot(5).tobytes()


# --- divergence ----------------------------------------------------------------------------------

WILD = {"dataset": "plane", "learning_rate": 10.0, "hidden": ((8, "relu"), (8, "relu"))}


def assert_sound(run: Run) -> None:
    """Whatever happened: everything is finite, and the history ends at or before the epoch."""
    assert np.isfinite(run.network.parameters).all()
    assert np.isfinite(history_of(run)).all()
    assert np.isfinite(run.measure()).all()
    assert run.history.epoch[-1] <= run.epoch
    assert run.diverged in (None, run.epoch + 1)


@pytest.mark.parametrize("hidden", ["linear", "relu", "gelu", "softplus", "selu"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["squared", "huber"])
def test_a_wild_rate_neither_raises_nor_warns(hidden, optimizer, loss):
    layers = ((8, hidden),) * 3
    run = trained(12, **WILD | {"hidden": layers, "optimizer": optimizer, "loss": loss})
    assert_sound(run)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
def test_a_run_that_diverges_says_when_and_stands_where_it_was_before(optimizer):
    run = trained(10, **WILD, optimizer=optimizer)
    assert run.diverged == 1
    assert run.epoch == 0
    assert bits(run) == bits(Run(run.config))
    assert_sound(run)


def test_a_run_that_diverges_late_keeps_what_it_had():
    settings = {"dataset": "plane", "hidden": ((8, "relu"),)}
    run = trained(5, **settings)
    run.change(learning_rate=10.0)
    run.advance(10)
    expected = trained(5, **settings)
    assert (run.epoch, run.diverged) == (5, 6)
    assert bits(run) == bits(expected)
    assert history_of(run).tobytes() == history_of(expected).tobytes()


def test_divergence_is_seen_also_in_an_epoch_that_the_thinned_history_leaves_out():
    run = Run(config(dataset="plane", hidden=((8, "relu"),)))
    run.history, run._snapshots.limit = thin(4), 2
    run.advance(33)
    assert (run.history.stride, run._snapshots.stride) == (16, 32)
    before = bits(run)
    run.change(learning_rate=10.0)
    run.advance(1)
    assert (run.epoch, run.diverged) == (33, 34)
    assert bits(run) == before


def test_a_run_that_has_diverged_advances_no_further():
    run = trained(10, **WILD)
    before = bits(run)
    run.advance(5)
    run.advance_batches(3)
    assert (bits(run), run.epoch, run.batch, run.diverged) == (before, 0, 0, 1)


def test_divergence_batch_by_batch_ends_in_the_same_place():
    run, whole = Run(config(**WILD)), trained(10, **WILD)
    for _ in range(40):
        run.advance_batches(1)
    assert (bits(run), run.epoch, run.diverged) == (bits(whole), whole.epoch, whole.diverged)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_smaller_rate_goes_on_as_if_nothing_had_happened(optimizer):
    """The optimizer's state, too, is that of the last finite epoch."""
    settings = WILD | {"optimizer": optimizer, "learning_rate": 0.001}
    run, calm = trained(4, **settings), trained(4, **settings)
    run.change(learning_rate=10.0)
    with np.errstate(all="ignore"):
        run._begin_epoch()
        run._trainer.run(0, 1)
        run.network.parameters[:] = np.nan  # what the adaptive optimizers do not do by themselves
        run._trainer.run(1, 4)
        run._end_of_epoch()
    assert run.diverged == 5
    run.change(learning_rate=0.001)
    assert run.diverged is None
    run.advance(3)
    calm.advance(3)
    assert bits(run) == bits(calm)
    assert run.epoch == 7
    assert_sound(run)


def test_snapshots_and_branches_of_a_run_that_has_diverged():
    run = trained(5, dataset="plane", optimizer="momentum")
    run.change(learning_rate=10.0)
    run.advance(10)
    assert run.diverged is not None
    last = run.epoch
    assert run.snapshot(last).tobytes() == bits(run)
    branch = run.branch(last, learning_rate=0.001)
    branch.advance(3)
    assert branch.diverged is None
    assert branch.epoch == last + 3
    assert_sound(branch)


def test_a_loss_that_overflows_counts_as_divergence_even_if_the_weights_are_finite():
    run = trained(2, dataset="plane", hidden=((4, "linear"),) * 6)
    run._begin_epoch()
    run.network.parameters[:] = 1e5  # 7 layers: outputs beyond 1e35, their squares beyond float32
    run.batch = run.n_batches
    with np.errstate(all="ignore"):
        run._end_of_epoch()
    assert run.diverged == 3
    assert_sound(run)


def test_clipping_tames_a_wild_rate():
    run = trained(20, **WILD | {"clip_norm": 1e-4})
    assert run.diverged is None
    assert run.epoch == 20
    assert_sound(run)
