"""The Playground: a network that trains live, and everything that it can be made of."""

from pages.ui import controls, live, look, state

look.compact_page()
state.begin_page()
controls.starting_points()
controls.choices()
live.mount(state.token(), state.write_link(), state.follow_live_view, state.take_back)
