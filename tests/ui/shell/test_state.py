"""Links, edits and what the live view has done: the one place that knows Streamlit's state."""

from __future__ import annotations

import gc
import math
import weakref
from types import SimpleNamespace

import pytest

from nnlib.config import RunConfig, write_query
from nnlib.data import DataError, read_csv
from nnlib.run import Run
from pages.ui.sandbox.sandbox import Sandbox, Settings, verbs
from pages.ui.server import viewers
from pages.ui.session.session import INTRO_EPOCHS, SPEEDS
from pages.ui.shell import state

CSV = "a,b,kind\n" + "".join(f"{i},{i * i % 7},{'uv'[i % 2]}\n" for i in range(30))


class Address(dict):
    """Streamlit's query_params, as far as they are used."""

    def from_dict(self, query: dict[str, str]) -> None:
        self.clear()
        self.update(query)


class Viewer:
    """One viewer's Streamlit: its state and its address bar."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def arrive(self, **query: str) -> Viewer:
        """Open a link, as a new viewer."""
        self.come(**query)
        state.session()
        return self

    def come(self, **query: str) -> None:
        """A link is opened; the page has not run yet."""
        self.st = SimpleNamespace(session_state={}, query_params=Address(query))
        self.monkeypatch.setattr(state, "st", self.st)

    def come_back(self) -> None:
        """Streamlit has forgotten its part; the page has the old token still."""
        old = self.st.session_state["viewer"]
        self.come(**self.address)
        state.session()
        self.ask_for(old)

    def ask_for(self, token: object) -> None:
        self.st.session_state["live"] = {"returned": token}  # of the component
        state.take_back("live")
        del self.st.session_state["live"]

    def do_in_live_view(self, **changes: object) -> None:
        state.session().want(**changes)  # by its socket
        state.session().turn(0)
        state.follow_live_view()  # and then the page is told to look

    @property
    def address(self) -> dict[str, str]:
        return dict(self.st.query_params)

    @property
    def config(self) -> RunConfig:
        return state.session().config


def nothing_to_see() -> Sandbox:
    return Sandbox(Settings(), lambda settings, packet: None)


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> Viewer:
    return Viewer(monkeypatch)


# ------------------------------------------------------------------------ arriving


def test_without_a_link_the_default_network_is_shown_being_trained(viewer: Viewer):
    viewer.arrive()
    assert viewer.config == RunConfig()
    assert state.session().playing
    assert state.problems("link") == []


def test_the_session_is_made_once(viewer: Viewer):
    viewer.arrive()
    assert state.session() is state.session()


def test_two_viewers_have_two_sessions_and_two_tokens(viewer: Viewer):
    viewer.arrive()
    first, token = state.session(), state.token()
    viewer.arrive()
    assert state.session() is not first
    assert state.token() != token


def test_streamlits_own_store_holds_a_token_and_nothing_else(viewer: Viewer):
    viewer.arrive()
    assert list(viewer.st.session_state) == ["viewer"]
    assert isinstance(viewer.st.session_state["viewer"], str)


def test_a_dropped_viewer_comes_back_as_a_newcomer_and_the_page_can_tell(viewer: Viewer):
    viewer.arrive()
    session, known = state.session(), viewer.st.session_state["viewer"]
    viewers.drop(viewers.find(known))
    assert state.session() is not session
    assert viewers.find(viewer.st.session_state["viewer"]).unknown == known


def test_a_question_whose_component_streamlit_has_forgotten_changes_nothing(viewer: Viewer):
    viewer.arrive()
    session = state.session()
    state.take_back("backprop")
    assert state.session() is session


def test_a_newcomer_without_a_place_is_not_admitted_and_nothing_is_made(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(viewers, "MAX_PRESENT", 0)
    viewer.come()
    assert not state.admitted()
    assert viewer.st.session_state == {}
    monkeypatch.setattr(viewers, "MAX_PRESENT", viewers.present() + 1)
    assert state.admitted()


# ------------------------------------------------------------------------ coming back


def test_a_newcomer_with_an_old_token_is_given_what_it_had(viewer: Viewer):
    viewer.arrive(epoch="3")
    before, token = state.session(), state.token()
    state.edit("more", momentum=0.5)
    viewer.come_back()
    assert (state.session(), state.token()) == (before, token)
    assert viewer.config.momentum == 0.5


def test_every_board_comes_back(viewer: Viewer):
    viewer.arrive()
    thing, token = state.watched("other", nothing_to_see, verbs(Settings))
    viewer.come_back()
    assert state.watched("other", nothing_to_see, verbs(Settings)) == (thing, token)


def test_the_widgets_show_what_came_back(viewer: Viewer):
    viewer.arrive()
    state.begin_page()
    before = state.name("edit_optimizer")
    viewer.come_back()
    state.begin_page()
    assert state.name("edit_optimizer") != before


def test_what_was_made_for_the_newcomer_is_dropped(viewer: Viewer):
    viewer.arrive()
    old = viewer.st.session_state["viewer"]
    viewer.come()
    state.session()
    newcomer = viewer.st.session_state["viewer"]
    viewer.ask_for(old)
    assert viewers.find(newcomer) is None


@pytest.mark.parametrize("token", ["", "wrong", 7])
def test_a_token_that_is_not_known_gives_nothing_and_the_page_can_tell(
    viewer: Viewer, token: object
):
    viewer.arrive()
    before = state.session()
    viewer.ask_for(token)
    assert state.session() is before
    assert viewers.find(viewer.st.session_state["viewer"]).unknown == str(token)


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(),
        RunConfig(dataset="spiral", noise=0.5, hidden=((8, "relu"), (3, "elu")), seed=2**32 - 1),
        RunConfig(hidden=(), features=("x1^2", "x1*x2"), clip_norm=1e-6, l1=0.1),
        RunConfig(dataset="iris", columns=("petal length (cm)", "sepal width (cm)")),
        RunConfig(optimizer="adamw", schedule="cosine", learning_rate=1e-5, epsilon=1e-12),
        RunConfig(output="linear", loss="hinge", hidden=((64, "tanh"),) * 6),
    ],
    ids=range(6),
)
def test_a_link_opens_the_config_that_it_was_written_from(viewer: Viewer, config: RunConfig):
    viewer.arrive(**write_query(config))
    assert viewer.config == config
    assert state.problems("link") == []
    assert state.link() == write_query(config)


@pytest.mark.parametrize("epoch", [0, 1, 10_000])
def test_an_epoch_opens_paused_and_goes_there(viewer: Viewer, epoch: int):
    viewer.arrive(epoch=str(epoch))
    assert not state.session().playing
    assert state.session().goal == epoch


@pytest.mark.parametrize("speed", SPEEDS)
def test_every_speed_has_a_name_for_the_link(viewer: Viewer, speed: float):
    viewer.arrive(speed=state.speed_name(speed))
    assert state.session().speed == speed
    assert state.problems("link") == []


def test_the_fastest_speed_is_called_max():
    assert state.speed_name(math.inf) == "max"


# Query, then what a sentence has to say: the field, the value, and what is allowed.
BAD = [
    ({"noise": "5"}, ["noise", "'5'", "0 to 2"]),
    ({"noise": "nan"}, ["noise", "'nan'", "0 to 2"]),
    ({"noise": "much"}, ["noise", "'much'", "0 to 2"]),
    ({"noise": ""}, ["noise", "''", "0 to 2"]),
    ({"learning_rate": "inf"}, ["learning_rate", "'inf'", "1e-05 to 10"]),
    ({"n_samples": "10"}, ["n_samples", "'10'", "20 to 2,000"]),
    ({"n_samples": "1e3"}, ["n_samples", "'1e3'", "whole number", "20 to 2,000"]),
    ({"seed": "-1"}, ["seed", "'-1'", "0 to 4,294,967,295"]),
    ({"seed": "9" * 5_000}, ["seed", "0 to 4,294,967,295"]),
    ({"dataset": "mnist"}, ["dataset", "'mnist'", "circle", "spiral"]),
    ({"dataset": "own"}, ["dataset", "own data", "file"]),
    ({"hidden": "99.tanh"}, ["hidden", "'99.tanh'", "widths 1 to 64"]),
    ({"hidden": "4.softmax"}, ["hidden", "'4.softmax'", "activations"]),
    ({"hidden": ",".join(["2.tanh"] * 7)}, ["hidden", "0 to 6 layers"]),
    ({"features": "x3"}, ["features", "'x3'", "x1*x2"]),
    ({"features": ""}, ["features", "''", "at least one"]),
    ({"optimizer": "best"}, ["optimizer", "'best'", "adam"]),
    ({"clip_norm": "0"}, ["clip_norm", "'0'", "> 0"]),
    ({"columns": '["a", "a"]', "dataset": "iris"}, ["columns", "one or two different"]),
    ({"columns": "a,b", "dataset": "iris"}, ["columns", "'a'", "petal length (cm)"]),
    ({"loss": "nll", "output": "tanh"}, ["nll", "sigmoid", "tanh"]),
    ({"loss": "hinge", "output": "linear", "dataset": "blobs"}, ["hinge", "two classes"]),
    ({"unheard_of": "1"}, ["unheard_of", "no such setting"]),
    ({"epoch": "-1"}, ["epoch", "'-1'", "0 to 10,000"]),
    ({"epoch": "10001"}, ["epoch", "'10001'", "0 to 10,000"]),
    ({"epoch": "1.5"}, ["epoch", "'1.5'", "0 to 10,000"]),
    ({"epoch": "٣"}, ["epoch", "'٣'", "0 to 10,000"]),
    ({"epoch": "9" * 5_000}, ["epoch", "0 to 10,000"]),
    ({"speed": "3"}, ["speed", "'3'", "0.2", "max"]),
    ({"speed": "nan"}, ["speed", "'nan'", "max"]),
]


@pytest.mark.parametrize(("query", "words"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_value_is_named_with_what_is_allowed_and_the_default_is_used(
    viewer: Viewer, query: dict, words: list[str]
):
    viewer.arrive(**query)
    sentence, default = state.problems("link")
    for word in words:
        assert word in sentence
    assert default == "The default is used instead."
    assert len(sentence) < 500
    kept = {} if "columns" not in query else {"dataset": "iris"}
    kept = {"loss": "nll"} if "tanh" in query.values() else kept
    kept = {"dataset": "blobs", "output": "linear"} if "blobs" in query.values() else kept
    assert viewer.config == RunConfig(**kept)


def test_beside_a_bad_value_the_good_ones_hold(viewer: Viewer):
    viewer.arrive(noise="5", learning_rate="0.1", epoch="7", speed="50")
    assert viewer.config == RunConfig(learning_rate=0.1)
    assert state.session().goal == 7
    assert state.session().speed == 50


def test_every_bad_value_is_named(viewer: Viewer):
    viewer.arrive(noise="5", seed="x", unheard_of="1", epoch="no", speed="no")
    said = " ".join(state.problems("link"))
    assert all(name in said for name in ("noise", "seed", "unheard_of", "epoch", "speed"))


def test_a_bad_epoch_begins_as_without_one(viewer: Viewer):
    viewer.arrive(epoch="x")
    assert state.session().playing
    assert state.session().goal == 0


# ------------------------------------------------------------------------ the address bar


def test_the_bare_address_stays_bare_at_the_default(viewer: Viewer):
    viewer.arrive()
    state.write_link()
    assert viewer.address == {}


def test_a_paused_network_has_its_epoch_in_the_address(viewer: Viewer):
    viewer.arrive(noise="0.5", epoch="9")
    state.write_link()
    assert viewer.address == {"noise": "0.5", "epoch": "9"}


def test_a_playing_network_has_no_epoch_in_the_address(viewer: Viewer):
    viewer.arrive(noise="0.5")
    state.write_link()
    assert viewer.address == {"noise": "0.5"}


def test_a_change_is_written_to_the_address(viewer: Viewer):
    viewer.arrive(epoch="0")
    state.edit("pair", optimizer="adam", learning_rate=0.01)
    state.write_link()
    assert viewer.address == {"optimizer": "adam", "learning_rate": "0.01", "epoch": "0"}


def test_a_change_back_to_the_default_leaves_the_address(viewer: Viewer):
    viewer.arrive(epoch="3", noise="0.5")
    state.edit("pair", noise=0.0)
    state.write_link()
    assert "noise" not in viewer.address


def test_what_was_wrong_in_the_link_does_not_stay_in_the_address(viewer: Viewer):
    viewer.arrive(noise="5", learning_rate="0.1", epoch="3")
    state.write_link()
    assert viewer.address == {"learning_rate": "0.1", "epoch": "3"}


def test_the_speed_is_in_the_address_unless_it_is_max(viewer: Viewer):
    viewer.arrive(epoch="3", speed="0.5")
    state.write_link()
    assert viewer.address == {"speed": "0.5", "epoch": "3"}
    state.session().set_speed(math.inf)
    state.write_link()
    assert viewer.address == {"epoch": "3"}


def test_the_query_for_copying_has_no_epoch(viewer: Viewer):
    viewer.arrive(epoch="3", noise="0.5", hidden="8.tanh,4.relu")
    assert state.write_link() == "noise=0.5&hidden=8.tanh%2C4.relu"


# ------------------------------------------------------------------------ edits


def test_an_edit_changes_the_config(viewer: Viewer):
    viewer.arrive()
    assert state.edit("more", momentum=0.5)
    assert viewer.config == RunConfig(momentum=0.5)


def test_an_impossible_edit_is_explained_at_its_place_and_changes_nothing(viewer: Viewer):
    viewer.arrive()
    assert not state.edit("more", momentum=2.0)
    (sentence,) = state.problems("more")
    assert "momentum" in sentence
    assert "0 to 0.999" in sentence
    assert viewer.config == RunConfig()


def test_an_edit_that_does_not_fit_the_data_is_explained(viewer: Viewer):
    viewer.arrive(dataset="blobs")
    assert not state.edit("pair", output="linear", loss="hinge")
    assert "two classes" in state.problems("pair")[0]
    assert viewer.config == RunConfig(dataset="blobs")


def test_a_good_edit_takes_the_complaint_at_its_place_back(viewer: Viewer):
    viewer.arrive()
    state.edit("more", momentum=2.0)
    state.edit("own", seed=-1)
    state.edit("more", momentum=0.5)
    assert state.problems("more") == []
    assert state.problems("own") != []


def test_another_data_set_drops_what_does_not_fit_it(viewer: Viewer):
    viewer.arrive(dataset="iris", columns="petal length (cm),sepal width (cm)")
    state.edit("own", dataset="circle")
    assert viewer.config == RunConfig()


def test_begin_shows_a_new_config_being_trained(viewer: Viewer):
    viewer.arrive(noise="5", epoch="3")
    table = read_csv(CSV.encode())
    state.begin(RunConfig(dataset="own"), table, INTRO_EPOCHS)
    assert viewer.config.dataset == "own"
    assert state.session().own is table
    assert state.session().playing
    assert state.problems("link") == []


# ------------------------------------------------------------------------ the live view


def test_what_was_done_in_the_live_view_is_in_the_address(viewer: Viewer):
    viewer.arrive(epoch="3")
    viewer.do_in_live_view(noise=0.5, hidden=[[3, "relu"]])
    state.write_link()
    assert viewer.address == {"noise": "0.5", "hidden": "3.relu", "epoch": "3"}


def test_the_first_action_in_the_live_view_takes_the_links_complaint_back(viewer: Viewer):
    viewer.arrive(noise="5")
    viewer.do_in_live_view()
    assert state.problems("link") == []


def test_widgets_get_new_names_when_the_live_view_changed_something(viewer: Viewer):
    viewer.arrive()
    state.begin_page()
    before = state.name("edit_optimizer")
    viewer.do_in_live_view(noise=0.5)
    state.begin_page()
    assert state.name("edit_optimizer") != before


def test_a_widget_keeps_its_name_over_its_own_edit(viewer: Viewer):
    viewer.arrive()
    state.begin_page()
    before = state.name("edit_optimizer")
    state.edit("pair", optimizer="adam")
    state.begin_page()
    assert state.name("edit_optimizer") == before


# ------------------------------------------------------------------------ a history in a link


def trained_with_a_change(viewer: Viewer, **change: object) -> Run:
    viewer.arrive(epoch="5")
    here = state.session()
    while here.run.epoch < 5:
        here.turn(0.01)
    here.want(**change)
    here.goal = 9
    while here.run.epoch < 9:
        here.turn(0.01)
    state.write_link()
    return here.run


@pytest.mark.parametrize(
    "change", [{"learning_rate": 0.3}, {"optimizer": "adam"}, {"batch_size": 50, "l2": 0.01}]
)
def test_a_link_reproduces_a_run_with_changes_on_its_way(viewer: Viewer, change: dict):
    run = trained_with_a_change(viewer, **change)
    viewer.arrive(**viewer.address)
    again = state.session()
    while again.run.epoch < 9:
        again.turn(0.01)
    assert again.run.network.parameters.tobytes() == run.network.parameters.tobytes()
    assert again.run.config == run.config


@pytest.mark.parametrize(
    "bad",
    [
        *(
            "x",
            "5",
            "5.noise.1",
            "5.learning_rate.99",
            "5.l1.0.1",
            "20000.l2.0.1",
            "9.l2.",
            "９.l2.1",
        ),
        *("9.w-9-1-1.1", "9.w-1-1-1.1000", "9.kill-1-9.1", "9.kill-1-1.3", "9.loss.softmax_nll"),
    ],
)
@pytest.mark.parametrize("epoch", [{}, {"epoch": "12"}], ids=["playing", "paused"])
def test_an_impossible_change_is_named_and_left_out_and_all_others_hold(
    viewer: Viewer, bad: str, epoch: dict[str, str]
):
    viewer.arrive(changes=f"8.learning_rate.0.3~{bad}~10.w-1-1-1.0.5", noise="0.5", **epoch)
    sentence, left_out = state.problems("link")
    assert sentence.startswith("changes: ")
    assert left_out == "It is left out, all other changes hold."
    assert viewer.config == RunConfig(noise=0.5, learning_rate=0.3)
    state.session().settle(5.0)
    run = state.session().run
    assert [each.field for each in [*run.changes, *run.plan]] == ["learning_rate", "w-1-1-1"]


def test_a_link_with_too_many_changes_has_the_first(viewer: Viewer):
    viewer.arrive(changes="~".join(f"{i}.learning_rate.0.{i}" for i in range(1, 50)), epoch="0")
    sentence, _ = state.problems("link")
    assert "49 are too many" in sentence
    assert "at most 40" in sentence
    assert len(state.session().run.plan) == 40


@pytest.mark.parametrize("epoch", [{}, {"epoch": "12"}], ids=["playing", "paused"])
def test_what_was_wrong_in_the_settings_is_said_beside_what_was_wrong_in_the_changes(
    viewer: Viewer, epoch: dict[str, str]
):
    viewer.arrive(changes="5.loss.softmax_nll", noise="5", **epoch)
    said = "\n".join(state.problems("link"))
    assert "noise: '5'" in said
    assert "changes: " in said


def test_the_address_of_a_network_that_plays_opens_with_its_changes(viewer: Viewer):
    viewer.arrive(epoch="5")
    here = state.session()
    here.settle(5.0)
    while here.run.epoch < 5:
        here.turn(0.01)
    here.want(learning_rate=0.3)
    here.edit_network("w-1-1-1", 0.5)
    here.settle(5.0)
    here.progress.playback.playing = True
    state.write_link()
    assert viewer.address == {"changes": "5.learning_rate.0.3~5.w-1-1-1.0.5"}
    viewer.arrive(**viewer.address)
    assert state.problems("link") == []
    again = state.session()
    assert again.playing
    assert viewer.config == here.config
    again.settle(5.0)
    assert again.run.initial_config == RunConfig()
    while again.run.epoch < 5:  # nobody looks: it waits for a socket
        again.run.advance(1)
    assert [(c.epoch, c.field, c.new) for c in again.run.changes] == [
        (c.epoch, c.field, c.new) for c in here.run.changes
    ]


def test_a_link_without_an_epoch_is_shown_until_its_last_change_is_made(viewer: Viewer):
    viewer.arrive(changes="50.learning_rate.0.1~700.learning_rate.0.3")
    state.session().settle(5.0)
    assert state.session().progress.playback.stop_at == 700


# ------------------------------------------------------------------------ what a link loses


OWN = {"dataset": "own", "columns": '["a"]', "target": "kind", "task": "regression"}


def test_a_link_to_own_data_loses_the_data_alone(viewer: Viewer):
    kept = RunConfig(hidden=((8, "relu"),), optimizer="adam", learning_rate=0.1, noise=0.2, seed=7)
    viewer.arrive(**OWN, **write_query(kept), changes="8.batch_size.20", epoch="12")
    assert state.problems("link") == [
        "dataset: own data are not part of a link; choose the file again.",
        "The default is used instead.",
    ]
    assert viewer.config == kept.replace(batch_size=20)
    assert state.session().goal == 12


def test_an_output_that_only_the_own_data_could_have_is_lost_with_them(viewer: Viewer):
    viewer.arrive(**OWN, output="linear", loss="huber", l2="0.1")
    assert viewer.config == RunConfig(output="linear", loss="huber", l2=0.1)
    viewer.arrive(dataset="own", output="softmax", loss="softmax_nll", l2="0.1")
    assert viewer.config.l2 == 0.1


def test_what_a_data_set_refuses_takes_nothing_else_along(viewer: Viewer):
    viewer.arrive(dataset="iris", columns='["a","b"]', optimizer="adam", hidden="8.relu", seed="3")
    sentence, _ = state.problems("link")
    assert "columns" in sentence
    assert viewer.config == RunConfig(
        dataset="iris", optimizer="adam", hidden=((8, "relu"),), seed=3
    )


@pytest.mark.parametrize("dataset", ["blobs", "sine", "iris"])
def test_a_loss_that_does_not_fit_the_data_takes_nothing_else_along(viewer: Viewer, dataset: str):
    viewer.arrive(dataset=dataset, loss="hinge", optimizer="adam", seed="3", changes="5.l2.0.1")
    assert "hinge" in state.problems("link")[0]
    assert viewer.config == RunConfig(dataset=dataset, optimizer="adam", seed=3, l2=0.1)


def test_a_change_beyond_the_last_epoch_of_links_is_not_in_the_link(viewer: Viewer, monkeypatch):
    monkeypatch.setattr(state, "MAX_QUERY_EPOCHS", 4)
    viewer.arrive(epoch="4")
    here = state.session()
    here.goal = 5
    while here.run.epoch < 5:
        here.turn(0.01)
    here.want(learning_rate=0.3)
    here.turn(0)
    assert "changes" not in state.link()
    assert "learning_rate" not in state.link()  # at epoch 4 it was the old one


def test_the_page_can_be_drawn_while_a_change_that_does_not_fit_is_under_way(viewer: Viewer):
    viewer.arrive(dataset="rings", n_classes="2", output="linear", loss="hinge")
    with state.session().lock:  # the trainer has not come to it yet
        state.session().want(n_classes=3)  # the hinge is for two
        assert state.data().points.n_classes == 2


# ------------------------------------------------------------------------ prepared data


def test_data_are_prepared_once_for_a_config():
    config = RunConfig(seed=77)
    assert state.prepared(config, None) is state.prepared(RunConfig(seed=77), None)


def test_tables_of_people_who_left_are_not_kept_in_numbers():
    rows = "\n".join(f"{i},{i % 7},{'ab'[i % 2]}" for i in range(40))
    kept = []
    for i in range(20):
        table = read_csv(f"one,two,class {i}\n{rows}\n".encode())
        state.prepared(RunConfig(dataset="own"), table)
        kept.append(weakref.ref(table))
    del table
    gc.collect()
    assert sum(each() is not None for each in kept) <= 8


def test_data_that_cannot_be_prepared_say_why():
    with pytest.raises(DataError, match="Choose a CSV file first"):
        state.prepared(RunConfig(dataset="own"), None)


# ------------------------------------------------------------------------ a page's own part


def test_a_pages_own_part_of_the_link_comes_back_to_that_page_alone(viewer: Viewer):
    viewer.arrive(compare="activation:relu,tanh")
    assert state.problems("link") == []
    assert state.page_text("compare") == "activation:relu,tanh"
    assert state.page_text("functions") == ""
    state.write_link("compare", "activation:elu")
    assert state.page_text("compare") == "activation:elu"
    state.write_link()
    assert state.page_text("compare") == "activation:elu"


def test_what_a_viewer_looks_at_besides_is_made_once_and_has_its_own_token(viewer: Viewer):
    viewer.arrive()
    thing, token = state.watched("other", nothing_to_see, verbs(Settings))
    assert state.watched("other", nothing_to_see, verbs(Settings)) == (thing, token)
    assert token != state.token()
    viewer.arrive()
    assert state.watched("other", nothing_to_see, verbs(Settings))[0] is not thing
