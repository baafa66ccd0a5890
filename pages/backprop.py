"""Backprop: one example through a graph, forward and backward, with every number."""

from pages.ui import backprop, look, state

look.compact_page()
state.begin_page()
backprop.show()
