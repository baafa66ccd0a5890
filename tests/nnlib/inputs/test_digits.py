"""Digits: learned to 95 %, looked at, attacked, drawn by hand."""

import numpy as np
import pytest
from sklearn import datasets
from sklearn.metrics import confusion_matrix

from nnlib.attacks import deepfool, fgsm, pgd, smallest_lbfgs
from nnlib.inputs.ascent import Flow, higher_score
from nnlib.inputs.ball import sizes
from nnlib.inputs.digits import (
    BOUNDS,
    LOSS,
    SHAPE,
    DigitsTraining,
    confusion,
    from_drawing,
    load_digits,
    mistakes,
    weight_pictures,
)


@pytest.fixture(scope="module")
def trained() -> DigitsTraining:
    training = DigitsTraining()
    training.advance(30)
    return training


def share_right(network, X, y) -> float:
    return float((network.predict(X).argmax(axis=1) == y.argmax(axis=1)).mean())


# --- Data -----------------------------------------------------------------------------------------


def test_the_digits_are_scikit_learns_split_and_scaled():
    digits, found = load_digits(3), datasets.load_digits()
    assert (len(digits.X_train), len(digits.X_test)) == (1348, 449)
    rows = np.concatenate([digits.X_train, digits.X_test])
    label = np.concatenate([digits.y_train, digits.y_test]).argmax(axis=1)
    assert rows.min() == 0
    assert rows.max() == 1
    ours = sorted((tuple(row), int(k)) for row, k in zip(rows * 16, label, strict=True))
    theirs = sorted((tuple(x), int(k)) for x, k in zip(found.data, found.target, strict=True))
    assert ours == theirs


def test_the_split_is_the_seeds():
    assert load_digits(1) is load_digits(1)
    assert (load_digits(1).X_test != load_digits(2).X_test).any()


def test_the_mean_pictures_are_those_of_the_classes():
    digits = load_digits(0)
    fives = digits.X_train[digits.y_train[:, 5] == 1]
    np.testing.assert_allclose(digits.means[5], fives.mean(axis=0), rtol=1e-5)


# --- Training -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_64_relu_reach_95_percent_of_the_test_digits_in_30_epochs(seed):
    training = DigitsTraining(seed=seed, split_seed=seed)
    training.advance(30)
    assert training.network.sizes == (64, 64, 10)
    digits = training.digits
    assert training.history[-1, 3] >= 0.95
    assert training.history[-1, 3] == share_right(training.network, digits.X_test, digits.y_test)


def test_the_history_has_a_row_for_every_epoch_and_the_loss_falls(trained):
    assert trained.history.shape == (31, 4)
    assert trained.history[-1, 0] < 0.1 * trained.history[0, 0]
    assert trained.history[0, 3] < 0.3  # before training: hardly better than guessing


def test_slices_and_whole_epochs_give_the_same_bits():
    whole, sliced = DigitsTraining(), DigitsTraining()
    whole.advance(2)
    while sliced.epoch < 2:
        sliced.advance_batches(1)
    np.testing.assert_array_equal(whole.network.parameters, sliced.network.parameters)
    np.testing.assert_array_equal(whole.history, sliced.history)


def test_other_layers_learn_too():
    training = DigitsTraining(((32, "tanh"), (16, "tanh")), learning_rate=0.01)
    training.advance(20)
    assert training.network.sizes == (64, 32, 16, 10)
    assert training.history[-1, 3] > 0.9


def test_a_rate_that_is_too_large_is_survived():
    training = DigitsTraining(learning_rate=1e30, optimizer_name="sgd")
    training.advance(2)
    assert training.epoch == 2


# --- Looking --------------------------------------------------------------------------------------


def test_the_confusion_matrix_is_scikit_learns(trained):
    X, y = trained.digits.X_test, trained.digits.y_test
    counts = confusion(trained.network, X, y)
    said = trained.network.predict(X).argmax(axis=1)
    np.testing.assert_array_equal(counts, confusion_matrix(y.argmax(axis=1), said))


def test_mistakes_are_all_and_only_the_wrong_ones_the_surest_first(trained):
    X, y, net = trained.digits.X_test, trained.digits.y_test, trained.network
    found = mistakes(net, X, y, most=1_000)
    wrong = np.flatnonzero(net.predict(X).argmax(axis=1) != y.argmax(axis=1))
    assert sorted(found.rows.tolist()) == wrong.tolist()
    assert len(found.rows) > 0
    assert (np.diff(found.confidence) <= 0).all()
    assert (found.said != found.truth).all()
    assert len(mistakes(net, X, y, most=2).rows) == 2


def test_weight_pictures_are_the_units_incoming_weights(trained):
    pictures = weight_pictures(trained.network)
    assert pictures.shape == (64, 8, 8)
    assert pictures[5, 2, 3] == trained.network.weights[0][2 * 8 + 3, 5]


