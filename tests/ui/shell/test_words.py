"""Text that people wrote reaches figures and labels as it stands."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.data import read_csv
from nnlib.run import Run
from pages.ui.drawing import figures
from pages.ui.drawing.figures import in_figure
from pages.ui.session.scene import View, scene
from pages.ui.shell.words import in_label
from tests.ui.hostile_texts import TEXTS

EXTENT = np.array([[0.0, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize("text", TEXTS)
def test_a_figure_shows_an_entity_for_every_letter_that_has_a_meaning(text: str):
    found = in_figure(text)
    assert html.unescape(found) == text
    assert not re.search(r"[<>%{}$]|&(?!#\d+;)", found)


def figure(kind: str, name: str) -> str:
    """A figure with this name for columns, classes and target, as JSON."""
    names = ((name, f"{name} 2"), (name, f"{name} 2", f"{name} 3"), name)
    if kind == "plane":
        made = figures.plane(EXTENT, *names, (0.0, 1.0), "light", "", square=False)
    else:
        made = figures.line(EXTENT, *names, 3, 20, "light", "")
    return json.dumps(json.loads(made.to_json()))


@pytest.mark.parametrize("kind", ["plane", "line"])
def test_a_name_stands_in_a_figure_as_a_harmless_one_would(kind: str):
    harmless = figure(kind, "NAME")
    assert harmless.count("NAME") > 6
    for text in TEXTS:
        written = json.dumps(in_figure(text))[1:-1]
        assert figure(kind, text) == harmless.replace("NAME", written), text


def test_a_table_of_hostile_names_makes_a_scene_without_tags():
    rows = "\n".join(f"{i},{i % 7},{'<a href=x>y</a>' if i % 2 else 'A&amp;B'}" for i in range(40))
    table = read_csv(f"<b>one</b>,p<0.05,kind\n{rows}".encode(), file_name="<img src=x>.csv")
    run = Run(RunConfig(dataset="own"), table)
    output = json.loads(scene(run, View(), ("output",)))["output"]
    output["layout"].pop("uirevision")  # is compared, not shown
    output = str(output)
    for part in ("<a", "<b>", "p<0", "&amp;"):
        assert part not in output
    for part in ("&#60;a", "&#60;b&#62;", "p&#60;0.05"):
        assert part in output


@pytest.mark.parametrize("text", TEXTS)
def test_a_label_quotes_a_text_as_code(text: str):
    found = in_label(text)
    fence = re.match("`+", found).group()
    inside = found[len(fence) : -len(fence)]
    assert fence not in inside
    assert inside.split() == text.split()
