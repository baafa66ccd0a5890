"""The only file that touches st.session_state and st.query_params.

One Session (its config, its run) per viewer, shared by all pages. The link is read once, when
the viewer arrives, and written on every page after every committed change. What a viewer has is
held by viewers.py; Streamlit's state holds the token that it is found by, and widgets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st
from pydantic import ValidationError

from nnlib.basics.numerals import whole
from nnlib.changes import MAX_LINK_CHANGES, Change, read_changes, write_changes
from nnlib.config import MAX_QUERY_EPOCHS, RunConfig, explain, read_query, write_query
from nnlib.data import Table
from nnlib.edits import is_edit
from nnlib.run import Run
from nnlib.task import Data, prepare, with_dataset
from pages.ui.live.live_view import LiveView
from pages.ui.live.wishes import Verbs
from pages.ui.server import tab, viewers
from pages.ui.server.viewers import Viewer
from pages.ui.session import wishes as session_wishes
from pages.ui.session.differences import different, settings
from pages.ui.session.session import INTRO_EPOCHS, SPEEDS, Session

W = TypeVar("W", bound=LiveView)
_VIEWER = "viewer"  # the one thing of ours in Streamlit's state: a token
_SESSION = "session"  # the board that every viewer has
PAGES = (
    "compare",
    "functions",
    "layers",
    "backprop",
    "inputs",
)  # pages with a part of their own in the link, under this name


def admitted() -> bool:
    """Whether this viewer is inside, or is let in now; where not, nothing has been made for it."""
    try:
        _viewer()
    except viewers.Full:
        return False
    return True


def _viewer() -> Viewer:
    """Whoever this script runs for; raises viewers.Full for a newcomer without a place."""
    known = st.session_state.get(_VIEWER, "")
    found = viewers.find(known)
    if found is None:
        found = viewers.arrive()
        found.unknown = known
        st.session_state[_VIEWER] = found.token
    found.tab = tab.here()
    found.touch()
    return found


def take_back(key: str) -> None:
    """The page still shows another viewer, whom it has the token of: it is given that one again.

    A page that was offline for long comes back as a newcomer. The token, which nobody can guess,
    came from the component with this key. While one page makes way for another Streamlit calls for
    a component whose key it has forgotten already: the page asks again.
    """
    held = st.session_state.get(key)
    if held is None:
        return
    asked, newcomer = str(held["returned"]), _viewer()
    found = viewers.find(asked)
    if found is None:
        newcomer.unknown = asked
    elif found is not newcomer:
        viewers.drop(newcomer)
        st.session_state[_VIEWER] = found.token
        found.seen = None  # the widgets that the browser knows are the newcomer's


def session() -> Session:
    """This viewer's session; at the first visit it is made from the link."""
    viewer = _viewer()
    if _SESSION not in viewer.boards:
        viewer.show(_SESSION, _open(), session_wishes.VERBS)
    found = viewer.boards[_SESSION].watched
    assert isinstance(found, Session)
    return found


def begin_page() -> None:
    """First of all on a page: give the widgets new names if the settings changed elsewhere.

    A browser that has not yet heard of the change would send a widget's old value once more, and
    that would count as the viewer's choice.
    """
    here, viewer = session(), _viewer()
    if viewer.seen != here.config:
        viewer.seen = here.config
        viewer.revision += 1


def name(widget: str) -> str:
    """A widget's key on this page run."""
    return f"{widget}_{_viewer().revision}"


def token() -> str:
    """What opens the socket of this viewer's session."""
    session()
    return _viewer().boards[_SESSION].token


def watched(name: str, make: Callable[[], W], verbs: Verbs) -> tuple[W, str]:
    """What else this viewer looks at, made at the first visit, and what opens its socket."""
    session()
    viewer = _viewer()
    if name not in viewer.boards:
        viewer.show(name, make(), verbs)
    board = viewer.boards[name]
    found: Any = board.watched  # what `make` of this name makes
    return found, board.token


def page_text(page: str) -> str:
    """A page's own part of the link, '' at its first visit without one."""
    session()
    return _viewer().pages.get(page, "")


