"""From settings and points to arrays: pairs of output and loss, encodings, features, scores."""

import numpy as np
import pytest
from sklearn.metrics import r2_score

from nnlib.activations import ACTIVATIONS
from nnlib.config import RunConfig
from nnlib.data import DATASETS, read_csv
from nnlib.features import phi
from nnlib.losses import LOSSES
from nnlib.network import MLP
from nnlib.task import (
    PAIRS,
    choose_pair,
    classify,
    classify_target,
    kind_of,
    pair_problem,
    pair_warning,
    prepare,
    score,
    usable_features,
    with_dataset,
)

KINDS = ("two classes", "classes", "regression")
EXAMPLE = {"two classes": "circle", "classes": "blobs", "regression": "bumps"}


def config(**settings) -> RunConfig:
    return RunConfig(**{"n_samples": 40, **settings})


# --- output and loss ---


@pytest.mark.parametrize(
    ("task", "n_classes", "kind"),
    [
        ("classification", 2, "two classes"),
        ("classification", 3, "classes"),
        ("classification", 8, "classes"),
        ("regression", 0, "regression"),
    ],
)
def test_the_kind_of_a_task(task, n_classes, kind):
    assert kind_of(task, n_classes) == kind


@pytest.mark.parametrize(
    ("kind", "pair"),
    [
        ("two classes", ("sigmoid", "nll")),
        ("classes", ("softmax", "softmax_nll")),
        ("regression", ("linear", "squared")),
    ],
)
def test_auto_is_the_usual_pair_of_the_task(kind, pair):
    assert choose_pair(config(), kind) == pair


@pytest.mark.parametrize(
    ("kind", "settings", "pair"),
    [
        ("two classes", {"loss": "squared"}, ("sigmoid", "squared")),
        ("two classes", {"loss": "hinge"}, ("linear", "hinge")),
        ("two classes", {"loss": "softmax_nll"}, ("softmax", "softmax_nll")),
        ("two classes", {"loss": "huber"}, ("linear", "huber")),
        ("two classes", {"output": "tanh"}, ("tanh", "squared")),
        ("two classes", {"output": "softmax"}, ("softmax", "softmax_nll")),
        ("two classes", {"output": "linear"}, ("linear", "hinge")),
        ("two classes", {"output": "relu"}, ("relu", "squared")),
        ("classes", {"loss": "squared"}, ("softmax", "squared")),
        ("classes", {"output": "sigmoid"}, ("sigmoid", "squared")),
        ("regression", {"loss": "absolute"}, ("linear", "absolute")),
        ("regression", {"output": "tanh"}, ("tanh", "squared")),
        ("regression", {"output": "tanh", "loss": "huber"}, ("tanh", "huber")),
    ],
)
def test_auto_beside_a_chosen_one_is_what_fits(kind, settings, pair):
    assert choose_pair(config(**settings), kind) == pair


