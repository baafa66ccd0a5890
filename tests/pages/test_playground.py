"""The Playground's Streamlit part: choices, starting points, own data, complaints."""

from __future__ import annotations

import gc
import time
import weakref

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.initializers import INITIALIZERS
from nnlib.optimizers import OPTIMIZERS, SCHEDULES
from nnlib.run import Run
from nnlib.task import PAIRS
from pages.ui.server import viewers
from pages.ui.shell.starts import STARTS
from tests.pages.opened import (
    address,
    choose,
    key,
    opened,
    said,
    session,
    start,
    told,
    upload,
    viewer,
    well,
)

CLASSES = "height,width,kind\n" + "".join(
    f"{i % 13},{i * i % 7},{'oak' if i % 13 > 6 else 'elm'}\n" for i in range(60)
)
PRICES = "size,age,price\n" + "".join(f"{i},{i * i % 9},{1000.5 + 3 * i}\n" for i in range(60))


# ------------------------------------------------------------------------ the page


def test_the_page_runs_without_exception():
    app = opened()
    assert session(app).config == RunConfig()
    assert said(app) == ""


def test_the_page_holds_the_live_view():
    assert [each.key for each in opened().get("bidi_component")] == ["live"]


def test_a_bad_link_is_explained_on_the_page():
    app = opened("noise=5&unheard_of=1")
    assert "noise" in said(app)
    assert "'5'" in said(app)
    assert "0 to 2" in said(app)
    assert "unheard_of" in said(app)
    assert session(app).config == RunConfig()


def test_a_good_link_is_opened():
    app = opened("dataset=spiral&hidden=8.tanh,8.tanh&epoch=12")
    assert session(app).config == RunConfig(dataset="spiral", hidden=((8, "tanh"), (8, "tanh")))
    assert session(app).goal == 12
    assert said(app) == ""


def test_the_widgets_show_what_the_link_says():
    app = opened("optimizer=adam&initializer=he_normal&schedule=cosine&seed=5&output=tanh")
    assert app.selectbox(key=key(app, "edit_optimizer")).value == "adam"
    assert app.selectbox(key=key(app, "edit_initializer")).value == "he_normal"
    assert app.selectbox(key=key(app, "edit_schedule")).value == "cosine"
    assert app.number_input(key=key(app, "edit_seed")).value == 5
    assert app.selectbox(key=key(app, "pair")).value == ("tanh", "squared")


# ------------------------------------------------------------------------ choices


@pytest.mark.parametrize(
    ("key", "field", "values"),
    [
        ("edit_optimizer", "optimizer", list(OPTIMIZERS)),
        ("edit_initializer", "initializer", list(INITIALIZERS)),
        ("edit_schedule", "schedule", list(SCHEDULES)),
    ],
)
def test_every_choice_is_in_the_config_and_in_the_address(key: str, field: str, values: list):
    app = opened("epoch=0")
    default = getattr(RunConfig(), field)
    for value in [*(each for each in values if each != default), default]:
        choose(app, key, value)
        assert session(app).config == RunConfig(**{field: value})
        assert address(app).get(field, default) == value
    assert said(app) == ""


@pytest.mark.parametrize("pair", PAIRS["two classes"])
def test_every_usual_pair_can_be_chosen(pair: tuple[str, str]):
    app = choose(opened("epoch=3"), "pair", pair)
    assert app.selectbox(key=key(app, "pair")).value == pair
    assert said(app) == ""
    run = Run(session(app).config)
    assert (run.data.output, run.data.loss) == pair


def test_the_pair_that_fits_the_data_is_left_to_the_data():
    app = opened("output=tanh&loss=squared&epoch=3")
    choose(app, "pair", PAIRS["two classes"][0])
    assert session(app).config == RunConfig()
    assert address(app) == {"epoch": "3"}


