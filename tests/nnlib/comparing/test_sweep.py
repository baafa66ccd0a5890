"""Sweeps: what is kept of a run, and that it is the same wherever it was trained."""

import itertools
import pickle
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from nnlib.comparing import sweep as module
from nnlib.comparing.knobs import grid, variants, with_seed
from nnlib.comparing.sweep import (
    CHUNK,
    CURVE_COLUMNS,
    SOLVED,
    Outcome,
    SchedulerError,
    curve_epochs,
    dead_share,
    outcome,
    solved_at,
    sweep,
)
from nnlib.config import RunConfig
from nnlib.data import read_csv
from nnlib.run import Run

EPOCHS = 12
BASE = RunConfig(n_samples=60, noise=0.1, hidden=((4, "tanh"), (3, "tanh")))
CONFIGS = [  # two shapes, three activations, more than one chunk
    with_seed(config, i)
    for config in (*variants(BASE, "activation", ["tanh", "relu", "elu"]), BASE.replace(hidden=()))
    for i in range(7)
]

LONG = [with_seed(BASE.replace(n_samples=500), i) for i in range(400)]  # longer than a test waits


def swept(configs: list[RunConfig] = CONFIGS, epochs: int = EPOCHS, **options) -> list[Outcome]:
    """All outcomes in the order of their configs; each came once."""
    found: dict[int, Outcome] = {}

    def done(results: list[tuple[int, Outcome]]) -> None:
        for i, each in results:
            assert i not in found
            found[i] = each

    sweep(configs, epochs, done=done, **options)
    assert sorted(found) == list(range(len(configs)))
    return [found[i] for i in range(len(configs))]


def trained(config: RunConfig, epochs: int = EPOCHS, data=None) -> Run:
    run = Run(config, data)
    run.advance(epochs)
    return run


def same_to_the_bit(one: list[Outcome], other: list[Outcome]) -> None:
    assert len(one) == len(other)
    for mine, theirs in zip(one, other, strict=True):
        for name in Outcome.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


@pytest.fixture
def in_processes(monkeypatch):
    """However small the work is, it goes to processes."""
    monkeypatch.setattr(module, "SMALL", 0.0)


# --- what is kept of a run -----------------------------------------------------------------------


def test_an_outcome_has_the_runs_own_numbers():
    run = trained(BASE, 30)
    kept = outcome(run)
    history = run.history
    assert (kept.epoch, kept.diverged) == (30, None)
    assert kept.train_loss == history.train_loss[-1]
    assert kept.test_loss == history.test_loss[-1]
    assert kept.train_score == history.train_score[-1]
    assert kept.test_score == history.test_score[-1]
    expected = np.array([history.epoch, history.train_loss, history.test_loss], np.float32)
    np.testing.assert_array_equal(kept.curve, expected)
    assert kept.curve.dtype == np.float32


def test_a_curve_has_no_more_columns_than_it_may():
    run = trained(BASE, 500)
    kept = outcome(run)
    assert kept.curve.shape == (3, CURVE_COLUMNS)
    assert kept.curve[0, 0] == 0
    assert kept.curve[0, -1] == 500
    epochs = kept.curve[0].astype(int)
    np.testing.assert_array_equal(kept.curve[2], run.history.test_loss[epochs].astype(np.float32))


@pytest.mark.parametrize("epochs", [1, 118, 119, 120, 10_000])
def test_a_curves_epochs_are_spread_evenly_to_the_end(epochs):
    columns = curve_epochs(epochs)
    assert (columns[0], columns[-1]) == (0, epochs)
    assert len(columns) == min(epochs + 1, CURVE_COLUMNS)
    steps = np.diff(columns)
    assert steps.max() - steps.min() <= 1


def test_a_diverged_run_has_the_worst_numbers_there_are():
    config = BASE.replace(dataset="bumps", learning_rate=10.0, hidden=((4, "relu"),))
    run = trained(config)
    kept = outcome(run, EPOCHS)
    assert kept.diverged == run.diverged
    assert kept.epoch == run.epoch < EPOCHS
    assert (kept.train_loss, kept.test_loss) == (np.inf, np.inf)
    assert (kept.train_score, kept.test_score) == (-np.inf, -np.inf)
    np.testing.assert_array_equal(kept.curve[0], np.arange(EPOCHS + 1))
    finite = np.isfinite(kept.curve[2])
    np.testing.assert_array_equal(finite, np.arange(EPOCHS + 1) <= run.epoch)


