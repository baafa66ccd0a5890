"""Compare: runs that differ in one setting, side by side; two settings as a grid."""

import streamlit as st

from pages.ui import compare_view, look, state
from pages.ui.comparison import Comparison

look.compact_page()
state.begin_page()
session = state.session()
here, token = state.watched(
    "compare",
    lambda: Comparison(session.config, session.own, state.page_text("compare")),
    compare_view.VERBS,
)
here.take_base(session.config, session.own)
here.settle(0.2)
link = state.write_link("compare", here.text())
place = compare_view.mount(token, link, state.follow_live_view, state.take_back)
if place is not None:
    try:
        config, epoch = here.opened(place)
    except ValueError as error:
        here.complain(str(error))
    else:
        session.start(config, session.own, epoch, intro=False)
        st.switch_page("playground.py")