@pytest.mark.parametrize(("kind", "pair"), [(kind, p) for kind in KINDS for p in PAIRS[kind]])
def test_the_pairs_on_offer_can_be_trained(kind, pair):
    output, loss = pair
    data = prepare(config(dataset=EXAMPLE[kind], output=output, loss=loss))
    net = MLP((2, data.y_train.shape[1]), (output,), rng=np.random.default_rng(0))
    value, gradient = net.loss_and_gradient(data.X_train, data.y_train, loss)
    assert (data.kind, data.output, data.loss) == (kind, output, loss)
    assert pair_problem(output, loss, kind) is None
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        ("regression", {"loss": "nll"}, "loss 'nll' is for two classes"),
        ("regression", {"loss": "hinge"}, "loss 'hinge' is for two classes"),
        ("classes", {"loss": "nll"}, r"loss 'nll' is for two classes.*\(classes\)"),
        ("classes", {"loss": "hinge", "output": "linear"}, "loss 'hinge' is for two classes"),
        ("regression", {"output": "softmax"}, "output 'softmax' gives probabilities of classes"),
        ("regression", {"loss": "softmax_nll"}, "output 'softmax' gives probabilities"),
    ],
)
def test_a_pair_that_cannot_work_on_the_data_raises_a_sentence(kind, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        prepare(config(dataset=EXAMPLE[kind], **settings))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("output", ACTIVATIONS)
def test_every_pair_without_a_problem_gives_a_finite_loss(output, kind):
    trained = []
    for loss in LOSSES:
        if pair_problem(output, loss, kind) is None:
            data = prepare(config(dataset=EXAMPLE[kind], output=output, loss=loss))
            net = MLP((2, data.y_train.shape[1]), (output,), rng=np.random.default_rng(0))
            assert np.isfinite(net.loss_and_gradient(data.X_train, data.y_train, loss)[0])
            trained.append(loss)
    assert "squared" in trained or (output, kind) == ("softmax", "regression")


@pytest.mark.parametrize(
    ("output", "loss", "kind", "words"),
    [
        ("sigmoid", "squared", "two classes", "a confident mistake gives hardly any gradient"),
        ("softmax", "squared", "classes", "a confident mistake gives hardly any gradient"),
        ("linear", "squared", "two classes", "far on the right side"),
        ("sigmoid", "squared", "regression", "its range may not reach the targets"),
        ("relu", "squared", "two classes", "unusual"),
    ],
)
def test_an_odd_pair_comes_with_a_warning(output, loss, kind, words):
    assert words in pair_warning(output, loss, kind)


@pytest.mark.parametrize(
    ("output", "loss", "kind"),
    [
        ("sigmoid", "nll", "two classes"),
        ("softmax", "softmax_nll", "classes"),
        ("linear", "squared", "regression"),
        ("linear", "huber", "regression"),
        ("linear", "hinge", "two classes"),
    ],
)
def test_a_usual_pair_comes_without_a_warning(output, loss, kind):
    assert pair_warning(output, loss, kind) is None


# --- arrays ---


def test_two_classes_are_one_column_of_0_and_1():
    data = prepare(config())
    assert data.y_train.shape == (20, 1)
    assert np.unique(data.y_train).tolist() == [0, 1]
    assert np.array_equal(data.y_train[:, 0], data.points.train_target)
    assert np.array_equal(data.y_test[:, 0], data.points.test_target)


@pytest.mark.parametrize(
    ("settings", "k"),
    [
        ({"dataset": "blobs", "n_classes": 4}, 4),
        ({"dataset": "iris"}, 3),
        ({"dataset": "circle", "output": "softmax"}, 2),
        ({"dataset": "circle", "output": "softmax", "loss": "squared"}, 2),
        ({"dataset": "rings", "output": "linear", "loss": "squared"}, 3),
    ],
)
def test_several_units_get_one_hot_targets(settings, k):
    data = prepare(config(**settings))
    assert data.y_train.shape[1] == data.y_test.shape[1] == k
    assert (data.y_train.sum(axis=1) == 1).all()
    assert np.unique(data.y_train).tolist() == [0, 1]
    assert np.array_equal(data.y_train.argmax(axis=1), data.points.train_target)


def test_made_data_with_two_classes_by_choice_have_one_unit():
    data = prepare(config(dataset="blobs", n_classes=2))
    assert data.kind == "two classes"
    assert data.y_train.shape[1] == 1


def test_regression_targets_are_one_column():
    data = prepare(config(dataset="plane"), dtype=np.float64)
    assert np.array_equal(data.y_train, data.points.train_target[:, None])


def test_the_inputs_are_the_chosen_features():
    data = prepare(config(features=("x1", "x1*x2")), dtype=np.float64)
    assert np.array_equal(data.X_train, phi(data.points.train, ("x1", "x1*x2")))
    assert np.array_equal(data.X_test, phi(data.points.test, ("x1", "x1*x2")))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dataset", ["circle", "blobs", "sine"])
def test_all_arrays_have_the_dtype_asked_for(dataset, dtype):
    data = prepare(config(dataset=dataset), dtype=dtype)
    arrays = (data.X_train, data.y_train, data.X_test, data.y_test)
    assert {each.dtype for each in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("chosen", "on_the_line"),
    [
        (("x1", "x2"), ("x1",)),
        (("x2",), ("x1",)),
        (("x2", "x1*x2", "sin(x2)"), ("x1",)),
        (("x1^2", "x2^2", "sin(x1)"), ("x1^2", "sin(x1)")),
    ],
)
def test_on_the_line_the_features_of_x2_are_left_out(chosen, on_the_line):
    assert usable_features(chosen, 1) == on_the_line
    assert usable_features(chosen, 2) == chosen
    data = prepare(config(dataset="sine", features=chosen))
    assert data.features == on_the_line
    assert data.X_train.shape == (20, len(on_the_line))


def test_own_data_keep_their_units():
    rows = "\n".join(f"{i},{i % 7},{10 * i}" for i in range(30))
    table = read_csv(f"a,b,y\n{rows}\n".encode())
    data = prepare(config(dataset="own", columns=("a",)), table)
    assert data.kind == "regression"
    assert data.points.input_names == ("a",)
    assert data.X_train.shape[1] == 1
    original = data.points.train * data.points.scale + data.points.center
    targets = data.points.train_target * data.points.target_scale + data.points.target_center
    np.testing.assert_allclose(targets, 10 * original[:, 0], rtol=1e-12, atol=1e-9)


# --- scores ---


def test_the_threshold_is_a_half_and_zero_for_a_margin():
    assert prepare(config()).threshold == 0.5
    assert prepare(config(output="linear", loss="squared")).threshold == 0.5
    assert prepare(config(output="tanh", loss="squared")).threshold == 0.5
    assert prepare(config(loss="hinge")).threshold == 0


def test_one_unit_decides_by_the_threshold_which_belongs_to_class_1():
    data = prepare(config())
    assert classify(data, np.array([[0.4], [0.5], [0.6]])).tolist() == [0, 1, 1]
    margin = prepare(config(loss="hinge"))
    assert classify(margin, np.array([[-0.1], [0.0], [0.1]])).tolist() == [0, 1, 1]


def test_several_units_decide_by_the_largest():
    data = prepare(config(dataset="blobs"))
    assert classify(data, np.array([[0.2, 0.5, 0.3], [0.9, 0.1, 0.0]])).tolist() == [1, 0]


def test_encoded_targets_go_back_to_classes():
    assert classify_target(np.array([[0.0], [1.0]])).tolist() == [0, 1]
    assert classify_target(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])).tolist() == [2, 0]