@pytest.mark.parametrize(
    ("dataset", "least"), [("gauss", SOLVED["classification"]), ("plane", SOLVED["regression"])]
)
def test_a_task_is_solved_when_the_test_score_first_reaches_the_line(dataset, least):
    run = trained(BASE.replace(dataset=dataset), 40)
    scores = run.history.test_score
    epoch = solved_at(run)
    assert scores[epoch] >= least
    assert (scores[:epoch] < least).all()


def test_a_task_may_stay_unsolved():
    assert solved_at(trained(BASE.replace(dataset="spiral", hidden=()), 5)) is None


def test_an_outcome_is_small_and_can_be_sent():
    kept = outcome(trained(BASE, 300))
    sent = pickle.dumps(kept)
    assert len(sent) < 3_000
    same_to_the_bit([pickle.loads(sent)], [kept])


# --- dead units ----------------------------------------------------------------------------------


def with_biases(config: RunConfig, *biases: float) -> Run:
    """A run whose first hidden layer's biases are set by hand."""
    run = Run(config)
    run.network.biases[0][:] = biases
    return run


def test_a_relu_unit_below_zero_on_all_points_is_dead():
    config = BASE.replace(hidden=((4, "relu"),))
    assert dead_share(with_biases(config, 0, 0, 0, 0)) == 0
    assert dead_share(with_biases(config, -1e3, 0, -1e3, 0)) == 0.5
    assert dead_share(with_biases(config, 1e3, 1e3, 1e3, -1e3)) == 0.25


def test_no_gradient_reaches_a_dead_units_weights_and_some_reaches_the_others():
    run = with_biases(BASE.replace(hidden=((4, "relu"),)), -1e3, 0, -1e3, 0)
    _, gradient = run.network.loss_and_gradient(run.data.X_train, run.data.y_train, run.loss)
    into = gradient[: run.network.weights[0].size].reshape(run.network.weights[0].shape)
    assert (np.abs(into).max(axis=0) == 0).tolist() == [True, False, True, False]
    assert dead_share(run) == 0.5


def test_a_unit_at_zero_is_alive_as_relu_has_slope_one_there():
    assert dead_share(Run(BASE.replace(hidden=((4, "relu"),), initializer="zeros"))) == 0


def test_leaky_relu_dies_with_slope_zero_only():
    config = BASE.replace(hidden=((4, "leaky_relu"),))
    assert dead_share(with_biases(config, -1e3, 0, 0, 0)) == 0
    assert dead_share(with_biases(config.replace(leaky_slope=0.0), -1e3, 0, 0, 0)) == 0.25


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "elu", "selu", "gelu", "softplus"])
def test_functions_without_a_flat_part_cannot_die(name):
    assert dead_share(with_biases(BASE.replace(hidden=((4, name),)), *[-1e3] * 4)) == 0


def test_only_units_that_can_die_are_looked_at_but_all_hidden_ones_count():
    config = BASE.replace(hidden=((4, "relu"), (4, "tanh")))
    assert dead_share(with_biases(config, -1e3, -1e3, 0, 0)) == 0.25
    assert dead_share(Run(BASE.replace(hidden=()))) == 0


# --- the sweep -----------------------------------------------------------------------------------


def test_every_config_ends_as_if_it_had_been_trained_alone():
    for config, kept in zip(CONFIGS, swept(), strict=True):
        alone = outcome(trained(config))
        for name in ("train_loss", "test_loss", "train_score", "test_score"):
            assert getattr(kept, name) == pytest.approx(getattr(alone, name), rel=1e-4)
        assert (kept.epoch, kept.diverged) == (alone.epoch, alone.diverged)
        np.testing.assert_allclose(kept.curve, alone.curve, rtol=1e-4)


def test_the_epoch_of_the_solution_is_exact_however_long_the_training():
    """A run of its own thins a long history; a sweep's may not."""
    epochs = 4_200  # a run keeps 4,096
    config = RunConfig(dataset="gauss", n_samples=20, batch_size=2_000, learning_rate=0.005)
    exact = solved_at(trained(config, 300))
    assert exact % 2
    thinned = trained(config, epochs)
    assert thinned.history.stride > 1
    assert solved_at(thinned) != exact
    assert swept([config], epochs)[0].epochs_to_solve == exact


