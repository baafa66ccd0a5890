"""The only file that touches st.session_state and st.query_params.

One Session (its config, its run) per viewer, shared by all pages. The link is read once, when
the viewer arrives, and written on every page after every committed change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

import streamlit as st
from pydantic import ValidationError

from nnlib.changes import MAX_LINK_CHANGES, Change, read_changes, write_changes
from nnlib.config import MAX_QUERY_EPOCHS, RunConfig, explain, read_query, write_query
from nnlib.data import Table
from nnlib.edits import is_edit
from nnlib.task import Data, prepare, with_dataset
from pages.ui import live, wire
from pages.ui.differences import different, settings
from pages.ui.session import INTRO_EPOCHS, SPEEDS, Session
from pages.ui.watched import Watched
from pages.ui.wishes import Verbs

W = TypeVar("W", bound=Watched)
_SESSION, _TOKEN, _PROBLEMS = "session", "token", "problems"
_SEEN, _REVISION = "seen", "revision"
_WATCHED, _PAGES = "watched", "pages"
PAGES = (
    "compare",
    "functions",
    "layers",
    "backprop",
    "inputs",
)  # pages with a part of their own in the link, under this name


def session() -> Session:
    """This viewer's session; at the first visit it is made from the link."""
    if _SESSION not in st.session_state:
        st.session_state[_PROBLEMS] = {}
        st.session_state[_WATCHED] = {}
        st.session_state[_PAGES] = {}
        st.session_state[_SESSION] = _open()
        st.session_state[_SEEN], st.session_state[_REVISION] = None, 0
    if not wire.registered(st.session_state.get(_TOKEN, "")):
        st.session_state[_TOKEN] = live.register(st.session_state[_SESSION])
    return st.session_state[_SESSION]


def begin_page() -> None:
    """First of all on a page: give the widgets new names if the settings changed elsewhere.

    A browser that has not yet heard of the change would send a widget's old value once more, and
    that would count as the viewer's choice.
    """
    here = session()
    if st.session_state[_SEEN] != here.config:
        st.session_state[_SEEN] = here.config
        st.session_state[_REVISION] += 1


def name(widget: str) -> str:
    """A widget's key on this page run."""
    return f"{widget}_{st.session_state[_REVISION]}"


def token() -> str:
    """What opens this viewer's socket."""
    return st.session_state[_TOKEN]


def watched(name: str, make: Callable[[], W], verbs: Verbs) -> tuple[W, str]:
    """What else this viewer looks at, made at the first visit, and what opens its socket."""
    session()
    kept = st.session_state[_WATCHED]
    if name not in kept:
        kept[name] = (make(), "")
    thing, opens = kept[name]
    if not wire.registered(opens):
        kept[name] = thing, wire.register(thing, verbs)
    return kept[name]


def page_text(page: str) -> str:
    """A page's own part of the link, '' at its first visit without one."""
    session()
    return st.session_state[_PAGES].get(page, "")


def _open() -> Session:
    query = dict(st.query_params)
    st.session_state[_PAGES] = {page: query.pop(page) for page in PAGES if page in query}
    epoch, speed, problems = _read_extras(query)
    history = query.pop("changes", "")
    config, more = read_query(query)
    changes, wrong = read_changes(history, config)
    problems += more + wrong
    try:
        if config.dataset == "own":
            raise ValueError("dataset: own data are not part of a link; choose the file again.")
        prepared(config, None)
    except ValueError as error:
        problems.append(str(error))
        config, changes = RunConfig(), ()
    if problems:
        complain("link", *problems, "The default is used instead.")
    opened = _session(config, changes)
    opened.speed = speed
    if epoch is None:
        opened.start(config, None, INTRO_EPOCHS, intro=True)
    else:
        opened.goal = epoch
    return opened


def _session(config: RunConfig, changes: Sequence[Change]) -> Session:
    try:
        return Session(config, changes=changes)
    except ValueError as error:  # a change that does not fit this data
        complain("link", f"changes: {error}.", "The run is shown without them.")
        return Session(config)


def _read_extras(query: dict[str, str]) -> tuple[int | None, float, list[str]]:
    """epoch and speed, taken out of the query; sentences for bad ones."""
    epoch, speed, problems = None, math.inf, []
    text = query.pop("epoch", None)
    if text is not None:
        if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MAX_QUERY_EPOCHS:
            epoch = int(text)
        else:
            problems.append(
                f"epoch: {text[:40]!r} is not possible; "
                f"allowed: a whole number from 0 to {MAX_QUERY_EPOCHS:,}."
            )
    text = query.pop("speed", "max")
    names = {speed_name(value): value for value in SPEEDS}
    if text in names:
        speed = names[text]
    else:
        problems.append(f"speed: {text[:40]!r} is not possible; allowed: {', '.join(names)}.")
    return epoch, speed, problems


