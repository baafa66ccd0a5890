"""Widgets that show and edit the settings for which the end of a drag is soon enough."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnlib.activations import ACTIVATIONS
from nnlib.basics.registry import Entry, Setting
from nnlib.config import LIMITS, RunConfig
from nnlib.data import DATASETS, DataError, Table, read_csv
from nnlib.initializers import INITIALIZERS
from nnlib.losses import LOSSES
from nnlib.names import written
from nnlib.optimizers import OPTIMIZERS, SCHEDULES
from nnlib.task import PAIRS, pair_problem, pair_warning, with_dataset
from pages.ui.session.session import INTRO_EPOCHS
from pages.ui.shell import formulas, state
from pages.ui.shell.about import ABOUT, described
from pages.ui.shell.starts import STARTS
from pages.ui.shell.words import in_label, say


def starting_points() -> None:
    """A row of things to begin with; each trains before the viewer's eyes."""
    with st.container(horizontal=True, gap="small"):
        for title, (settings, epochs, about) in STARTS.items():
            args = (RunConfig(**settings), None, epochs)
            st.button(title, on_click=state.begin, args=args, help=about)


def complaints(place: str) -> None:
    """What could not be done, beside where it was asked for."""
    say(state.problems(place))


# ------------------------------------------------------------------------ the row of choices


def pair() -> None:
    """Output and loss, as the pairs that make sense for this data."""
    data = state.data()
    current = (data.output, data.loss)
    pairs = list(dict.fromkeys([*PAIRS[data.kind], current]))

    def choose() -> None:
        output, loss = state.widget("pair")
        usual = (output, loss) == PAIRS[data.kind][0]
        state.edit("pair", output="auto" if usual else output, loss="auto" if usual else loss)
        _warn(output, loss, data.kind)

    key = state.put("pair", current)
    with described("pair", 260):
        st.selectbox(
            "Output and loss",
            pairs,
            format_func=lambda p: f"Output: {p[0]} + {written(p[1])}",
            key=key,
            on_change=choose,
            label_visibility="collapsed",
        )


def optimizer() -> None:
    """How a gradient becomes a step."""
    config = state.session().config
    with described("optimizer", 220):
        st.selectbox(
            "Optimizer",
            list(OPTIMIZERS),
            format_func=lambda name: f"Optimizer: {written(name)}",
            label_visibility="collapsed",
            **state.bound("pair", "optimizer", config.optimizer),
        )


def initializer() -> None:
    """How the initial weights are drawn."""
    config = state.session().config
    with described("initializer", 240):
        st.selectbox(
            "Initial weights",
            list(INITIALIZERS),
            format_func=lambda name: f"Weights: {written(name)}",
            label_visibility="collapsed",
            **state.bound("pair", "initializer", config.initializer),
        )


def choices() -> None:
    """The row above the live view."""
    with st.container(horizontal=True, gap="small"):
        pair()
        optimizer()
        initializer()
        with st.popover("Own data, columns", help=ABOUT["own_data"]):
            own_data()
        with st.popover("Formulas", help=ABOUT["formulas"]):
            all_formulas()
        with st.popover("More", help=ABOUT["more"]):
            more()
    for place in ("link", "pair"):
        complaints(place)


# ------------------------------------------------------------------------ more settings


def number(field: str, label: str, **options: Any) -> None:
    """A number field within the schema's limits."""
    low, high = LIMITS[field]
    value = getattr(state.session().config, field)
    st.number_input(
        label,
        min_value=type(value)(low),
        max_value=type(value)(high),
        help=ABOUT[field],
        **options,
        **state.bound("more", field, value),
    )


def more() -> None:
    """The settings that are one click away."""
    config = state.session().config
    complaints("more")
    left, right = st.columns(2)
    with left:
        number("seed", "Seed of data, weights and batches", step=1)
        number("weight_seed", "Seed of the weights alone", step=1)
        number("l1", "L1 λ₁", step=0.001, format="%g")
        clip_norm()
        _other_pair()
    with right:
        st.selectbox(
            "Learning-rate schedule",
            list(SCHEDULES),
            help=ABOUT["schedule"],
            **state.bound("more", "schedule", config.schedule),
        )
        if config.schedule != "constant":
            number("schedule_every", "Schedule: epochs", step=10)
        if config.schedule in ("step", "exponential"):
            number("schedule_factor", "Schedule: factor", step=0.05)
        for setting in _own_numbers(config, state.data().loss):
            number(setting.name, setting.label, step=setting.step, format=setting.format)
    _warnings()


def _own_numbers(config: RunConfig, loss: str) -> list[Setting]:
    """The numbers that the chosen optimizer, hidden activations and loss have."""
    names = {name for _, name in config.hidden}
    hidden = [f for name, f in ACTIVATIONS.items() if name in names]
    entries: list[Entry] = [OPTIMIZERS[config.optimizer], *hidden, LOSSES[loss]]
    return [field for entry in entries for field in entry.fields]


