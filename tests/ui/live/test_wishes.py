"""A client's wishes: one table a board, checked once, at the door; what is wrong is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nnlib.config import RunConfig
from pages.ui.live import wishes
from pages.ui.live.wishes import (
    MAX_SENTENCE,
    Nothing,
    Wish,
    changes_of,
    number,
    several,
    text,
    whole,
)
from tests.ui.boards import BOARDS, Seat
from tests.ui.hostile import messages, valid

HUGE = "1" + "0" * 400
SOME = 1_000  # hostile messages here; make check sends ten times as many


def seat(name: str) -> Seat:
    found = Seat(name)
    found.turn()
    return found


# ------------------------------------------------------------------------ what was not caught


@pytest.mark.parametrize(
    ("board", "message", "words"),
    [
        ("live", f'{{"network": {{"name": "randomise-1", "value": {HUGE}}}}}', "value: 10000"),
        ("backprop", f'{{"set": {{"x1": {HUGE}}}}}', "x₁: 10000"),
        ("backprop", f'{{"set": {{"rate": {HUGE}}}}}', "rate η: 10000"),
        ("backprop", f'{{"set": {{"y": {HUGE}}}}}', "y: 10000"),
        ("theta_or_x", '{"drop": [NaN, 1]}', "drop: nan is not possible"),
        ("live", '{"set": {"noise": true}}', "noise: True is not possible"),
        ("theta_or_x", '{"set": {"bounded": true}}', "bounded: True is not possible"),
        ("live", '{"visit": 1.5}', "visit: 1.5 is not possible; allowed: a whole number from 0"),
        ("live", '{"visit": true}', "visit: True"),
        ("live", '{"play": 1}', "play: 1 is not possible; allowed: nothing"),
        ("digits", '{"another": 10}', "another: 10 is not possible; allowed: a whole number"),
        ("hinges", '{"rerun": "twice"}', "rerun: 'twice' is not possible; allowed: "),
        ("softmax", '{"set": {"logits": [1, 99]}}', "logits: 99 is not possible; allowed: "),
        ("live", '{"switch": "\\ud800"}', "switch: '\\ud800' is not possible"),
        ("live", '{"rules": {"target": 1}}', "rules: target_of is missing"),
        ("compare", '{"choose": {"mood": 1}}', "mood: there is no such setting"),
    ],
)
def test_what_is_wrong_names_the_field_the_value_and_what_is_allowed(
    board: str, message: str, words: str, caplog: pytest.LogCaptureFixture
):
    here = seat(board)
    said = here.ask(message)
    assert said.startswith(words)
    assert len(said) <= MAX_SENTENCE
    assert not caplog.messages


def test_values_chosen_in_the_grid_do_not_trouble_the_runs(
    caplog: pytest.LogCaptureFixture,
):
    here = seat("compare")
    here.until(lambda: here.board.race.epoch >= 1 and not here.board._behind())
    assert here.board.playing
    for message in (
        '{"choose": {"mode": "grid"}}',
        '{"choose": {"values": ["relu"]}}',
        '{"pause": null}',
    ):
        here.say(message)
    here.turn(20)
    assert not caplog.messages
    assert here.ask('{"choose": {"mode": "side"}}') == ""
    here.until(lambda: len(here.board.race.runs) == 1)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{}",
        '"play"',
        "NaN",
        '{"fly": 1}',
        '{"play": null, "pause": null}',
        '{"play": null, "play": null}',
        '{"set": {"noise": 1, "noise": 0}}',
        '{"visit": 1' + "0" * 5_000 + "}",
        "[" * 3_000,
        '{"set":' * 3_000,
        '{"' + "x" * 3_000 + '": 1}',
        '{"\\ud800": 1}',
    ],
    ids=lambda message: message[:24],
)
def test_what_is_no_wish_is_said_shortly(message: str, caplog: pytest.LogCaptureFixture):
    here = seat("live")
    said = here.ask(message)
    assert said.startswith(wishes.NOT_UNDERSTOOD)
    assert len(said) <= MAX_SENTENCE
    assert not caplog.messages


# ------------------------------------------------------------------------ the table


def kinds(schema: dict) -> Iterator[dict]:
    """Every type in a JSON schema."""
    yield schema
    for part in ("properties", "$defs"):
        for each in schema.get(part, {}).values():
            yield from kinds(each)
    for each in (*schema.get("anyOf", ()), *schema.get("prefixItems", ())):
        yield from kinds(each)
    if isinstance(schema.get("items"), dict):
        yield from kinds(schema["items"])


ABOVE_0 = {"exclusiveMinimum": 0, "type": "number"}  # clip_norm: no number is too large for it


@pytest.mark.parametrize("board", BOARDS)
def test_every_type_of_the_table_is_bounded(board: str):
    for verb, wish in BOARDS[board][1].items():
        for kind in kinds(wish.schema):
            if "enum" in kind or "const" in kind or kind == ABOVE_0:
                continue
            match kind.get("type"):
                case "integer" | "number":
                    low = kind.keys() & {"minimum", "exclusiveMinimum"}
                    assert low and "maximum" in kind, (verb, kind)
                case "string":
                    assert "maxLength" in kind, (verb, kind)
                case "array":
                    assert "maxItems" in kind, (verb, kind)
                case "object":
                    assert kind["additionalProperties"] is False, (verb, kind)


@pytest.mark.parametrize("board", BOARDS)
def test_the_table_says_what_comes_with_each_verb(board: str):
    for verb, wish in BOARDS[board][1].items():
        assert wish.words and "something else" not in wish.words, verb


def test_a_list_and_a_number_are_said_in_words():
    wish = Wish(several(number(-1, 1), 2, 2), lambda *_: None)
    assert wish.words == "a list of 2: a number from -1 to 1"
    assert Wish(Nothing | whole(1, 9), lambda *_: None).words in (
        "a whole number from 1 to 9 or nothing",
        "nothing or a whole number from 1 to 9",
    )
    assert Wish(text(3), lambda *_: None).words == "a text of at most 3 characters"


def test_a_change_has_the_fields_that_were_given_in_their_order():
    wish = Wish(changes_of(RunConfig), lambda *_: None)
    given = {"noise": 1, "hidden": [[5, "relu"]], "dataset": "xor"}
    found = wish.checked("set", given)
    assert list(found.items()) == [("noise", 1.0), ("hidden", ((5, "relu"),)), ("dataset", "xor")]


# ------------------------------------------------------------------------ many


@pytest.mark.parametrize("board", BOARDS)
def test_right_wishes_of_every_verb_are_granted(board: str, caplog: pytest.LogCaptureFixture):
    here = seat(board)
    for message in valid(BOARDS[board][1], seed=1, n=30):
        here.say(message)
        here.turn(1)
        assert not here.said.startswith(wishes.NOT_UNDERSTOOD)
    assert not caplog.messages


@pytest.mark.parametrize("board", BOARDS)
def test_hostile_messages_end_in_short_sentences(board: str, caplog: pytest.LogCaptureFixture):
    here = seat(board)
    for message in messages(BOARDS[board][1], seed=2, n=SOME // len(BOARDS)):
        here.say(message)
        here.turn(1)
        assert len(here.said) <= MAX_SENTENCE, message
        assert not caplog.messages, message
