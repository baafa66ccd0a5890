"""Losses and scores of prebuilt calls against nnlib.losses and task.score."""

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.fast.evaluation import Evaluation
from nnlib.fast.passes import Networks
from nnlib.run import Run
from nnlib.task import PAIRS, choose_pair, score

KINDS = {
    "two classes": {"dataset": "circle"},
    "classes": {"dataset": "blobs", "n_classes": 4},
    "regression": {"dataset": "bumps"},
}
EVERY_PAIR = [(kind, output, loss) for kind in PAIRS for output, loss in PAIRS[kind]]


def a_run(kind: str, output: str = "auto", loss: str = "auto", **settings) -> Run:
    settings = {"n_samples": 70, "test_share": 0.4, "noise": 0.5, **KINDS[kind], **settings}
    return Run(RunConfig(output=output, loss=loss, **settings), dtype=np.float64)


def by_definition(run: Run) -> list[float]:
    """train_loss, test_loss, train_score, test_score from the clear code."""
    data, values = run.data, []
    parts = ((data.X_train, data.y_train), (data.X_test, data.y_test))
    for X, y in parts:
        trace = run.network.forward(X)
        prediction = trace.Z[-1] if run.loss.on_logits else trace.A[-1]
        values.append(run.loss.value(prediction, y))
    return values + [score(data, run.network.predict(X), y) for X, y in parts]


@pytest.mark.parametrize(("kind", "output", "loss"), EVERY_PAIR)
def test_every_pair_of_output_and_loss(kind, output, loss):
    run = a_run(kind, output, loss)
    assert choose_pair(run.config, kind) == (output, loss)
    for _ in range(3):
        run.advance(2)
        got = Evaluation(run.network, run.data, run.loss).run()
        np.testing.assert_allclose(got, by_definition(run), rtol=1e-12)


def test_it_sees_the_present_parameters_each_time():
    run = a_run("two classes")
    evaluation = Evaluation(run.network, run.data, run.loss)
    first = evaluation.run().copy()
    run.network.parameters[:] *= -2
    second = evaluation.run()
    assert not np.allclose(first, second)
    np.testing.assert_allclose(second, by_definition(run), rtol=1e-12)


def test_among_equally_large_outputs_the_first_counts_as_what_the_network_says():
    # All outputs of a network of zeros are the same: it says class 0, as np.argmax does.
    run = a_run("classes", initializer="zeros")
    share = float((run.data.y_train.argmax(axis=1) == 0).mean())
    assert 0 < share < 1
    assert Evaluation(run.network, run.data, run.loss).run()[2] == pytest.approx(share)


def test_an_output_on_the_boundary_counts_as_class_one():
    run = a_run("two classes", initializer="zeros")
    share = float(run.data.y_train.mean())
    assert Evaluation(run.network, run.data, run.loss).run()[2] == pytest.approx(share)


def test_full_marks_are_exactly_one():
    run = a_run("two classes", n_samples=490, noise=0.0, dataset="gauss", learning_rate=0.3)
    run.advance(60)
    assert run.history.train_score[-1] == 1.0


def test_many_networks_at_once_give_the_rows_of_each_alone():
    runs = [a_run("classes", weight_seed=seed) for seed in range(3)]
    for steps, run in enumerate(runs):
        run.advance(steps)
    networks = Networks([run.network for run in runs])
    together = Evaluation(networks, [run.data for run in runs], [run.loss for run in runs]).run()
    np.testing.assert_allclose(together, [by_definition(run) for run in runs], rtol=1e-12)


def test_many_networks_may_have_losses_of_their_own():
    pairs = [("softmax", "softmax_nll"), ("softmax", "squared"), ("linear", "squared")]
    runs = [a_run("classes", *pair, seed=seed) for seed, pair in enumerate(pairs)]
    networks = Networks([run.network for run in runs])
    together = Evaluation(networks, [run.data for run in runs], [run.loss for run in runs]).run()
    np.testing.assert_allclose(together, [by_definition(run) for run in runs], rtol=1e-12)
