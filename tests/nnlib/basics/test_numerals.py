"""Numbers in links: plain ones are read, whatever else Python would read is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.basics.numerals import decimal, whole
from nnlib.changes import read_changes
from nnlib.comparing.knobs import find_knob
from nnlib.config import RunConfig, read_query, read_value, write_value

# Python's int or float reads each of these.
ODD = ["１", "٣", "1_0", " 1", "1 ", "1\n", "\t1", "+1"]
WORDS = ["inf", "-inf", "infinity", "nan", "1_0.0", "１.５", "1e１", "+0.1"]
NO_NUMBERS = ["", "-", ".", "e5", "1e", "0x10", "0b1", "--1", "1.2.3", "1,5", "one"]


@pytest.mark.parametrize("text", [*ODD, *NO_NUMBERS, "1.0", "1e3", "9" * 5_000])
def test_what_is_no_plain_whole_number_is_refused(text: str):
    with pytest.raises(ValueError):
        whole(text)


@pytest.mark.parametrize("text", [*ODD, *WORDS, *NO_NUMBERS])
def test_what_is_no_plain_number_is_refused(text: str):
    with pytest.raises(ValueError):
        decimal(text)


@given(st.integers())
def test_every_whole_number_comes_back_as_python_writes_it(value: int):
    assert whole(str(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back_as_a_link_writes_it(value: float):
    assert decimal(write_value("learning_rate", value)) == value
    assert decimal(f"{value:.10g}") == float(f"{value:.10g}")


def test_a_number_may_be_typed_as_people_do():
    assert [decimal(text) for text in ("007", ".5", "5.", "1E-3")] == [7.0, 0.5, 5.0, 0.001]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("name", ["n_samples", "seed", "noise", "clip_norm", "learning_rate"])
def test_no_setting_of_a_link_reads_a_number_that_is_not_plain(name: str, text: str):
    config, problems = read_query({name: text})
    assert config == RunConfig()
    assert problems[0].startswith(f"{name}: ")


@pytest.mark.parametrize("text", ODD)
def test_no_width_and_no_change_of_a_link_is_read_from_a_number_that_is_not_plain(text: str):
    with pytest.raises(ValueError):
        read_value("hidden", f"{text}.tanh")
    for change in (f"{text}.l2.0.1", f"5.l2.{text}", f"5.w-1-1-1.{text}"):
        assert read_changes(change, RunConfig()) != ((), [])
        assert read_changes(change, RunConfig())[0] == ()


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("name", ["learning_rate", "batch_size"])
def test_no_knob_reads_a_number_that_is_not_plain(name: str, text: str):
    with pytest.raises(ValueError, match=name):
        find_knob(name).read(text)
