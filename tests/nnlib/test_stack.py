"""Networks trained side by side: each as if it had been trained alone."""

import numpy as np
import pytest

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.changes import Change
from nnlib.config import RunConfig
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run
from nnlib.stack import Stack, stacks, train_stack
from nnlib.task import PAIRS

EPOCHS = 20  # more than a block of orders
MEASURES = ("epoch", "train_loss", "test_loss", "objective", "train_score", "test_score")
DATASETS = {"two classes": "circle", "classes": "blobs", "regression": "bumps"}


def config(**settings) -> RunConfig:
    """31 training rows in batches of 7: the last one is a partial batch."""
    base = {"n_samples": 62, "noise": 0.3, "batch_size": 7, "hidden": ((4, "tanh"), (3, "tanh"))}
    return RunConfig(**{**base, **settings})


def layers(*names: str) -> tuple:
    return tuple(zip((4, 3), names, strict=True))


def alone(each: RunConfig, epochs: int = EPOCHS, dtype: type = np.float64) -> Run:
    run = Run(each, dtype=dtype)
    run.advance(epochs)
    return run


def same(run: Run, other: Run) -> None:
    """Parameters, optimizer, history, snapshots and divergence of two runs."""
    difference = np.linalg.norm(run.network.parameters - other.network.parameters)
    assert difference <= 1e-10 * np.linalg.norm(other.network.parameters)
    assert (run.config, run.epoch, run.diverged) == (other.config, other.epoch, other.diverged)
    for name, value in other.state.items():
        np.testing.assert_allclose(run.state[name], value, rtol=1e-9, atol=1e-300)
    for name in MEASURES:
        np.testing.assert_allclose(
            getattr(run.history, name), getattr(other.history, name), rtol=1e-9, atol=1e-14
        )
    middle = other.epoch // 2
    np.testing.assert_allclose(run.snapshot(middle), other.snapshot(middle), rtol=1e-9, atol=1e-12)


def trained_together(configs: list[RunConfig], groups: int = 1) -> list[Run]:
    """By train_stack, after a look at how many groups they make."""
    assert len(stacks([Run(each) for each in configs])) == groups
    return train_stack(configs, EPOCHS, dtype=np.float64)


def check(configs: list[RunConfig], groups: int = 1) -> None:
    for run, each in zip(trained_together(configs, groups), configs, strict=True):
        same(run, alone(each))


# --- the same numbers as alone -------------------------------------------------------------------


def test_seeds_each_with_data_and_order_of_its_own():
    check([config(seed=seed) for seed in range(4)])


def test_weights_of_their_own_on_the_same_data():
    check([config(weight_seed=seed) for seed in range(4)])


def test_every_activation():
    check([config(hidden=layers(name, name)) for name in HIDDEN_ACTIVATIONS])


def test_activations_that_change_from_layer_to_layer():
    pairs = [("relu", "tanh"), ("tanh", "relu"), ("gelu", "gelu"), ("tanh", "silu"), ("elu", "elu")]
    check([config(hidden=layers(*names)) for names in pairs])


def test_slopes_of_their_own():
    hidden = layers("leaky_relu", "leaky_relu")
    check([config(hidden=hidden, leaky_slope=slope) for slope in (0.0, 0.1, 0.1, 0.5)])


@pytest.mark.parametrize("kind", PAIRS)
def test_every_pair_of_output_and_loss(kind):
    one_hot = kind == "classes"
    pairs = [pair for pair in PAIRS[kind] if one_hot or pair[0] != "softmax"]
    check([config(dataset=DATASETS[kind], output=f, loss=loss) for f, loss in pairs])


def test_rates_penalties_and_initializers_of_their_own():
    check(
        [
            config(learning_rate=0.1),
            config(learning_rate=0.01, l2=0.1),
            config(l1=0.01, initializer="he_normal"),
            config(l1=0.02, l2=0.03, initializer="uniform"),
        ]
    )


def test_schedules_of_their_own():
    schedules = ("constant", "step", "exponential", "cosine")
    check([config(schedule=schedule, schedule_every=7) for schedule in schedules])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_with_rates_of_their_own(optimizer):
    rates = (0.003, 0.01, 0.03)
    check([config(optimizer=optimizer, learning_rate=rate, l2=0.01) for rate in rates])


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_gradients_clipped_at_lengths_of_their_own(optimizer):
    norms = (0.01, 0.2, 1e6)
    check([config(optimizer=optimizer, clip_norm=norm, l1=0.001) for norm in norms])


