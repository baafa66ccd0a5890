"""Text from a link or a table is never Markdown, in any place where it can come to stand."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from nnlib.config import RunConfig
from pages.ui.shell.state import PAGES
from tests.pages.opened import opened, said, upload, well
from tests.ui.hostile_texts import TEXTS

MARKDOWN = (
    "error",
    "warning",
    "info",
    "success",
    "markdown",
    "caption",
    "title",
    "header",
    "toast",
)
A = ":material/home: [Log in](http://127.0.0.1:9/) ![x](http://127.0.0.1:9/x.png) <b>"


def in_markdown(app, text: str) -> bool:
    """Whether a text stands in anything that Streamlit reads as Markdown."""
    bodies = [each.value for kind in MARKDOWN for each in app.get(kind)]
    bodies += [each.label for each in (*app.button, *app.selectbox, *app.multiselect)]
    bare = [re.sub(r"(`+) .*? \1", "", body) for body in bodies]  # code is read as it stands
    return any(text in body for body in bare)


def in_boxes(app) -> str:
    """The HTML of every box of sentences."""
    return "\n".join(each.proto.body for each in app.get("html") if "role=" in each.proto.body)


def check(app, text: str) -> None:
    well(app)
    assert not in_markdown(app, text[:12])
    assert not re.search(r"<(?!/?div\b)", in_boxes(app))


@pytest.mark.parametrize("field", [*RunConfig.model_fields, "epoch", "speed", "changes"])
def test_a_link_value_of_any_field_is_quoted_as_it_stands(field: str):
    app = opened(f"{field}={quote(A)}")
    check(app, A)
    assert ":material/home:" in said(app) or field in ("target", "columns")


def test_a_field_that_there_is_not_is_quoted_as_it_stands():
    app = opened(f"{quote(A)}=1")
    check(app, A)
    assert A[:40] in said(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("form", ["{}", "{}:1", "softmax;{}", "losses;{}", "x1:{}"])
def test_a_page_s_part_of_the_link_is_quoted_as_it_stands(page: str, form: str):
    app = opened(f"{page}={quote(form.format(A))}")
    check(app.switch_page(f"{page}.py").run(), A)


def test_fifty_texts_are_shown_letter_by_letter():
    for text in TEXTS[::5]:
        app = well(opened(f"optimizer={quote(text)}"))
        assert repr(text)[:50] in said(app)
        assert not in_markdown(app, text) or text in ("---", "\\")


def test_columns_classes_and_the_name_of_a_file_are_quoted_as_they_stand():
    app = opened()
    rows = "\n".join(
        f"{i},{i % 7},[{'a' if i % 2 else 'b'}](http://127.0.0.1:9/)" for i in range(40)
    )
    upload(app, f":material/home:,![x](http://127.0.0.1:9/x.png),kind\n{rows}", "[x](http://y).csv")
    for text in ("](http://127", ":material", "[x](http://y)"):
        assert not in_markdown(app, text)
    upload(app, "a,b\n1", "[x](http://y).csv")
    assert "[x](http://y).csv" in said(app)
    assert not in_markdown(app, "[x](")
