"""Adversarial training: the plain run where epsilon is 0, more robust where it is not."""

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.inputs.adversarial import AdversarialTraining
from nnlib.inputs.composed import composed
from nnlib.run import Run
from tests.nnlib.inputs.curves import accuracy_curve

MOONS = RunConfig(
    dataset="moons", hidden=((16, "relu"), (16, "relu")), optimizer="adam", learning_rate=0.01
)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimizer": "adam", "learning_rate": 0.01, "schedule": "cosine"},
        {"optimizer": "momentum", "l1": 0.01, "l2": 0.02, "clip_norm": 0.5},
        {"dataset": "iris", "features": ("x1", "x2", "x1*x2"), "batch_size": 7},
        {"batch_size": 2000},
        {"loss": "hinge"},
    ],
)
def test_with_epsilon_zero_it_is_the_plain_run(settings):
    config = RunConfig(**settings)
    training = AdversarialTraining(config, epsilon=0.0, dtype=np.float64)
    plain = Run(config, dtype=np.float64)
    training.advance(4)
    plain.advance(4)
    assert training.epoch == 4
    np.testing.assert_allclose(training.run.network.parameters, plain.network.parameters, rtol=1e-9)
    np.testing.assert_allclose(training.run.history.test_loss, plain.history.test_loss, rtol=1e-9)


def test_original_units_make_no_difference_without_an_attack():
    config = RunConfig(dataset="wine")
    training = AdversarialTraining(config, epsilon=0.0, units="original", dtype=np.float64)
    plain = Run(config, dtype=np.float64)
    training.advance(3)
    plain.advance(3)
    np.testing.assert_allclose(training.run.network.parameters, plain.network.parameters, rtol=1e-6)


@pytest.mark.parametrize(("dataset", "norm"), [("moons", "inf"), ("circle", "inf"), ("moons", "2")])
def test_it_raises_the_accuracy_under_attack_at_its_epsilon(dataset, norm):
    epsilon, config = 1.2 if norm == "inf" else 1.6, MOONS.replace(dataset=dataset)
    training, plain = AdversarialTraining(config, epsilon=epsilon, norm=norm), Run(config)
    training.advance(100)
    plain.advance(100)
    robust, ordinary = (
        accuracy_curve(
            composed(run.network, run.data),
            *(run.data.points.test, run.data.y_test, run.data.loss, [0.0, epsilon]),
            norm=norm,
        ).accuracy
        for run in (training.run, plain)
    )
    assert robust[1] > ordinary[1] + 0.05
    assert robust[0] > 0.85


def test_a_linear_model_meets_the_closed_form_of_the_inner_maximum():
    # One full batch, one step of SGD: the worst points are X - epsilon (2 y - 1) sign(w)
    config = RunConfig(dataset="gauss", hidden=(), batch_size=2000, learning_rate=0.5)
    training = AdversarialTraining(config, epsilon=0.7, steps=10, dtype=np.float64)
    start = Run(config, dtype=np.float64)
    net, data = start.network, start.data
    away = (2 * data.y_train - 1) * np.sign(net.weights[0].T)
    _, gradient = net.loss_and_gradient(data.X_train - 0.7 * away, data.y_train, "nll")
    training.advance(1)
    np.testing.assert_allclose(
        training.run.network.parameters, net.parameters - 0.5 * gradient, rtol=1e-9
    )


def test_the_same_arguments_give_the_same_bits_however_it_is_sliced():
    whole, sliced = (AdversarialTraining(MOONS, epsilon=0.5) for _ in range(2))
    whole.advance(3)
    while sliced.epoch < 3:
        sliced.advance_batches(1)
    np.testing.assert_array_equal(whole.run.network.parameters, sliced.run.network.parameters)
    assert whole.run.history.test_loss.tolist() == sliced.run.history.test_loss.tolist()


def test_an_epoch_under_way_counts_when_it_ends():
    training = AdversarialTraining(MOONS, epsilon=0.5)
    training.advance_batches(training.n_batches + 3)
    assert training.epoch == 1
    training.advance(1)
    assert training.epoch == 2


def test_another_seed_starts_elsewhere_in_the_balls():
    one, other = (AdversarialTraining(MOONS.replace(seed=seed), epsilon=0.5) for seed in (0, 1))
    one.advance(1)
    other.advance(1)
    assert (one.run.network.parameters != other.run.network.parameters).any()


def test_divergence_is_told_and_the_network_stays_finite():
    config = RunConfig(hidden=((8, "relu"),), output="linear", loss="squared", learning_rate=10.0)
    training = AdversarialTraining(config, epsilon=0.5)
    training.advance(200)
    assert training.run.diverged is not None
    assert np.isfinite(training.run.network.parameters).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epsilon": -1.0}, "epsilon must be a finite number >= 0. Got -1.0"),
        ({"epsilon": 0.1, "norm": "1"}, "norm must be one of inf, 2"),
        ({"epsilon": 0.1, "steps": 0}, "steps must be a whole number >= 1"),
        ({"epsilon": 0.1, "step_size": np.nan}, "step_size must be a finite number >= 0"),
        ({"epsilon": 0.1, "units": "cm"}, "units must be one of plane, original"),
    ],
)
def test_a_bad_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        AdversarialTraining(RunConfig(), **arguments)


def test_numbers_as_targets_are_refused():
    with pytest.raises(ValueError, match="adversarial training needs classes"):
        AdversarialTraining(RunConfig(dataset="plane"), epsilon=0.1)


def test_its_past_can_be_visited_to_the_bit():
    training, short = (AdversarialTraining(MOONS, epsilon=0.5, norm="2") for _ in range(2))
    training.advance(3)
    short.advance(2)
    training.run._snapshots.kept.clear()  # all of it has to be trained again
    np.testing.assert_array_equal(training.run.snapshot(2), short.run.network.parameters)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_a_rest_in_the_middle_of_an_epoch_changes_no_number(norm: str):
    rested, whole = (AdversarialTraining(MOONS, epsilon=0.5, norm=norm) for _ in range(2))
    rested.advance_batches(rested.n_batches + 4)
    rested.run.rest()
    rested.advance(2)
    whole.advance(3)
    np.testing.assert_array_equal(rested.run.network.parameters, whole.run.network.parameters)
