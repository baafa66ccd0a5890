"""The Backprop page in Streamlit's test harness: its board, its link, the viewer's own network."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.backprop.backprop import Microscope
from pages.ui.backprop.subject import Backprop
from tests.pages.opened import address, board, opened, said, session, well


def visit(link: str = "", page: str = "backprop.py") -> AppTest:
    return well(opened(link).switch_page(page).run())


def microscope(app: AppTest) -> Microscope:
    return board(app, "backprop")


def test_the_page_opens_with_the_chain_rule_and_a_bare_address():
    app = visit()
    assert [each.key for each in app.get("bidi_component")] == ["backprop"]
    assert microscope(app).settings == Backprop()
    assert "backprop" not in address(app)
    assert said(app) == ""


def test_a_link_opens_what_it_names():
    app = visit("backprop=level:network;place:12;example:4")
    assert microscope(app).settings == Backprop(level="network", place=12, example=4)
    assert address(app)["backprop"] == "level:network;place:12;example:4"


def test_what_is_set_is_in_the_address_and_survives_a_visit_elsewhere():
    app = visit()
    box = microscope(app)
    box.set({"level": "logistic", "place": 3})
    box.settle(5)
    well(app.run())
    assert address(app)["backprop"] == "level:logistic;place:3"
    well(app.switch_page("playground.py").run())
    assert "backprop" not in address(app)
    well(app.switch_page("backprop.py").run())
    assert microscope(app) is box
    assert address(app)["backprop"] == "level:logistic;place:3"


@pytest.mark.parametrize(
    ("text", "word"),
    [("level:deep", "level"), ("place:-1", "place"), ("x:much", "much"), ("unheard:1", "unheard")],
)
def test_a_bad_link_gets_a_sentence_and_the_default(text: str, word: str):
    app = visit(f"backprop={text}")
    assert word in said(app)
    assert "default is used" in said(app)
    assert microscope(app).settings == Backprop()


def test_it_looks_at_the_network_of_the_playground():
    app = visit("hidden=3.relu&dataset=xor&epoch=2")
    assert microscope(app).run is session(app).run
    assert session(app).run.network.sizes == (2, 3, 1)
