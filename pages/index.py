"""The list of pages, for whoever has a place."""

import streamlit as st

from pages.ui.drawing import pictures
from pages.ui.shell import state, waiting

st.set_page_config(page_title="Neural network playground", page_icon=pictures.icon(), layout="wide")
page = st.navigation(
    [
        st.Page("playground.py", title="Playground", default=True),
        st.Page("compare.py", title="Compare"),
        st.Page("functions.py", title="Functions"),
        st.Page("layers.py", title="Layers"),
        st.Page("backprop.py", title="Backprop"),
        st.Page("inputs.py", title="Inputs"),
        st.Page("guide.py", title="Guide"),
    ],
    position="top",
)
if state.admitted():
    page.run()
else:
    waiting.room()
