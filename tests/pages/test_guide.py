"""The Guide: formulas as the core computes them, and a visit that costs the network nothing."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from nnlib.activations import ACTIVATIONS
from nnlib.config import RunConfig
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS
from tests.pages.opened import address, choose, key, opened, session, well


@pytest.fixture(scope="module")
def guide() -> AppTest:
    return visit(opened())


def visit(app: AppTest, page: str = "guide.py") -> AppTest:
    return well(app.switch_page(page).run())


@pytest.mark.parametrize(
    ("names", "formula"),
    [
        (ACTIVATIONS, "derivative_formula"),
        (LOSSES, "gradient_formula"),
        (OPTIMIZERS, "formula"),
    ],
    ids=["activations", "losses", "optimizers"],
)
def test_every_function_of_the_core_is_there_with_its_formulas(
    guide: AppTest, names: dict, formula: str
):
    text = "\n".join(each.value for each in guide.markdown)
    formulas = "\n".join(each.value for each in guide.latex)
    for name, thing in names.items():
        assert f"**{name.replace('_', ' ')}**" in text
        assert thing.formula in formulas
        assert getattr(thing, formula) in formulas


def test_the_guide_can_be_the_first_page_that_is_seen():
    app = opened("noise=0.5&epoch=3")
    visit(app)
    assert session(app).config.noise == 0.5


def test_a_visit_keeps_session_and_config():
    app = choose(opened("noise=0.5&epoch=3"), "edit_optimizer", "adam")
    before = session(app)
    visit(app)
    visit(app, "playground.py")
    assert session(app) is before
    assert session(app).config == RunConfig(noise=0.5, optimizer="adam")
    assert app.selectbox(key=key(app, "edit_optimizer")).value == "adam"


def test_the_address_is_the_same_on_the_guide():
    app = opened("noise=0.5&epoch=3")
    before = address(app)
    visit(app)
    assert address(app) == before


def test_what_was_changed_while_the_guide_was_open_is_shown_on_return():
    app = opened()
    visit(app)
    session(app).want(optimizer="momentum")
    visit(app, "playground.py")
    assert app.selectbox(key=key(app, "edit_optimizer")).value == "momentum"
