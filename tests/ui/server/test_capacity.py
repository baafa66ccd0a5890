"""How many people one server takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.ui.server.capacity import DEFAULT_MOST, FEWEST, MOST, SERVER, VIEWER, max_viewers, memory


@pytest.mark.parametrize(
    ("size", "viewers"),
    [
        (0, FEWEST),
        (SERVER + 40 * VIEWER, 40),
        (SERVER + 41 * VIEWER - 1, 40),
        (10**15, DEFAULT_MOST),
    ],
)
def test_as_many_as_the_memory_carries(size: int, viewers: int):
    assert max_viewers({}, size) == viewers


@pytest.mark.parametrize("number", [1, 30, MOST])
def test_the_operators_word_counts(number: int):
    assert max_viewers({"PLAYGROUND_MAX_VIEWERS": str(number)}, 0) == number


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "1.5", "many", "1_000", "٣", "1" * 5_000, "100001"]
)
def test_a_bad_number_is_named_with_what_is_allowed(text: str):
    with pytest.raises(ValueError, match=r"PLAYGROUND_MAX_VIEWERS: .*1 to 100,000") as error:
        max_viewers({"PLAYGROUND_MAX_VIEWERS": text}, 0)
    assert repr(text[:40]) in str(error.value)


def test_a_containers_limit_is_the_memory(tmp_path: Path):
    limit = tmp_path / "memory.max"
    limit.write_text("123456789\n")
    assert memory((str(limit),)) == 123_456_789


@pytest.mark.parametrize("text", ["max\n", "9223372036854771712\n"])
def test_without_a_limit_it_is_the_machines(tmp_path: Path, text: str):
    limit = tmp_path / "memory.max"
    limit.write_text(text)
    assert memory((str(limit),)) == memory((str(tmp_path / "missing"),)) > 0