# --- Attacks and ascent ---------------------------------------------------------------------------


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_an_attack_of_a_tenth_of_the_range_fools_it_often_within_ball_and_bounds(trained, attack):
    X, y, net = trained.digits.X_test, trained.digits.y_test, trained.network
    moved = attack(net, X, y, LOSS, 0.1, bounds=BOUNDS)
    assert sizes(moved - X, "inf").max() <= 0.1 + 1e-6
    assert moved.min() >= 0
    assert moved.max() <= 1
    assert share_right(net, moved, y) < share_right(net, X, y) - 0.3


def test_lbfgs_makes_a_digit_the_target_with_less_than_a_random_picture_needs(trained):
    X, y, net = trained.digits.X_test[:1], trained.digits.y_test[:1], trained.network
    target = np.roll(y, 3, axis=1)
    found = smallest_lbfgs(net, X, y, LOSS, bounds=BOUNDS, target=target)
    assert found.found.all()
    assert net.predict(found.X_adversarial).argmax() == target.argmax()
    others = trained.digits.X_train[trained.digits.y_train.argmax(axis=1) == target.argmax()]
    assert sizes(found.X_adversarial - X, "2")[0] < sizes(others - X, "2").min()


def test_untargeted_lbfgs_and_deepfool_agree_about_the_distance(trained):
    X, y, net = trained.digits.X_test[:6], trained.digits.y_test[:6], trained.network
    ours = sizes(smallest_lbfgs(net, X, y, LOSS, bounds=BOUNDS).X_adversarial - X, "2")
    theirs = sizes(deepfool(net, X, LOSS, bounds=BOUNDS) - X, "2")
    assert np.median(theirs / ours) == pytest.approx(1.03, abs=0.07)


def test_ascent_from_noise_and_from_the_mean_ends_in_pictures_of_the_class(trained):
    starts = np.stack([np.full(64, 0.3), trained.digits.means.mean(axis=0)]).astype(np.float32)
    for k in range(10):
        flow = Flow(
            *(trained.network, starts, higher_score(k, 10), 0.02),
            pull=0.1,
            total_variation=0.2,
            shape=SHAPE,
            bounds=BOUNDS,
        )
        flow.advance(100)
        assert (trained.network.predict(flow.X)[:, k] > 0.9).all()


# --- Drawing --------------------------------------------------------------------------------------


def test_a_bar_drawn_anywhere_at_any_size_fills_the_height_in_the_middle():
    for height, width, at in ((160, 20, (30, 200)), (80, 10, (5, 3)), (32, 4, (0, 0))):
        ink = np.zeros((280, 280))
        ink[at[0] : at[0] + height, at[1] : at[1] + width] = 1
        picture = from_drawing(ink).reshape(8, 8)
        expected = np.zeros((8, 8))
        expected[:, 3:5] = 0.5
        np.testing.assert_allclose(picture, expected, atol=1e-6)


def test_a_bar_that_lies_fills_the_width():
    ink = np.zeros((100, 100))
    ink[40:50, 10:90] = 1
    picture = from_drawing(ink).reshape(8, 8)
    assert (picture[3:5] > 0.4).all()
    assert picture[:3].sum() + picture[5:].sum() == 0


def test_an_empty_drawing_is_an_empty_picture():
    assert from_drawing(np.zeros((40, 30))).tolist() == [0] * 64


def test_ink_is_kept_when_the_picture_is_made_smaller(rng):
    ink = rng.uniform(0.2, 1, (320, 320))
    assert from_drawing(ink).mean() == pytest.approx(ink.mean(), rel=1e-5)


def test_digits_of_the_data_drawn_large_are_read_as_what_they_are(trained):
    X, y = trained.digits.X_test, trained.digits.y_test
    drawn = [from_drawing(np.kron(x.reshape(8, 8), np.ones((20, 20)))) for x in X[:200]]
    assert share_right(trained.network, np.stack(drawn), y[:200]) > 0.85


@pytest.mark.parametrize(
    ("ink", "message"),
    [
        (np.zeros(9), r"ink must have shape \(h, w\). Got \(9,\)"),
        (np.full((3, 3), np.nan), "ink must be numbers from 0 to 1"),
        (np.full((3, 3), 255.0), "ink must be numbers from 0 to 1"),
    ],
)
def test_a_drawing_that_is_none_is_refused(ink, message):
    with pytest.raises(ValueError, match=message):
        from_drawing(ink)


def test_a_share_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match=r"test_share must be between 0 and 1. Got 1.0"):
        load_digits(0, 1.0)


def test_a_pixel_that_is_no_number_is_named(trained):
    X = trained.digits.X_test[:1].copy()
    X[0, 9] = np.nan
    with pytest.raises(ValueError, match=r"X must be finite numbers. Row 0, column 9 is nan"):
        pgd(trained.network, X, trained.digits.y_test[:1], LOSS, 0.1, bounds=BOUNDS)