@pytest.mark.parametrize("kind", ["circle", "blobs", "plane"])
def test_the_pairs_offered_are_those_of_the_task(kind: str):
    app = opened(f"dataset={kind}")
    kinds = {"circle": "two classes", "blobs": "classes", "plane": "regression"}
    assert len(app.selectbox(key=key(app, "pair")).options) == len(PAIRS[kinds[kind]])


def test_a_usual_but_doubtful_pair_gets_a_word_of_warning():
    app = choose(opened(), "pair", ("sigmoid", "squared"))
    assert any("confident mistake" in each.value for each in app.toast)


def test_the_best_pair_gets_no_warning():
    app = opened()
    assert len(app.toast) == 0
    assert len(app.warning) == 0


def test_an_unusual_pair_gets_a_warning():
    app = choose(opened(), "other_pair", ("relu", "huber"))
    assert (session(app).config.output, session(app).config.loss) == ("relu", "huber")
    assert any("unusual" in each.value for each in app.warning)


# ------------------------------------------------------------------------ more settings


@pytest.mark.parametrize(
    ("link", "field", "value"),
    [
        ("", "seed", 7),
        ("", "weight_seed", 3),
        ("", "l1", 0.01),
        ("", "clip_norm", 2.5),
        ("schedule=step", "schedule_every", 50),
        ("schedule=step", "schedule_factor", 0.9),
        ("optimizer=momentum", "momentum", 0.5),
        ("optimizer=rmsprop", "rho", 0.95),
        ("optimizer=adam", "beta1", 0.8),
        ("optimizer=adam", "beta2", 0.99),
        ("optimizer=adamw", "weight_decay", 0.1),
        ("optimizer=adam", "epsilon", 0.001),
        ("hidden=4.leaky_relu", "leaky_slope", 0.2),
        ("hidden=4.elu", "elu_alpha", 2.0),
        ("dataset=plane&output=linear&loss=huber", "huber_delta", 0.5),
    ],
)
def test_every_number_is_in_the_config_and_in_the_address(link: str, field: str, value: float):
    app = opened(link)
    well(app.number_input(key=key(app, f"edit_{field}")).set_value(value).run())
    assert getattr(session(app).config, field) == value
    assert address(app)[field] == str(value)
    assert said(app) == ""


@pytest.mark.parametrize(
    ("link", "absent"),
    [
        ("", "momentum"),
        ("", "beta1"),
        ("", "schedule_every"),
        ("schedule=cosine", "schedule_factor"),
        ("optimizer=adam", "weight_decay"),
        ("", "elu_alpha"),
        ("", "huber_delta"),
    ],
)
def test_a_number_without_effect_is_not_shown(link: str, absent: str):
    assert f"edit_{absent}" not in [each.key for each in opened(link).number_input]


def test_an_emptied_clip_norm_is_no_clipping():
    app = opened("clip_norm=2.5")
    well(app.number_input(key=key(app, "edit_clip_norm")).set_value(None).run())
    assert session(app).config.clip_norm is None
    assert "clip_norm" not in address(app)


# ------------------------------------------------------------------------ starting points


@pytest.mark.parametrize("title", list(STARTS))
def test_every_starting_point_is_what_the_page_begins_with(title: str):
    settings, _, _ = STARTS[title]
    app = start(opened(), title)
    assert session(app).config == RunConfig(**settings)
    assert session(app).playing
    assert said(app) == ""


@pytest.mark.parametrize("title", list(STARTS))
def test_every_starting_point_trains_well(title: str):
    settings, epochs, _ = STARTS[title]
    run = Run(RunConfig(**settings))
    run.advance(epochs)
    assert run.diverged is None
    best = {"Circle, linear": 0.4, "XOR, linear": 0.4}.get(title, 0.9)
    assert best <= run.measure()[4] <= (0.75 if best < 0.5 else 1)
    assert run.history.train_loss[-1] < run.history.train_loss[0]
    assert np.isfinite(run.network.parameters).all()