def test_processes_give_the_same_numbers_to_the_bit(in_processes):
    same_to_the_bit(swept(jobs=2), swept(jobs=1))


def test_two_sweeps_at_once_do_not_disturb_each_other(in_processes):
    expected = swept(jobs=1)
    found: list[list[Outcome]] = []
    stopped = threading.Event()
    threads = [
        threading.Thread(target=lambda: found.append(swept(jobs=2))),
        threading.Thread(
            target=lambda: sweep(
                CONFIGS, 10_000, done=lambda results: None, cancelled=stopped.is_set, jobs=2
            )
        ),
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    stopped.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    same_to_the_bit(found[0], expected)


@pytest.fixture(scope="module")
def cluster():
    """A Dask scheduler with two workers in threads of this process."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
    ) as running:
        yield running


def test_a_dask_cluster_gives_the_same_numbers_to_the_bit(cluster):
    same_to_the_bit(swept(scheduler=cluster.scheduler_address), swept(jobs=1))


def test_a_sweep_on_a_cluster_can_be_cancelled(cluster):
    kept: list[tuple[int, Outcome]] = []
    address = cluster.scheduler_address
    sweep(LONG, 100, done=kept.extend, cancelled=lambda: len(kept) > 0, scheduler=address)
    assert 0 < len(kept) < len(LONG) / 2


def test_own_data_are_swept(in_processes):
    rng = np.random.default_rng(0)
    lines = [f"{x:.3f},{y:.3f},{x + y > 0:d}" for x, y in rng.normal(size=(40, 2))]
    data = read_csv("\n".join(["a,b,label", *lines]).encode())
    config = RunConfig(dataset="own", learning_rate=0.1)
    configs = [with_seed(config, i) for i in range(3)]
    kept = swept(configs, data=data, jobs=2)
    for each, one in zip(configs, kept, strict=True):
        assert one.test_loss == pytest.approx(outcome(trained(each, data=data)).test_loss, rel=1e-4)


@pytest.mark.parametrize("dataset", ["blobs", "sine"])
def test_every_kind_of_task_is_swept(dataset):
    rows = grid(BASE.replace(dataset=dataset), "depth", [0, 2], "batch_size", [5, 20])
    kept = swept([config for row in rows for config in row])
    assert all(np.isfinite(one.test_loss) and one.epoch == EPOCHS for one in kept)


def test_a_run_that_diverges_stops_no_other():
    configs = [
        BASE.replace(dataset="bumps", hidden=((4, "relu"),), learning_rate=rate)
        for rate in (0.01, 10.0, 0.02)
    ]
    kept = swept(configs)
    assert [one.diverged is None for one in kept] == [True, False, True]
    assert kept[2].test_loss == pytest.approx(outcome(trained(configs[2])).test_loss, rel=1e-4)


def test_results_arrive_in_the_calling_thread_a_chunk_at_a_time(in_processes):
    calls = []
    configs = [with_seed(BASE, i) for i in range(2 * CHUNK + 3)]
    sweep(
        configs,
        2,
        done=lambda results: calls.append((threading.get_ident(), len(results))),
        jobs=2,
    )
    assert {thread for thread, _ in calls} == {threading.get_ident()}
    assert len(calls) == 3
    assert max(count for _, count in calls) <= CHUNK


def test_work_is_cut_by_what_it_is_and_the_longest_comes_first():
    rows = grid(BASE, "depth", [0, 2, 6], "activation", ["tanh", "relu"])
    configs = [with_seed(config, i) for row in rows for config in row for i in range(20)]
    chunks = module._chunks(configs, None)
    assert sorted(i for chunk, _ in chunks for i in chunk) == list(range(len(configs)))
    seconds = [each for _, each in chunks]
    assert seconds == sorted(seconds, reverse=True)
    for chunk, _ in chunks:
        assert len(chunk) <= CHUNK
        assert len({len(configs[i].hidden) for i in chunk}) == 1


# --- cancelled -----------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cancelled_sweep_keeps_what_there_was(jobs):
    kept: list[tuple[int, Outcome]] = []
    sweep(LONG, 150, done=kept.extend, cancelled=lambda: len(kept) > 0, jobs=jobs)
    assert 0 < len(kept) < len(LONG) / 2
    assert all(one.epoch == 150 for _, one in kept)


@pytest.mark.timeout(60)  # to the end it takes many minutes
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_chunk_under_way_stops_when_the_sweep_is_cancelled(jobs):
    asked = itertools.count()
    sweep(
        LONG,
        10_000,
        done=lambda results: pytest.fail("a chunk went on to its end"),
        cancelled=lambda: next(asked) > 5,
        jobs=jobs,
    )


def test_what_was_cancelled_goes_on_to_the_same_numbers(in_processes):
    kept: dict[int, Outcome] = {}

    def done(results: list[tuple[int, Outcome]]) -> None:
        assert not kept.keys() & dict(results).keys()  # nothing twice
        kept.update(results)

    sweep(CONFIGS, EPOCHS, done=done, cancelled=lambda: len(kept) > 0, jobs=1)
    assert 0 < len(kept) < len(CONFIGS)
    sweep(CONFIGS, EPOCHS, done=done, known=set(kept), jobs=1)
    same_to_the_bit([kept[i] for i in range(len(CONFIGS))], swept(jobs=1))


def test_its_processes_let_everything_else_go_first():
    seen: list[int] = []

    def done(_: object) -> None:
        for child in psutil.Process().children(recursive=True):
            if "LokyProcess" in " ".join(child.cmdline()):
                seen.append(child.nice())

    sweep(LONG, 60, done=done, cancelled=lambda: len(seen) > 0)
    own = psutil.Process().nice()
    assert own + module.NICE in seen


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 1), (8, 7)])
def test_a_core_is_left_to_everything_else(monkeypatch: pytest.MonkeyPatch, cores, processes):
    monkeypatch.setattr("joblib.cpu_count", lambda: cores)
    seen = []
    monkeypatch.setattr(
        module, "_in_processes", lambda *given: seen.append(given[2]) or (x for x in ())
    )
    sweep(LONG, 60, done=print)
    assert seen == [processes]


def test_a_failing_receiver_ends_the_sweep(in_processes):
    def done(results):
        raise KeyError("the page has gone")

    with pytest.raises(KeyError, match="the page has gone"):
        sweep(CONFIGS, EPOCHS, done=done, jobs=2)
    same_to_the_bit(swept(jobs=2), swept(jobs=1))  # the processes can be used again


# --- what is not possible ------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [0, 10_001, 2.0, True])
def test_epochs_out_of_range_get_a_sentence(epochs):
    with pytest.raises(ValueError, match=r"epochs: .* is not possible; .* from 1 to 10,000\."):
        sweep(CONFIGS, epochs, done=print)


@pytest.mark.parametrize("jobs", [0, -2, 1.5])
def test_jobs_out_of_range_get_a_sentence(jobs):
    with pytest.raises(ValueError, match=r"jobs: .* is not possible; allowed: -1, or 1 and more"):
        sweep(CONFIGS, 1, done=print, jobs=jobs)


def test_a_config_that_does_not_fit_its_data_is_found_before_training():
    configs = [BASE.replace(dataset="bumps"), BASE.replace(dataset="bumps", loss="nll")]
    with pytest.raises(ValueError, match="loss 'nll' is for two classes"):
        sweep(configs, 10_000, done=lambda results: pytest.fail("trained"))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(module, "CONNECT", 0.5)
    with pytest.raises(SchedulerError, match=r"at tcp://127\.0\.0\.1:9 does not answer"):
        sweep(CONFIGS, 1, done=print, scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_without_workers_is_named(monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(module, "CONNECT", 0.5)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(SchedulerError, match="has no workers"),
    ):
        sweep(CONFIGS, 1, done=print, scheduler=empty.scheduler_address)


def test_a_cluster_that_fails_is_named(cluster, monkeypatch):
    monkeypatch.setattr(module, "_train", lambda *args: 1 / 0)
    with pytest.raises(SchedulerError, match=r"failed \(division by zero\).* same version"):
        sweep(CONFIGS, 1, done=print, scheduler=cluster.scheduler_address)


def test_a_server_without_dask_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SchedulerError, match=r"pip install 'dask\[distributed\]'"):
        sweep(CONFIGS, 1, done=print, scheduler="tcp://127.0.0.1:9")
