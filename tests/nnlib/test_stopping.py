"""Stop rules on histories worked by hand."""

from __future__ import annotations

import pytest

from nnlib.config import MAX_EPOCHS
from nnlib.history import History
from nnlib.stopping import MAX_TARGET, StopRules, stop_reason


def history(*test_losses: float, train: float = 0.9, every: int = 1) -> History:
    """A history with these test losses, the first one at epoch 0."""
    kept = History()
    for i, loss in enumerate(test_losses):
        kept.append(i * every, (train, loss, train, 0.5, 0.5))
    return kept


def test_no_rule_never_stops():
    assert not StopRules().on
    assert stop_reason(StopRules(), history(0.5, 0.4), 1) == ""


@pytest.mark.parametrize("rules", [{"target": 0.1}, {"patience": 1}, {"epochs": 1}])
def test_any_rule_is_on(rules: dict):
    assert StopRules(**rules).on


def test_a_target_is_reached_at_the_first_loss_that_is_not_above_it():
    rules = StopRules(target=0.3)
    assert stop_reason(rules, history(0.5, 0.31), 1) == ""
    assert (
        stop_reason(rules, history(0.5, 0.31, 0.3), 2) == "Stopped: test loss 0.3 ≤ 0.3 at epoch 2."
    )


def test_a_target_can_be_one_of_the_training_loss():
    rules = StopRules(target=0.3, target_of="train")
    assert stop_reason(rules, history(0.5, 0.2, train=0.4), 1) == ""
    after = history(0.5)
    after.append(1, (0.25, 0.4, 0.25, 0.5, 0.5))
    assert stop_reason(rules, after, 1) == "Stopped: train loss 0.25 ≤ 0.3 at epoch 1."


def test_a_target_that_was_reached_before_play_is_no_reason():
    rules = StopRules(target=0.3)
    assert stop_reason(rules, history(0.5, 0.2, 0.1), 2, since=1) == ""


def test_patience_counts_the_epochs_since_the_best_test_loss():
    rules = StopRules(patience=2)
    assert stop_reason(rules, history(0.5, 0.3, 0.4), 2) == ""
    assert stop_reason(rules, history(0.5, 0.3, 0.4, 0.35), 3) == (
        "Stopped at epoch 3: test loss 0.35 has not improved for 2 epochs; best 0.3 at epoch 1."
    )


def test_an_equal_loss_is_no_improvement():
    assert "not improved" in stop_reason(StopRules(patience=2), history(0.3, 0.3, 0.3), 2)


def test_an_improvement_begins_patience_anew():
    assert stop_reason(StopRules(patience=2), history(0.3, 0.4, 0.2, 0.4), 3) == ""


def test_patience_counts_from_where_play_began():
    rules = StopRules(patience=2)
    losses = history(0.1, 0.4, 0.4, 0.4)
    assert stop_reason(rules, losses, 3, since=2) == ""
    assert "best 0.4 at epoch 1" in stop_reason(rules, losses, 3, since=1)


def test_patience_on_a_thinned_history_counts_epochs():
    losses = history(0.5, 0.3, 0.4, 0.4, every=8)
    assert stop_reason(StopRules(patience=17), losses, 24) == ""
    assert stop_reason(StopRules(patience=16), losses, 24) != ""


def test_an_epoch_that_a_thinned_history_does_not_keep_is_passed_over():
    assert stop_reason(StopRules(target=0.3), history(0.5, 0.2, every=8), 9) == ""


def test_the_epoch_limit():
    rules = StopRules(epochs=2)
    assert stop_reason(rules, history(0.5, 0.4), 1) == ""
    assert (
        stop_reason(rules, history(0.5, 0.4, 0.25), 2)
        == "Stopped at epoch 2, the limit; test loss 0.25."
    )


def test_a_limit_that_lies_behind_is_no_reason():
    assert stop_reason(StopRules(epochs=2), history(0.5, 0.4, 0.3, 0.2), 3, since=2) == ""


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ({"target": 0.0}, "> 0 to 1,000,000"),
        ({"target": MAX_TARGET * 2}, "> 0 to 1,000,000"),
        ({"target": float("nan")}, "> 0 to 1,000,000"),
        ({"target": "low"}, "> 0 to 1,000,000"),
        ({"target_of": "all"}, "test or train"),
        ({"patience": 0}, "1 to 1,000,000"),
        ({"patience": 2.5}, "1 to 1,000,000"),
        ({"epochs": MAX_EPOCHS + 1}, "1 to 1,000,000"),
        ({"epochs": True}, "1 to 1,000,000"),
    ],
)
def test_a_value_that_is_not_allowed_is_explained(rules: dict, allowed: str):
    with pytest.raises(ValueError, match=allowed):
        StopRules(**rules)
