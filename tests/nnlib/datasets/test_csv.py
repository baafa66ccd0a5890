"""A person's CSV: what is understood, and what each error says about what, where and what to do."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnlib.data import (
    MAX_CSV_BYTES,
    MAX_ROWS,
    DataError,
    Points,
    Table,
    load,
    read_csv,
)

CLASSES = "a,b,label\n" + "".join(f"{i},{i * i % 7},{'yn'[i % 2]}\n" for i in range(12))
NUMBERS = "a,b,y\n" + "".join(f"{i},{i * i % 7},{i / 8}\n" for i in range(12))


def own(table: Table | str | bytes, **changes) -> Points:
    """Load a table (or the text of one) with quiet defaults."""
    if not isinstance(table, Table):
        table = read_csv(table if isinstance(table, bytes) else table.encode())
    arguments = {"n_samples": 500, "test_share": 0.5, "noise": 0.0, "seed": 0, **changes}
    return load("own", own=table, **arguments)


def originals(points: Points) -> np.ndarray:
    """All inputs in the units of the file."""
    return np.concatenate([points.train, points.test]) * points.scale + points.center


def all_targets(points: Points) -> np.ndarray:
    return np.concatenate([points.train_target, points.test_target])


def replace_cell(text: str, row: int, column: int, cell: str) -> str:
    """The text with one cell changed; rows count as in the file, the header being row 1."""
    rows = [line.split(",") for line in text.splitlines()]
    rows[row - 1][column] = cell
    return "\n".join(",".join(line) for line in rows) + "\n"


# --- reading ---


def test_a_table_has_the_names_and_cells_of_the_file():
    table = read_csv(b"height,kind\n1.5,oak\n2,elm\n", file_name="trees.csv")
    assert table.names == ("height", "kind")
    assert table.n_rows == 2
    assert table.file_name == "trees.csv"
    assert list(table.column("height")) == ["1.5", "2"]
    assert list(table.column("kind")) == ["oak", "elm"]
    assert table.numeric_columns() == ("height",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_four_delimiters_are_recognised(delimiter):
    table = read_csv(CLASSES.replace(",", delimiter).encode())
    assert table.names == ("a", "b", "label")
    assert table.n_rows == 12


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark_do_not_matter(line_end, bom):
    table = read_csv(bom + CLASSES.replace("\n", line_end).encode())
    assert table.names == ("a", "b", "label")
    assert list(table.column("label")) == list("yn" * 6)


def test_blank_rows_and_spaces_around_cells_are_dropped():
    table = read_csv(b"\n a , b \n\n 1 ,  x y \n   \n,,\n".replace(b",,", b","))
    assert table.names == ("a", "b")
    assert [list(column) for column in table.columns] == [["1"], ["x y"]]


def test_a_quoted_cell_may_hold_the_delimiter_quotes_and_a_line_end():
    table = read_csv(b'a, "b, c"\n1,"x, ""y""\nz"\n2,w\n')
    assert table.names == ("a", "b, c")
    assert list(table.column("b, c")) == ['x, "y"\nz', "w"]


def test_semicolons_allow_a_decimal_comma():
    table = read_csv(b"a;b\n1,5;2.5\n-0,25;3\n")
    assert table.numbers("a")[0].tolist() == [1.5, -0.25]
    assert table.numbers("b")[0].tolist() == [2.5, 3]


def test_commas_in_sentences_do_not_hide_a_semicolon():
    assert read_csv(b"a;b\n1;yes, sure, fine\n2;no, never, ever\n").names == ("a", "b")


def test_letters_of_all_languages_are_read():
    assert read_csv("größe,名\n1,é\n".encode()).names == ("größe", "名")


def test_a_file_without_header_gets_numbered_columns_and_keeps_its_first_row():
    table = read_csv(b"1,2,3\n4,5,6\n")
    assert table.names == ("column 1", "column 2", "column 3")
    assert table.n_rows == 2


def test_a_file_without_header_may_have_decimal_commas():
    assert read_csv(b"1,5;2,5;3,5\n4,5;5,5;6,5\n").n_rows == 2


def test_an_empty_column_name_is_numbered():
    assert read_csv(b"a,,c\n1,2,3\n").names == ("a", "column 2", "c")


def test_tables_are_equal_by_their_bytes_and_can_be_keys():
    first, again, other = (read_csv(text.encode()) for text in (CLASSES, CLASSES, NUMBERS))
    assert first == again != other
    assert len({first, again, other}) == 2
    assert len(first.digest) == 16


def test_a_table_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        read_csv(CLASSES.encode()).columns[0][0] = "9"


def test_python_only_numbers_are_text():
    assert read_csv(b"a,b\n1_000,1\n").numbers("a")[1].tolist() == [True]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty"),
        (b"a,b,c\n", "nothing below it"),
        (b"1," * 600_000, "1,200 kB, and the limit is 1,000 kB"),
        ("größe,b\n1,2\n".encode("latin-1"), r"not UTF-8: line 1 .*'CSV UTF-8'"),
        (b"a,b\n1,2\n3,\xff\n", "not UTF-8: line 3 "),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16.*'CSV UTF-8'"),
        (b"PK\x03\x04abc", "binary.*Excel"),
        (b"a,b\n1,\x002\n", "binary"),
        (b",".join(b"c%d" % i for i in range(500)), "500 columns, and the limit is 100"),
        (b"a,b,c\n1,2,3\n\n4,5\n", "Row 4 has 2 cells, but row 1 has 3 cells"),
        (b"a;b\n1;2\n1;2;3\n", "Row 3 has 3 cells.*a semicolon"),
        (b"a,b,a\n1,2,3\n", "Columns 1 and 3 are both called 'a'"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "opens in row 3 is never closed"),
        (b'a,b\n1,2\n3,"' + b"x" * 200_000, "Line 3 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_where(content, message):
    with pytest.raises(DataError, match=message):
        read_csv(content)


def test_the_largest_file_is_just_allowed():
    row = b"123456789\n"
    assert read_csv(row * (MAX_CSV_BYTES // len(row))).n_rows == 100_000
    with pytest.raises(DataError, match="1,001 kB"):
        read_csv(row * (MAX_CSV_BYTES // len(row)) + b"1")


# --- inputs, target, task ---


def test_by_default_the_last_column_is_the_target_and_the_first_two_numbers_the_inputs():
    points = own("id,a,b,c,label\n" + "".join(f"k{i},{i},{-i},0,{i % 2}\n" for i in range(10)))
    assert points.input_names == ("a", "b")
    assert points.target_name == "label"
    assert points.note == ""


def test_one_column_of_numbers_gives_points_on_the_line():
    points = own("x,y\n" + "".join(f"{i},{i / 2}\n" for i in range(20)))
    assert points.train.shape == (10, 1)
    assert points.extent.shape == (1, 2)


def test_inputs_and_target_can_be_chosen():
    points = own(NUMBERS, columns=("y", "b"), target="a", task="regression")
    assert points.input_names == ("y", "b")
    assert points.target_name == "a"
    a = all_targets(points) * points.target_scale + points.target_center
    np.testing.assert_allclose(np.sort(a), np.arange(12), atol=1e-12)


def test_a_column_with_a_few_odd_cells_is_passed_over_and_the_note_says_so():
    points = own(replace_cell(CLASSES, row=5, column=0, cell="oops"))
    assert points.input_names == ("b",)
    assert points.note == "Column 'a' is not used: row 5 holds 'oops'."


@pytest.mark.parametrize(
    ("targets", "task"),
    [
        (["x", "y"], "classification"),
        (["0", "1"], "classification"),
        (["3.0", "-2"], "classification"),
        ([str(k) for k in range(8)], "classification"),
        ([str(k) for k in range(9)], "regression"),
        (["0.5", "1"], "regression"),
    ],
)
def test_auto_finds_the_task_in_the_target(targets, task):
    rows = [f"{i},{i % 5},{targets[i % len(targets)]}" for i in range(36)]
    assert own("a,b,y\n" + "\n".join(rows)).task == task


def test_numeric_classes_are_in_the_order_of_their_numbers():
    rows = [f"{i},{i % 5},{(-2, 9, 10)[i % 3]}" for i in range(30)]
    points = own("a,b,y\n" + "\n".join(rows))
    assert points.class_names == ("-2", "9", "10")
    assert set(points.train_target) == {0, 1, 2}


def test_text_classes_are_in_the_order_of_the_alphabet():
    assert own(CLASSES).class_names == ("n", "y")


def test_every_row_keeps_its_class():
    points = own(CLASSES, columns=("a",))
    is_odd = np.round(originals(points)[:, 0]).astype(int) % 2 == 1
    assert np.array_equal(all_targets(points) == 0, is_odd)  # odd rows are 'n'


def test_integers_can_be_a_regression_and_numbers_classes():
    assert (
        own(CLASSES.replace("y\n", "1\n").replace("n\n", "0\n"), task="regression").n_classes == 0
    )
    rows = [f"{i},{i % 5},{(0.5, 1.5)[i % 2]}" for i in range(30)]
    points = own("a,b,y\n" + "\n".join(rows), task="classification")
    assert points.class_names == ("0.5", "1.5")


def test_inputs_and_regression_targets_are_standardised_by_the_training_rows():
    points = own(NUMBERS)
    np.testing.assert_allclose(points.train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(points.train.std(axis=0), 1)
    assert points.train_target.mean() == pytest.approx(0, abs=1e-12)
    assert points.train_target.std() == pytest.approx(1)


def test_noise_jitters_the_inputs_of_own_regression():
    clean, noisy = own(NUMBERS), own(NUMBERS, noise=1)
    assert (clean.train != noisy.train).all()
    assert np.array_equal(clean.train_target, noisy.train_target)
    assert np.array_equal(clean.extent, noisy.extent)


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        (CLASSES, {"columns": ("a", "z")}, "columns: 'z' is not a column.*'a', 'b', 'label'"),
        (CLASSES, {"columns": ("a", "a")}, "Choose one input column or two different"),
        (CLASSES, {"columns": ()}, "Choose one input column or two different"),
        (CLASSES, {"columns": ("a", "label")}, "'label' is the target"),
        (CLASSES, {"target": "z"}, "target: 'z' is not a column"),
        (CLASSES, {"task": "regression"}, "'label' is the target .*row 2 holds 'y'.*numbers"),
        ("a\n" + "1\n" * 12, {}, "only the column 'a'"),
        ("a,b\n" + "1,2\n" * 9, {}, "only 9 rows.*at least 10"),
        ("a,b,y\n" + "u,v,1\n" * 12, {}, "No column besides the target 'y' has a number"),
        ("a,y\n" + "1,2\n" * 11 + ",2\n", {}, "Column 'a' is not used: row 13 is empty"),
        ("a,y\n" + "1,p\n2,q\n" * 6 + "3,r\n", {}, "Class 'r' has only one row"),
        ("a,y\n" + "1,p\n2,p\n" * 6, {}, "one class only, 'p'"),
        ("a,y\n" + "0.1,p\n0.1,q\n" * 6, {}, "'a' has the same value in every row: choose another"),
        ("a,y\n" + "1,0.5\n2,0.5\n" * 6, {}, "'y' has the same value in every row"),
        ("a,y\n" + "".join(f"{i},k{i % 9}\n" for i in range(90)), {}, "9 classes, .*limit is 8"),
        (replace_cell(CLASSES, 3, 0, "nan"), {"columns": ("a",)}, "Column 'a' .*row 3 holds 'nan'"),
        (replace_cell(CLASSES, 4, 0, "-inf"), {"columns": ("a",)}, "row 4 holds '-inf'"),
        (replace_cell(CLASSES, 5, 0, ""), {"columns": ("a",)}, "Column 'a' .*row 5 is empty"),
        (replace_cell(CLASSES, 6, 0, "5 cm"), {"columns": ("a",)}, "row 6 holds '5 cm'.*3.14"),
        (replace_cell(CLASSES, 6, 0, "1e99"), {}, "row 6 holds '1e99'. That is too large"),
        (replace_cell(CLASSES, 7, 2, ""), {}, "'label' is the target, but row 7 is empty"),
        (replace_cell(NUMBERS, 8, 2, ""), {}, "'y' is the target, but row 8 is empty"),
        (replace_cell(NUMBERS, 8, 2, "inf"), {}, "row 8 holds 'inf'"),
        (replace_cell(NUMBERS, 8, 2, "lots"), {}, r"12 classes \(row 8 holds 'lots'\)"),
    ],
)
def test_a_table_that_cannot_be_used_says_why_and_where(text, changes, message):
    with pytest.raises(DataError, match=message):
        own(text, **changes)


def test_no_table_yet_is_an_error_that_says_what_to_do():
    with pytest.raises(DataError, match="Choose a CSV file"):
        load("own", n_samples=500, test_share=0.5, noise=0, seed=0)


def test_rows_are_counted_as_in_the_file_also_after_blank_ones():
    text = "\n\n" + replace_cell(CLASSES, 6, 0, "?").replace("\n", "\n\n", 3)
    with pytest.raises(DataError, match="row 11 holds"):  # 5 blank rows above
        own(text, columns=("a",))


def test_a_long_cell_is_shortened_in_a_message():
    with pytest.raises(DataError) as error:
        own(replace_cell(CLASSES, 6, 0, "long " * 1000), columns=("a",))
    assert len(str(error.value)) < 300


def test_an_outlier_beyond_all_measure_is_refused():
    rows = [f"{i / 1e9},{i % 2}" for i in range(400)]
    rows[200] = "1e20,0"
    with pytest.raises(DataError, match="'a' has a value that is more than a million standard"):
        for seed in range(20):  # in some split the outlier is a test row
            own("a,y\n" + "\n".join(rows), seed=seed)


# --- many rows ---


def long_table(n: int) -> str:
    return "a,b,y\n" + "".join(f"{i},{i % 97},{i % 13}\n" for i in range(n))


def test_more_than_2000_rows_are_sampled_and_the_note_says_so():
    points = own(long_table(12_000), seed=3)
    assert len(points.train) + len(points.test) == MAX_ROWS
    assert points.note == "12,000 rows: a random sample of 2,000 is used (seed 3)."


def test_2000_rows_are_all_used():
    points = own(long_table(2_000))
    assert points.note == ""
    assert len(points.train) + len(points.test) == MAX_ROWS


def test_the_sample_depends_on_the_seed_alone():
    text = long_table(5_000)
    base, noisy, other = (
        own(text, **c) for c in ({}, {"noise": 1, "test_share": 0.2}, {"seed": 1})
    )
    ids = [
        set(np.round(originals(points)[:, 0]).astype(int)) for points in (base, own(text), other)
    ]
    assert ids[0] == ids[1] != ids[2]
    assert sorted(all_targets(noisy) * noisy.target_scale + noisy.target_center) == pytest.approx(
        sorted(all_targets(base) * base.target_scale + base.target_center)
    )


def test_a_sample_keeps_a_rare_class():
    rows = [f"{i},{'rare' if i in (7, 4_000) else 'common'}" for i in range(20_000)]
    for seed in range(3):
        points = own("a,y\n" + "\n".join(rows), seed=seed)
        assert (points.train_target == 1).sum() == (points.test_target == 1).sum() == 1


def test_a_bad_cell_is_found_also_where_the_sample_would_miss_it():
    for seed in range(3):
        with pytest.raises(DataError, match="row 4,444 "):
            own(replace_cell(long_table(9_000), 4_444, 1, "x"), columns=("b",), seed=seed)


def test_a_hundred_thousand_rows_are_sampled():
    content = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (i % 7, i % 89, i % 9) for i in range(125_000))
    assert len(content) < MAX_CSV_BYTES
    points = own(content)
    assert points.note.startswith("125,000 rows")


# --- anything at all ---


def give_a_result_or_a_data_error(content: bytes, **changes) -> None:
    try:
        points = own(content, **changes)
    except DataError as error:
        assert str(error)
        return
    for name in ("train", "test", "train_target", "test_target", "extent"):
        assert np.isfinite(getattr(points, name)).all()
    assert len(points.train) >= 1
    assert len(points.test) >= 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_result_or_a_data_error(content):
    give_a_result_or_a_data_error(content)


ODD_CELLS = st.sampled_from(
    ["", " ", "nan", "inf", "-1e400", "1e-320", "1e29", "1e30", "0", "-0", "1", "2", "0.1", "3,5"]
    + ["1_0", "x", '"', '"a,b"', "é", "\x1eend\x1e", "\x0b", "\ufeff", "\u2028", "١٢", "0x10"]
) | st.floats(width=32).map(str)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    usual=st.lists(st.integers(-3, 3).map(str), min_size=30, max_size=90),
    odd=st.lists(st.tuples(st.integers(0, 89), ODD_CELLS), max_size=4),
    width=st.integers(2, 4),
    delimiter=st.sampled_from(",;\t|"),
    columns=st.sampled_from([None, ("A",), ("A", "B"), ("B", "Z")]),
    task=st.sampled_from(["auto", "classification", "regression"]),
    test_share=st.sampled_from([0.1, 0.5, 0.9]),
)
def test_any_table_gives_a_result_or_a_data_error(
    usual, odd, width, delimiter, columns, task, test_share
):
    for place, cell in odd:
        usual[place % len(usual)] = cell
    rows = [list("ABCD"[:width])]
    rows += [usual[i : i + width] for i in range(0, len(usual) - width + 1, width)]
    content = "\n".join(delimiter.join(row) for row in rows).encode()
    give_a_result_or_a_data_error(content, columns=columns, task=task, test_share=test_share)
