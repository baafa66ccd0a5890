"""The Compare page in Streamlit's test harness: its link, its base, the way to the Playground."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from nnlib.config import RunConfig
from pages.ui.compare.comparison import Comparison
from pages.ui.compare.wishes import VERBS
from pages.ui.server.wire import obey
from tests.pages.opened import address, board, choose, opened, session, well

TEXT = "activation:relu,tanh;seeds:2;epochs:10"


def visit(link: str = "", page: str = "compare.py") -> AppTest:
    return well(opened(link).switch_page(page).run())


def comparison(app: AppTest) -> Comparison:
    return board(app, "compare")


def test_the_page_holds_the_comparison_of_the_playgrounds_network():
    app = visit("dataset=xor&learning_rate=0.1")
    assert [each.key for each in app.get("bidi_component")] == ["compare"]
    assert comparison(app).base == RunConfig(dataset="xor", learning_rate=0.1)
    assert comparison(app).choices.side.knob == "activation"


def test_a_link_opens_its_comparison_and_stays():
    app = visit(f"compare={TEXT}")
    assert comparison(app).choices.write() == TEXT
    assert address(app)["compare"] == TEXT


def test_a_bad_link_gets_a_sentence_and_the_default():
    app = visit("compare=activation:fancy")
    assert "fancy" in comparison(app).problem
    assert len(comparison(app).choices.side.values) == 6


def test_what_was_chosen_in_the_view_is_in_the_address_after_the_next_run():
    app = visit()
    assert "compare" not in address(app)
    obey(comparison(app), VERBS, '{"choose": {"knob": "width"}}')
    obey(comparison(app), VERBS, '{"choose": {"seeds": 5}}')
    comparison(app).settle(5.0)
    well(app.run())
    assert address(app)["compare"] == "width:1,2,4,8,16,32;seeds:5;epochs:300"


def test_the_comparison_survives_a_visit_to_another_page():
    app = visit(f"compare={TEXT}")
    before = comparison(app)
    app = well(app.switch_page("guide.py").run())
    app = well(app.switch_page("compare.py").run())
    assert comparison(app) is before
    assert comparison(app).choices.write() == TEXT


def test_a_change_on_the_playground_is_the_comparisons_new_base():
    app = visit(f"compare={TEXT}")
    app = well(app.switch_page("playground.py").run())
    app = choose(app, "edit_optimizer", "adam")
    app = well(app.switch_page("compare.py").run())
    comparison(app).settle(5.0)
    assert comparison(app).base.optimizer == "adam"
    assert {config.optimizer for config in comparison(app).race.configs} == {"adam"}
    assert "begins anew" in comparison(app).problem


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        (TEXT, [1], RunConfig()),
        (TEXT, [0], RunConfig(hidden=((4, "relu"), (2, "relu")))),
        (
            "learning_rate:0.01,0.1;l2:0.0,0.01;seeds:2;epochs:7",
            [1, 1],
            RunConfig(learning_rate=0.1, l2=0.01),
        ),
    ],
)
def test_a_chosen_run_is_the_playgrounds_current_one(
    text, place, expected, monkeypatch: pytest.MonkeyPatch
):
    app = visit(f"compare={text}")
    here = comparison(app)
    # What the component says when a picture is clicked; AppTest cannot click in it.
    monkeypatch.setattr("pages.ui.compare.page.mount", lambda *_: place)
    while here.choices.mode == "side" and not here.race.whole:
        with here.lock:
            here.race.work(0.01, 3)
    app = well(app.run())
    assert session(app).config == expected
    session(app).settle(5.0)
    at = 7 if here.choices.mode == "grid" else here.race.runs[place[0]][0].epoch
    assert session(app).goal == at
    assert not session(app).playing
    assert [each.key for each in app.get("bidi_component")] == ["live"]
