"""Functions: activations side by side, one neuron, softmax, and losses - to be touched."""

import streamlit as st

from pages.ui import activations_board, look, losslab, neuron_board, softmax, state

SECTIONS = {
    "activations": ("Activations", activations_board),
    "neuron": ("A neuron", neuron_board),
    "softmax": ("Softmax", softmax),
    "losses": ("Losses", losslab),
}

look.compact_page()
state.begin_page()
opened, _, text = state.page_text("functions").partition(";")
if opened and opened not in SECTIONS:
    state.complain(
        "functions",
        f"functions: {opened[:40]!r} is not possible; allowed: {', '.join(SECTIONS)}. "
        "The default is used instead.",
    )
    opened = ""
for sentence in state.problems("functions"):
    st.error(sentence)
chosen = st.segmented_control(
    "Section",
    SECTIONS,
    default=opened or "activations",
    required=True,
    format_func=lambda name: SECTIONS[name][0],
    label_visibility="collapsed",
    key="functions_section",
    on_change=lambda: state.clear("functions"),
)
text = SECTIONS[chosen][1].show(text if chosen == opened else "")
default = chosen == "activations" and not text
state.write_link("functions", "" if default else ";".join(filter(None, (chosen, text))))
