"""The Playground: a network that trains live, and everything that it can be made of."""

from pages.ui.playground import page
from pages.ui.shell import controls, look, state

look.compact_page()
state.begin_page()
controls.starting_points()
controls.choices()
page.show()