def test_a_starting_point_can_be_chosen_twice():
    app = start(opened(), "Spiral")
    choose(app, "edit_optimizer", "sgd")
    start(app, "Spiral")
    assert session(app).config == RunConfig(**STARTS["Spiral"][0])


def test_a_starting_point_takes_complaints_back():
    app = opened("noise=5")
    start(app, "Spiral")
    assert said(app) == ""


# ------------------------------------------------------------------------ columns and own data


def test_columns_of_a_real_data_set_can_be_chosen():
    app = opened("dataset=iris&epoch=0")
    chosen = ["sepal length (cm)", "petal width (cm)"]
    well(app.multiselect(key=key(app, "edit_columns")).set_value(chosen).run())
    assert session(app).config.columns == tuple(chosen)
    assert "sepal length (cm)" in address(app)["columns"]


def test_one_column_is_too_few_for_a_real_data_set_and_that_is_said():
    app = opened("dataset=iris&epoch=0")
    well(app.multiselect(key=key(app, "edit_columns")).set_value(["petal width (cm)"]).run())
    assert "two" in said(app)
    assert session(app).config == RunConfig(dataset="iris")


def test_another_data_set_forgets_the_columns():
    app = opened("dataset=iris&columns=petal length (cm),sepal width (cm)")
    session(app).want(dataset="wine")  # as the live view does
    well(app.run())
    assert session(app).config == RunConfig(dataset="wine")
    assert "columns" not in address(app)
    columns = app.multiselect(key=key(app, "edit_columns"))
    assert columns.value[0] in columns.options


def test_a_file_is_trained_on():
    app = upload(opened(), CLASSES, "trees.csv")
    assert said(app) == ""
    assert session(app).config.dataset == "own"
    assert session(app).own.file_name == "trees.csv"
    assert session(app).playing


def test_the_column_to_predict_can_be_chosen():
    app = upload(opened(), PRICES)
    choose(app, "edit_target", "age")
    assert session(app).config.target == "age"
    assert said(app) == ""


def test_the_input_columns_can_be_chosen():
    app = upload(opened(), PRICES)
    well(app.multiselect(key=key(app, "edit_columns")).set_value(["age"]).run())
    assert session(app).config.columns == ("age",)
    assert said(app) == ""


def test_a_number_can_be_predicted_as_a_label_and_back():
    app = upload(opened(), PRICES.replace(".5", ""))
    choose(app, "edit_target", "age")
    for task in ("regression", "classification", "auto"):
        choose(app, "edit_task", task)
        assert session(app).config.task == task
        assert said(app) == ""


def test_a_choice_that_the_file_does_not_allow_is_said_beside_it():
    app = upload(opened(), CLASSES)
    before = session(app).config
    choose(app, "edit_task", "regression")  # oak and elm are no numbers
    assert "kind" in said(app)
    assert session(app).config == before
    assert app.selectbox(key=key(app, "edit_task")).value == "auto"


def test_own_data_left_for_another_data_set_can_be_had_back():
    app = upload(opened(), CLASSES, "trees.csv")
    session(app).want(dataset="circle")  # as the live view does
    well(app.run())
    (button,) = [each for each in app.button if "trees.csv" in each.label]
    well(button.click().run())
    assert session(app).config.dataset == "own"
    assert said(app) == ""


BAD_FILES = [
    ("", "empty"),
    ("a,b,kind\n", "nothing below"),
    ("a,b,kind\n" + "1,2,x\n3,4,x\n" * 20, "class"),
    (CLASSES.replace("\n3,2", "\nmuch,little", 1), "much"),
    (CLASSES.replace("\n3,2", "\nnan,inf", 1), "nan"),
    (CLASSES.replace("oak", "grün").encode("latin-1"), "UTF-8"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "binary"),
    (CLASSES.encode("utf-16"), "UTF-16"),
    (",".join(f"c{i}" for i in range(500)) + "\n" + ",".join("1" * 500) + "\n", "500 columns"),
    ("a,b,kind\n" + "1.25,2.5,x\n" * 100_000, "kB"),
    ("a,b,kind\n1,2,x\n3,4,y\n", "rows"),
    ("a,b,a\n1,2,x\n", "both called"),
    ("a,b,kind\n1,2\n3,4,y\n", "cells"),
    ("kind\n" + "x\ny\n" * 20, "only the column"),
    ('a,b,kind\n1,2,"x\n' + "3,4,y\n" * 20, "quote"),
]


