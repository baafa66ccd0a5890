"""`make check` finds its files by name: a test_... among them would be run by `make test`."""

from pathlib import Path


def test_every_file_of_this_folder_is_a_check() -> None:
    names = [path.name for path in Path(__file__).parent.glob("*.py")]
    assert [name for name in names if not name.startswith("check_")] == []
