"""Training: against scikit-learn, to the bit, batch by batch, what the history keeps."""

import copy
import pickle

import numpy as np
import pytest
from sklearn import metrics
from sklearn.neural_network import MLPClassifier, MLPRegressor

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.config import RunConfig
from nnlib.data import DataError, read_csv
from nnlib.history import History
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run
from tests.nnlib.runs import MEASURES, bits, config, history_of, thin, trained

# --- scikit-learn ---------------------------------------------------------------------------------


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


# --- it learns ------------------------------------------------------------------------------------


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


# --- the same config, the same bits ---------------------------------------------------------------


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


# --- advancing ------------------------------------------------------------------------------------


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


# --- history --------------------------------------------------------------------------------------


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