def _open() -> Session:
    query = dict(st.query_params)
    _viewer().pages = {page: query.pop(page) for page in PAGES if page in query}
    epoch, speed, problems = _read_extras(query)
    history = query.pop("changes", "")
    config, more = read_query(query)
    config, misfits = _fitted(config)
    changes: Sequence[Change]
    changes, wrong = read_changes(history, config)
    if changes:
        changes, unfit = Run(config).fitting(changes)
        wrong += [f"changes: {sentence.rstrip('.')}." for sentence in unfit]
    problems += more + misfits
    if problems:
        problems.append("The default is used instead.")
    if wrong:
        wrong.append("It is left out, all other changes hold.")
    if problems or wrong:
        complain("link", *problems, *wrong)
    opened = Session(config, changes=changes)
    opened.set_speed(speed)
    if epoch is None:  # long enough to come to what the settings on screen say
        until = max([INTRO_EPOCHS, *(change.epoch for change in changes)])
        opened.start(config, None, until, intro=True, changes=changes)
    else:
        opened.goal = epoch
    return opened


# What a data set may refuse, one after the other.
_REFUSABLE = (("columns",), ("target",), ("task",), ("output",), ("loss",), ("output", "loss"))


def _fitted(config: RunConfig) -> tuple[RunConfig, list[str]]:
    """The config without what its data cannot have, and a sentence about that; all else stays."""
    if config.dataset == "own":
        config, problems = _fitted(with_dataset(config, RunConfig().dataset))
        return config, [
            "dataset: own data are not part of a link; choose the file again.",
            *problems,
        ]
    try:
        prepared(config, None)
        return config, []
    except ValueError as error:
        problem = str(error)
    default = RunConfig()
    everything = tuple(dict.fromkeys(name for names in _REFUSABLE for name in names))
    for names in (*_REFUSABLE, everything):
        try:
            less = config.replace(**{name: getattr(default, name) for name in names})
            prepared(less, None)
            return less, [problem]
        except ValueError:
            continue
    raise AssertionError("every data set has its defaults")


def _read_extras(query: dict[str, str]) -> tuple[int | None, float, list[str]]:
    """epoch and speed, taken out of the query; sentences for bad ones."""
    epoch, speed, problems = None, math.inf, []
    text = query.pop("epoch", None)
    if text is not None:
        try:
            epoch = whole(text)
        except ValueError:
            epoch = -1
        if not 0 <= epoch <= MAX_QUERY_EPOCHS:
            epoch = None
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
    with here.lock:  # a planned change that is being made is in neither list
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
        _viewer().pages[page] = text
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


def edit(place: str, **changes: Any) -> bool:
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
    _viewer().seen = here.config  # the widget that did it knows
    return True


def prepared(config: RunConfig, own: Table | None) -> Data:
    """The data of a config as the network sees them, from (config, own data) alone.

    Raises DataError or ValueError, with a sentence for people, where the two disagree.
    """
    return prepare(config, None) if own is None else _prepared_own(config, own)


@lru_cache(maxsize=4)  # few: each keeps a person's table, of megabytes
def _prepared_own(config: RunConfig, own: Table) -> Data:
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
    viewer = _viewer()
    viewer.problems, viewer.seen = {}, None
    session().start(config, own, epochs, intro=True)


def follow_live_view() -> None:
    """Something was committed in the live view: its socket has changed the settings already."""
    clear("link")


# ------------------------------------------------------------------------ problems and widgets


def complain(place: str, *sentences: str) -> bool:
    """Keep sentences to be shown at a place on the page; False, for the caller to return."""
    _viewer().problems[place] = list(sentences)
    return False


def clear(place: str) -> None:
    """What was wrong at a place is mended."""
    _viewer().problems.pop(place, None)


def problems(place: str) -> list[str]:
    """What is to be said at a place."""
    return _viewer().problems.get(place, [])


def bound(place: str, field: str, value: object, read: Callable = lambda x: x) -> dict:
    """Arguments that make a widget show `value` and edit `field` with what it is set to."""
    key = name(f"edit_{field}")
    st.session_state[key] = value
    return {
        "key": key,
        "on_change": lambda: edit(place, **{field: read(st.session_state[key])}),
    }


def widget(key: str) -> Any:
    """What a widget holds, for its callback; `key` is without its revision."""
    return st.session_state.get(name(key))


def put(key: str, value: object) -> str:
    """Make a widget show a value in the coming run; the key that it takes."""
    st.session_state[name(key)] = value
    return name(key)


def uploaded(key: str) -> Any:
    """The file in an uploader: it keeps its name, and so its file, over all changes.

    None where there is none, or where it was let go of while nobody was there.
    """
    file = st.session_state.get(key)
    return file if hasattr(file, "getvalue") else None