@pytest.mark.parametrize("hidden", [(), ((5, "relu"),), ((3, "tanh"),) * 4])
def test_every_depth(hidden):
    check([config(hidden=hidden, seed=seed) for seed in range(3)])


@pytest.mark.parametrize("batch_size", [1, 30, 31, 200])
def test_every_batch_size(batch_size):
    check([config(batch_size=batch_size, seed=seed) for seed in range(2)])


def test_float32_is_the_default_and_close_to_alone():
    configs = [config(seed=seed, learning_rate=0.1) for seed in range(3)]
    for run, each in zip(train_stack(configs, EPOCHS), configs, strict=True):
        assert run.network.dtype == np.float32
        expected = alone(each, dtype=np.float32).network.parameters
        np.testing.assert_allclose(run.network.parameters, expected, rtol=1e-3, atol=1e-4)


# --- which train together ------------------------------------------------------------------------


def test_configs_of_several_shapes_come_back_in_their_order():
    check(
        [
            config(hidden=((8, "tanh"),)),
            config(seed=1),
            config(batch_size=10),
            config(seed=2),
            config(optimizer="adam"),
            config(hidden=((8, "relu"),)),
            config(dataset="xor", n_samples=80),
        ],
        groups=5,
    )


def test_two_inputs_of_a_class_and_of_a_number_are_kept_apart():
    check([config(dataset="circle"), config(dataset="bumps")], groups=2)


def test_runs_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="need the same sizes, optimizer, batch size"):
        Stack([Run(config()), Run(config(batch_size=8))])


def test_a_run_with_changes_to_come_is_refused():
    run = Run(config(), changes=[Change(5, "learning_rate", 0.03, 0.1)])
    with pytest.raises(ValueError, match="no changes planned"):
        Stack([run])


# --- afterwards ----------------------------------------------------------------------------------


def test_advancing_in_parts_and_going_on_alone_give_the_same():
    configs = [config(seed=seed, optimizer="adam") for seed in range(3)]
    runs = [Run(each, dtype=np.float64) for each in configs]
    stack = Stack(runs)
    for epochs in (1, 16, 3):
        stack.advance(epochs)
    runs[1].advance(5)
    runs[2].change(learning_rate=0.3)
    for run, each, epochs in zip(runs, configs, (20, 25, 20), strict=True):
        expected = alone(each, epochs)
        difference = run.network.parameters - expected.network.parameters
        assert np.linalg.norm(difference) <= 1e-9


def test_a_stack_goes_on_from_where_its_runs_are():
    configs = [config(seed=seed, optimizer="momentum") for seed in range(3)]
    runs = [alone(each, 6) for each in configs]
    Stack(runs).advance(EPOCHS - 6)
    for run, each in zip(runs, configs, strict=True):
        same(run, alone(each))


def test_a_trained_run_can_be_wound_back_and_branched():
    run = train_stack([config(seed=seed) for seed in range(2)], EPOCHS)[1]
    branch = run.branch(7, learning_rate=0.3)
    branch.advance(3)
    assert branch.epoch == 10
    assert np.array_equal(run.snapshot(20), run.network.parameters)


# --- divergence ----------------------------------------------------------------------------------


def test_one_that_diverges_stays_at_its_last_finite_epoch_and_the_others_go_on():
    wild = {"output": "linear", "loss": "squared", "hidden": layers("linear", "linear")}
    configs = [
        config(**wild, learning_rate=0.01),
        config(**wild, learning_rate=10.0),
        config(**wild, learning_rate=0.02),
    ]
    runs = trained_together(configs)
    expected = [alone(each) for each in configs]
    assert expected[1].diverged
    assert [run.diverged for run in runs] == [run.diverged for run in expected]
    for i in (0, 2):
        same(runs[i], expected[i])
    assert runs[1].epoch == expected[1].epoch
    assert np.isfinite(runs[1].network.parameters).all()
    assert len(runs[1].history) == len(expected[1].history)


def test_when_all_have_diverged_it_ends():
    wild = {"output": "linear", "loss": "squared", "hidden": layers("linear", "linear")}
    runs = train_stack([config(**wild, learning_rate=10.0, seed=seed) for seed in range(2)], EPOCHS)
    assert all(run.diverged and run.epoch < EPOCHS for run in runs)