@pytest.mark.parametrize(("content", "word"), BAD_FILES, ids=lambda value: str(value)[:20])
def test_a_bad_file_is_explained_and_the_network_stays(content: str | bytes, word: str):
    app = opened("noise=0.5&epoch=2")
    before, run = session(app).config, session(app).run
    upload(app, content)
    assert word.lower() in said(app).lower()
    assert session(app).config == before
    assert session(app).run is run
    assert session(app).own is None


@pytest.mark.parametrize("cell", ["much", "nan", ""])
def test_a_column_that_is_left_out_for_one_cell_is_named_with_its_row(cell: str):
    app = upload(opened(), CLASSES.replace("\n3,2", f"\n{cell},2", 1))
    notes = told(app)
    assert "'height'" in notes
    assert "row 5" in notes.lower()
    assert session(app).own is not None


def test_a_good_file_takes_the_complaint_about_a_bad_one_back():
    app = upload(opened(), "a,b\n")
    assert said(app) != ""
    upload(app, CLASSES)
    assert said(app) == ""
    assert session(app).config.dataset == "own"


def test_taking_the_file_out_of_the_uploader_keeps_the_network():
    app = upload(opened(), CLASSES)
    well(app.file_uploader(key="csv").set_value(None).run())
    assert session(app).config.dataset == "own"
    assert said(app) == ""


def test_many_rows_are_sampled_and_the_page_says_so():
    app = upload(
        opened(), "a,b,kind\n" + "".join(f"{i},{i % 7},{'uv'[i % 2]}\n" for i in range(3000))
    )
    assert "2,000" in told(app)


# ------------------------------------------------------------------------ formulas


def test_the_formulas_are_those_of_the_settings():
    app = opened("optimizer=momentum&learning_rate=0.07&momentum=0.6&l2=0.02&hidden=5.relu")
    text = "\n".join(each.value for each in app.latex)
    assert r"W^2" in text
    assert r"\operatorname{relu}" in text
    assert r"\frac{0.02}{2}" in text
    assert "{0.6}" in text
    assert "{0.07}" in text


# ------------------------------------------------------------------------ tooltips


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_every_number_field_has_a_sentence_about_it(optimizer: str):
    app = opened(f"optimizer={optimizer}&schedule=step&hidden=4.leaky_relu,4.elu")
    assert app.number_input
    assert [field.label for field in app.number_input if not field.help] == []


# ------------------------------------------------------------------------ leaving


def test_what_streamlit_keeps_of_a_tab_holds_nothing_of_ours():
    app = opened("epoch=0")
    choose(app, "edit_optimizer", "adam")  # its callbacks are known
    gone = weakref.ref(session(app))
    viewers.drop(viewer(app))
    app.run()  # the page goes on, as a newcomer's
    for _ in range(200):  # the trainer may be at its turn still
        gc.collect()
        if gone() is None:
            break
        time.sleep(0.01)
    assert gone() is None
    assert session(app).config.optimizer == "adam"  # the address has made it again


def test_a_full_server_says_so_and_lets_in_when_there_is_a_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(viewers, "MAX_PRESENT", 0)
    app = opened("noise=0.5&epoch=3")
    assert "This server is full" in app.info[0].value
    assert not app.get("bidi_component")
    monkeypatch.setattr(viewers, "MAX_PRESENT", 100_000)
    well(app.run())
    assert not app.info
    assert session(app).config.noise == 0.5
