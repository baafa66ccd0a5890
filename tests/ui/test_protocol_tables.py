"""Every board has a table of what it sends, and the developers' guide shows it as it is."""

from __future__ import annotations

from tests.ui import protocol_tables
from tests.ui.boards import BOARDS


def test_the_guide_for_developers_shows_the_tables_as_they_are():
    assert protocol_tables.FILE.read_text(encoding="utf-8") == protocol_tables.document()


def test_every_board_has_a_title_and_its_module():
    assert protocol_tables.TITLES.keys() == protocol_tables.MODULES.keys() == BOARDS.keys()
