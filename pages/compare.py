"""Compare: runs that differ in one setting, side by side; two settings as a grid."""

import streamlit as st

from pages.ui.compare import page, wishes
from pages.ui.compare.comparison import Comparison
from pages.ui.shell import look, state

look.compact_page()
state.begin_page()
session = state.session()
here, token = state.watched(
    "compare",
    lambda: Comparison(session.config, session.own, state.page_text("compare")),
    wishes.VERBS,
)
here.take_base(session.config, session.own)
here.settle(0.2)
link = state.write_link("compare", here.text())
place = page.mount(token, link)
if place is not None:
    try:
        config, epoch = here.opened(place)
    except ValueError as error:
        here.complain(str(error))
    else:
        session.start(config, session.own, epoch, intro=False)
        st.switch_page("playground.py")
