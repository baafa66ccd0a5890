"""Backprop: one example through a graph, forward and backward, with every number."""

from pages.ui.backprop import page
from pages.ui.shell import look, state

look.compact_page()
state.begin_page()
page.show()
