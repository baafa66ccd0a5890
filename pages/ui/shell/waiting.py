"""Where newcomers wait while the server is full."""

from __future__ import annotations

import streamlit as st

from pages.ui.server import viewers

ASK_SECONDS = 3.0  # between two looks whether somebody has left


@st.fragment(run_every=ASK_SECONDS)
def room() -> None:
    """Say that the server is full; let in by itself as soon as somebody leaves."""
    here = viewers.present()
    if here < viewers.MAX_PRESENT:
        st.rerun()
    people = "1 person is" if here == 1 else f"{here} people are"
    st.info(
        f"This server is full: {people} using it. "
        "This page lets you in by itself as soon as somebody leaves."
    )
