"""The Layers page: one section at a time, links that bring it back, the viewer's own network."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.layers.cloud import Look
from pages.ui.layers.feature_space import Lift
from tests.pages.opened import address, board, opened, said, session, well

SECTIONS = {"cloud": "cloud", "drawings": "drawings", "regions": "hinges", "lifted": "lifted"}


def visit(link: str = "") -> AppTest:
    return well(opened(link).switch_page("layers.py").run())


def boards(app: AppTest) -> list[str]:
    return [each.key for each in app.get("bidi_component")]


def sandbox(app: AppTest, name: str) -> object:
    return board(app, name)


def test_the_page_opens_with_the_cloud_and_a_bare_address():
    app = visit()
    assert boards(app) == ["cloud"]
    assert said(app) == ""
    assert "layers" not in address(app)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_link_opens_its_section_alone(name: str):
    app = visit(f"layers={name}")
    assert boards(app) == [SECTIONS[name]]
    assert said(app) == ""


def test_a_link_brings_the_settings_of_the_cloud():
    app = visit("layers=cloud;place:2.5;wide:units;first:3;second:1;point:7;points:all")
    expected = Look(place=2.5, wide="units", first=3, second=1, point=7, points="all")
    assert sandbox(app, "cloud").settings == expected
    text = "cloud;place:2.5;wide:units;first:3;second:1;point:7;points:all"
    assert address(app)["layers"] == text


def test_a_link_brings_the_features():
    app = visit("layers=lifted;first:x1^2;second:x2^2;third:x1*x2")
    assert sandbox(app, "lifted").settings == Lift(first="x1^2", second="x2^2", third="x1*x2")


def test_what_is_set_is_in_the_address():
    app = visit()
    box = sandbox(app, "cloud")
    box.set({"place": 1.5})
    box.settle(5)
    app = well(app.run())
    assert address(app)["layers"] == "cloud;place:1.5"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("cloud;place:99", "place"),
        ("cloud;wide:all", "wide"),
        ("cloud;points:most", "points"),
        ("lifted;third:x3", "third"),
        ("lifted;third:x1", "three different features"),
        ("unheard", "unheard"),
    ],
)
def test_a_bad_link_gets_a_sentence_and_the_default(text: str, word: str):
    app = visit(f"layers={text}")
    assert word in said(app)
    assert "default is used" in said(app)
    assert len(boards(app)) == 1


def test_it_shows_the_viewers_own_network():
    app = visit("hidden=3.relu&epoch=5")
    assert sandbox(app, "cloud").run is session(app).run
    assert session(app).run.network.sizes == (2, 3, 1)