def test_accuracy_is_the_share_that_is_right():
    data = prepare(config())
    prediction, y = np.array([[0.9], [0.8], [0.1], [0.2]]), np.array([[1.0], [0.0], [0.0], [1.0]])
    assert score(data, prediction, y) == 0.5


def test_r2_equals_scikit_learns(rng):
    data = prepare(config(dataset="plane"))
    y = rng.normal(size=(30, 1))
    prediction = y + rng.normal(0, 0.5, (30, 1))
    assert score(data, prediction, y) == pytest.approx(r2_score(y, prediction), rel=1e-12)


def test_r2_of_a_constant_target_is_zero():
    data = prepare(config(dataset="plane"))
    assert score(data, np.ones((3, 1)), np.full((3, 1), 2.0)) == 0


# --- another data set ---


def test_switching_the_data_keeps_every_other_setting():
    before = config(
        hidden=((8, "relu"),), optimizer="adam", learning_rate=0.01, seed=9, features=("x1",)
    )
    assert with_dataset(before, "moons") == before.replace(dataset="moons")


@pytest.mark.parametrize("dataset", [*DATASETS, "own"])
def test_switching_the_data_resets_what_belonged_to_the_old(dataset):
    before = RunConfig(dataset="own", columns=("height", "weight"), target="age", task="regression")
    after = with_dataset(before, dataset)
    assert after == RunConfig(dataset=dataset)


@pytest.mark.parametrize(
    ("settings", "dataset", "pair"),
    [
        ({"output": "sigmoid", "loss": "nll"}, "moons", ("sigmoid", "nll")),
        ({"output": "sigmoid", "loss": "nll"}, "breast_cancer", ("sigmoid", "nll")),
        ({"output": "sigmoid", "loss": "nll"}, "iris", ("auto", "auto")),
        ({"output": "sigmoid", "loss": "nll"}, "sine", ("auto", "auto")),
        ({"output": "sigmoid", "loss": "nll"}, "own", ("auto", "auto")),
        ({"loss": "hinge"}, "xor", ("auto", "hinge")),
        ({"loss": "hinge"}, "rings", ("auto", "auto")),
        ({"loss": "hinge", "n_classes": 2}, "rings", ("auto", "hinge")),
        ({"output": "softmax"}, "wine", ("softmax", "auto")),
        ({"output": "softmax"}, "plane", ("auto", "auto")),
        ({"output": "linear", "loss": "squared"}, "own", ("auto", "auto")),
        ({"output": "linear", "loss": "squared"}, "plane", ("linear", "squared")),
    ],
)
def test_output_and_loss_stay_only_where_they_still_work(settings, dataset, pair):
    after = with_dataset(config(**settings), dataset)
    assert (after.output, after.loss) == pair


FITTING = [(f, name) for f in ACTIVATIONS for name in LOSSES if LOSSES[name].output in (None, f)]


@pytest.mark.parametrize(("output", "loss"), FITTING)
def test_the_config_after_a_switch_can_be_trained(output, loss):
    for dataset, row in DATASETS.items():
        after = with_dataset(config(output=output, loss=loss), dataset)
        choose_pair(after, kind_of(row.task, row.classes or after.n_classes))


def test_an_unknown_data_set_is_refused():
    with pytest.raises(ValueError, match="dataset"):
        with_dataset(config(), "donut")