def clip_norm() -> None:
    """Gradient clipping, off when empty."""
    st.number_input(
        "Clip the gradient's norm at",
        min_value=1e-6,
        value=None,
        placeholder="no clipping",
        help=ABOUT["clip_norm"],
        **state.bound("more", "clip_norm", state.session().config.clip_norm),
    )


def _other_pair() -> None:
    """Any output and loss that can be trained at all, not only the usual pairs."""
    data = state.data()
    usual = set(PAIRS[data.kind])
    others = [
        (output, loss)
        for output in ACTIVATIONS
        for loss in LOSSES
        if pair_problem(output, loss, data.kind) is None and (output, loss) not in usual
    ]

    def choose() -> None:
        chosen = state.widget("other_pair")
        if chosen is not None:
            output, loss = chosen
            state.edit("more", output=output, loss=loss)
            _warn(output, loss, data.kind)

    current = (data.output, data.loss)
    key = state.put("other_pair", current if current in others else None)
    st.selectbox(
        "Unusual output and loss",
        others,
        format_func=lambda p: f"{p[0]} + {written(p[1])}",
        key=key,
        on_change=choose,
        placeholder="one of the usual pairs",
        help=ABOUT["other_pair"],
    )


def _warn(output: str, loss: str, kind: str) -> None:
    """A word of warning that takes no place; More keeps it in sight."""
    warning = pair_warning(output, loss, kind)
    if warning:
        st.toast(warning)


def _warnings() -> None:
    data = state.data()
    warning = pair_warning(data.output, data.loss, data.kind)
    if warning:
        st.warning(warning)


# ------------------------------------------------------------------------ formulas


def all_formulas() -> None:
    """What this network computes and how it learns, with the chosen settings filled in."""
    config, data = state.session().config, state.data()
    st.markdown(r"**The network**, $\Phi$ being the chosen inputs, a row for each point")
    for line in formulas.network(config, data):
        st.latex(line)
    st.markdown("**What it minimises**, $g$ being its answer for a point")
    for line in formulas.objective(config, data):
        st.latex(line)
    st.markdown(f"**A step** ({written(config.optimizer)}) of each weight and bias")
    for line in formulas.update(config, config.learning_rate):
        st.latex(line)
    if config.schedule != "constant":
        st.caption(f"η is that of epoch 0; it follows the {config.schedule} schedule.")
    if config.l1 or config.l2:
        st.caption("The penalties leave the biases out.")


# ------------------------------------------------------------------------ own data and columns


def own_data() -> None:
    """A CSV of the viewer's, and which columns of a real data set are used."""
    here = state.session()
    config = here.config
    st.file_uploader(
        "A CSV file, at most 1 MB: two number columns and a label, or one or two number "
        "columns and a number to predict",
        type=["csv", "tsv", "txt"],
        key="csv",
        on_change=_read_own,
    )
    complaints("own")
    if here.own is not None and config.dataset == "own":
        _own_columns(here.own, config)
    elif config.dataset in DATASETS and DATASETS[config.dataset].columns:
        _columns(DATASETS[config.dataset].columns, 2)
    else:
        if here.own is not None:
            st.button(f"Back to {in_label(here.own.file_name)}", on_click=_back_to_own)
        st.caption("With iris, wine and breast cancer you choose their columns here.")
    if state.data().points.note:
        say([state.data().points.note], "info")


def _back_to_own() -> None:
    state.edit("own", dataset="own")


def _read_own() -> None:
    file = state.uploaded("csv")
    if file is None:
        return
    here = state.session()
    try:
        table = read_csv(file.getvalue(), file_name=file.name)
        config = with_dataset(here.config, "own").replace(noise=0.0)
        state.prepared(config, table)
    except DataError as error:
        used = f"{here.own.file_name} stays" if here.own else "The data before it stay"
        state.complain("own", f"{file.name}: {error} {used} in use.")
        return
    state.begin(config, table, INTRO_EPOCHS)


def _columns(names: tuple[str, ...], most: int) -> None:
    used = state.data().points.input_names
    st.multiselect(
        "Columns used as inputs",
        list(names),
        max_selections=most,
        **state.bound("own", "columns", [n for n in used if n in names], _columns_or_none),
    )


def _columns_or_none(chosen: list[str]) -> tuple[str, ...] | None:
    return tuple(chosen) or None


def _own_columns(table: Table, config: RunConfig) -> None:
    points = state.data().points
    target = config.target or table.names[-1]
    _columns(tuple(name for name in table.numeric_columns() if name != target), 2)
    st.selectbox("Column to predict", list(table.names), **state.bound("own", "target", target))
    kinds = {"classification": "classes", "regression": "a number"}
    words = {"auto": f"automatic: {kinds[points.task]}", **kinds}
    st.selectbox(
        "What it holds",
        list(words),
        format_func=lambda kind: words[kind],
        **state.bound("own", "task", config.task),
    )