def speed_name(speed: float) -> str:
    """'max' or epochs a second, as in the link."""
    return "max" if math.isinf(speed) else f"{speed:g}"


def link() -> dict[str, str]:
    """The query of a link to what is on screen, its epoch apart: settings, and how they changed."""
    here = session()
    here.settle(1.0)
    run, at = here.run, here.time.at
    changes = [*run.changes, *run.plan]
    if at is not None:  # what came later than the epoch on screen is another story
        changes = [change for change in changes if change.epoch <= at]
    begun = settings(change for change in changes if change.epoch == 0)
    later = [change for change in changes if change.epoch > 0 or is_edit(change.field)]
    # A link ends at MAX_QUERY_EPOCHS: what was changed beyond does not belong to it.
    changes = [change for change in later if change.epoch <= MAX_QUERY_EPOCHS]
    if later and run.own is None and len(changes) <= MAX_LINK_CHANGES:
        query = write_query(run.initial_config.replace(**begun))
        if changes:
            query["changes"] = write_changes(changes)
    else:
        query = write_query(here.config)
    if not math.isinf(here.speed):
        query["speed"] = speed_name(here.speed)
    return query


def write_link(page: str = "", text: str = "") -> str:
    """Make the address bar say what is on screen; the query without its epoch.

    A page with a part of its own (PAGES) gives its name and that part as text.
    """
    here, query = session(), link()
    if page:
        st.session_state[_PAGES][page] = text
        if text:
            query[page] = text
    text = urlencode(query)
    if not here.playing:
        query["epoch"] = str(min(here.epoch, MAX_QUERY_EPOCHS))
    if dict(st.query_params) != query and not _untouched(query):
        st.query_params.from_dict(query)
    return text


def _untouched(query: dict[str, str]) -> bool:
    """The bare address stays bare while everything is at its default."""
    return not dict(st.query_params) and set(query) <= {"epoch"}


# ------------------------------------------------------------------------ edits


def edit(place: str, **changes: object) -> bool:
    """Change settings from a widget; what cannot be done is said beside it (`problems`)."""
    here = session()
    try:
        config = here.config
        if changes.get("dataset", config.dataset) != config.dataset:
            config = with_dataset(config, changes["dataset"])
        config = config.replace(**changes)
        prepared(config, here.own)
    except ValidationError as error:
        return complain(place, *explain(error))
    except ValueError as error:
        return complain(place, str(error))
    clear(place)
    here.want(**{name: getattr(config, name) for name in different(here.config, config)})
    st.session_state[_SEEN] = here.config  # the widget that did it knows
    return True


@lru_cache(maxsize=64)
def prepared(config: RunConfig, own: Table | None) -> Data:
    """The data of a config as the network sees them, from (config, own data) alone.

    Raises DataError or ValueError, with a sentence for people, where the two disagree.
    """
    return prepare(config, own)


def data() -> Data:
    """The data that the viewer's settings ask for; the run may be on its way there still."""
    here = session()
    try:
        return prepared(here.config, here.own)
    except ValueError:  # a drag went where nothing fits: the session is about to go back
        return here.run.data


def begin(config: RunConfig, own: Table | None, epochs: int) -> None:
    """Start anew and let the viewer watch it train to an epoch."""
    st.session_state[_PROBLEMS] = {}
    st.session_state[_SEEN] = None
    session().start(config, own, epochs, intro=True)


def follow_live_view() -> None:
    """Something was committed in the live view: its socket has changed the settings already."""
    clear("link")


# ------------------------------------------------------------------------ problems and widgets


def complain(place: str, *sentences: str) -> bool:
    """Keep sentences to be shown at a place on the page; False, for the caller to return."""
    st.session_state[_PROBLEMS][place] = list(sentences)
    return False


def clear(place: str) -> None:
    """What was wrong at a place is mended."""
    st.session_state[_PROBLEMS].pop(place, None)


def problems(place: str) -> list[str]:
    """What is to be said at a place."""
    return st.session_state[_PROBLEMS].get(place, [])


def bound(place: str, field: str, value: object, read: Callable = lambda x: x) -> dict:
    """Arguments that make a widget show `value` and edit `field` with what it is set to."""
    key = name(f"edit_{field}")
    st.session_state[key] = value
    return {
        "key": key,
        "on_change": lambda: edit(place, **{field: read(st.session_state[key])}),
    }


def widget(key: str) -> object:
    """What a widget holds, for its callback; `key` is without its revision."""
    return st.session_state.get(name(key))


def put(key: str, value: object) -> str:
    """Make a widget show a value in the coming run; the key that it takes."""
    st.session_state[name(key)] = value
    return name(key)


def uploaded(key: str) -> object:
    """The file in an uploader: it keeps its name, and so its file, over all changes."""
    return st.session_state.get(key)
