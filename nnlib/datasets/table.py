"""A person's CSV file: bytes to a table of text cells, with errors that a person can act on."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from dataclasses import dataclass, field

import numpy as np

MAX_CSV_BYTES = 1_000_000
MAX_COLUMNS = 100

# Commas last: they also occur inside numbers and sentences, the others hardly ever do.
DELIMITERS = ("\t", ";", "|", ",")
ROWS_TO_GUESS_FROM = 20
# An extra last line. It comes back as a row of its own unless a quoted cell is still open.
END_MARK = "\x1eend\x1e"

BYTE_ORDER_MARKS_UTF16 = (b"\xff\xfe", b"\xfe\xff")
HOW_TO_SAVE = (
    "In a spreadsheet choose 'Save as' and the format 'CSV UTF-8', then use that file instead."
)


class DataError(ValueError):
    """Data that cannot be used. The message is for the person: what, where, what to change."""


@dataclass(frozen=True)
class Table:
    """A CSV file as it was read: text cells, column by column. Immutable and hashable.

    Two tables are equal when they were read from the same bytes under the same name, so a
    table can be the key of a cache without comparing cells.
    """

    names: tuple[str, ...]
    # One array of str a column, read-only. dtype object: NumPy's fixed-width text would give
    # every cell the room of the longest one.
    columns: tuple[np.ndarray, ...] = field(compare=False, repr=False)
    row_numbers: np.ndarray = field(compare=False, repr=False)  # (n_rows,): 1 = first row of file
    n_rows: int
    file_name: str
    digest: str  # the first 16 hex digits of the bytes' SHA-256
    decimal_comma: bool = False  # numbers may be written 3,14

    def column(self, name: str) -> np.ndarray:
        """The text cells (n_rows,) of a column. Raises DataError for an unknown name."""
        if name not in self.names:
            raise DataError(
                f"There is no column {quote(name)} in {quote(self.file_name)}. "
                f"Choose one of: {listing(self.names)}."
            )
        return self.columns[self.names.index(name)]

    def numbers(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A column read as numbers: values (n_rows,) float64, and is_text (n_rows,) bool.

        Where a cell is empty or no number, is_text is True and the value is NaN; a cell
        that says nan or inf is a number here (and not finite).
        """
        read = [_number(cell, self.decimal_comma) for cell in self.column(name)]
        is_text = np.array([value is None for value in read], dtype=bool)
        return np.array([np.nan if v is None else v for v in read], dtype=float), is_text

    def numeric_columns(self) -> tuple[str, ...]:
        """The names of the columns that hold a finite number in every row."""
        return tuple(name for name in self.names if np.isfinite(self.numbers(name)[0]).all())


@dataclass(frozen=True)
class Rows:
    """All rows of a data set in its original units, before noise and split."""

    task: str
    inputs: np.ndarray  # (n, d)
    target: np.ndarray  # (n,)
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    target_name: str
    note: str = ""


def quote(text: str) -> str:
    """A person's text inside a message: in quotes, on one line, shortened to 40 characters."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= 40 else line[:39] + '…'}'"


def listing(names: tuple[str, ...], most: int = 30) -> str:
    """Names inside a message, separated by commas, at most `most` of them."""
    shown = ", ".join(quote(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def read_csv(content: bytes, *, file_name: str = "data.csv") -> Table:
    """Read a CSV file: UTF-8, with comma, semicolon, tab or bar between the cells.

    The first row is the header, unless all its cells are numbers: then the columns are called
    'column 1', 'column 2', ... Blank rows and spaces around cells are dropped. In a file with
    semicolons numbers may have a decimal comma. Cells stay text; `load` checks those it uses.

    Raises DataError for everything that cannot be read.
    """
    text = _decode(content)
    delimiter = _guess_delimiter(text)
    decimal_comma = delimiter == ";"
    numbers, rows = _split(text, delimiter)
    if not rows:
        raise DataError("The file is empty. Choose a file with a header row and rows of data.")

    width = len(rows[0])
    if width > MAX_COLUMNS:
        raise DataError(
            f"The file has {width:,} columns, and the limit is {MAX_COLUMNS}. "
            "Keep the columns that you need and delete the others."
        )
    for number, row in zip(numbers, rows, strict=True):
        if len(row) != width:
            raise DataError(
                f"Row {number:,} has {_cells(len(row))}, but row {numbers[0]:,} has "
                f"{_cells(width)}. Give every row the same number of cells; put a cell that "
                f"contains the separator ({_spoken(delimiter)}) in double quotes."
            )

    if all(_number(cell, decimal_comma) is not None for cell in rows[0]):
        names = tuple(f"column {i}" for i in range(1, width + 1))
    else:
        names = _column_names(rows[0])
        numbers, rows = numbers[1:], rows[1:]
    if not rows:
        raise DataError(
            "The file has a header row and nothing below it. Add rows of data below the header."
        )

    columns = []
    for cells in zip(*rows, strict=True):
        column = np.array(cells, dtype=object)
        column.flags.writeable = False
        columns.append(column)
    row_numbers = np.array(numbers)
    row_numbers.flags.writeable = False
    return Table(
        names=names,
        columns=tuple(columns),
        row_numbers=row_numbers,
        n_rows=len(rows),
        file_name=file_name,
        digest=hashlib.sha256(content).hexdigest()[:16],
        decimal_comma=decimal_comma,
    )


def _decode(content: bytes) -> str:
    """Bytes to text with \\n line ends. Raises DataError for size, encoding, binary files."""
    if len(content) > MAX_CSV_BYTES:
        # Rounded up, so that a file just over the limit does not read as one of that size.
        kilobytes = -(-len(content) // 1_000)
        raise DataError(
            f"The file has {kilobytes:,} kB, and the limit is {MAX_CSV_BYTES // 1_000:,} kB. "
            "Delete rows or columns that you do not need."
        )
    if content.startswith(BYTE_ORDER_MARKS_UTF16):
        raise DataError(f"The file's encoding is UTF-16, not UTF-8. {HOW_TO_SAVE}")
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise DataError(
            "The file is binary, not text: perhaps an Excel workbook or a picture. " + HOW_TO_SAVE
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"The file's encoding is not UTF-8: line {row:,} has a character that cannot be "
            f"read. {HOW_TO_SAVE}"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(text: str, delimiter: str) -> tuple[list[int], list[tuple[str, ...]]]:
    """Text to rows of stripped cells, without the blank rows, and each row's number in the file.

    Raises DataError for a quote that is never closed and for a cell beyond csv's own limit.
    """
    # newline="\n" splits at \n alone; an iterator over splitlines() would also split at
    # characters such as \x0b, which may stand in a cell.
    lines = itertools.chain(io.StringIO(text, newline="\n"), [END_MARK])
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t")
    numbers: list[int] = []
    rows: list[tuple[str, ...]] = []
    number = 0
    row: list[str] = []
    try:
        for number, row in enumerate(reader, start=1):
            # Tuples of text: the garbage collector soon leaves them alone, lists it goes through
            # again and again (0.6 s instead of 0.2 s for 125,000 rows).
            cells = tuple(map(str.strip, row))
            if any(cells):
                numbers.append(number)
                rows.append(cells)
    except csv.Error as error:
        raise DataError(
            f"Line {reader.line_num:,} cannot be read as CSV ({error}). "
            "Look there and above for a double quote that is not closed."
        ) from error
    if row != [END_MARK]:
        raise DataError(
            f"A double quote that opens in row {number:,} is never closed. Close it, or delete it."
        )
    return numbers[:-1], rows[:-1]


def _guess_delimiter(text: str) -> str:
    """The first of DELIMITERS that cuts the first rows into equally many cells, two or more.

    Where none does, the one that finds most cells in the first row, so that the message about
    unequal rows speaks of the separator that was meant.
    """
    head = text.lstrip("\n").split("\n", ROWS_TO_GUESS_FROM)[:ROWS_TO_GUESS_FROM]
    widths: dict[str, int] = {}
    for delimiter in DELIMITERS:
        try:
            rows = csv.reader(head, delimiter=delimiter, skipinitialspace=delimiter != "\t")
            counts = [len(row) for row in rows if any(cell.strip() for cell in row)]
        except csv.Error:  # a cell beyond csv's limit: _split will say so
            continue
        if counts and counts[0] > 1 and len(set(counts)) == 1:
            return delimiter
        widths[delimiter] = counts[0] if counts else 0
    return max(reversed(DELIMITERS), key=lambda delimiter: widths.get(delimiter, 0))


def _column_names(header: tuple[str, ...]) -> tuple[str, ...]:
    """Names from the header row; an empty one becomes 'column 3'. DataError for duplicates."""
    names = tuple(name or f"column {i}" for i, name in enumerate(header, start=1))
    seen: dict[str, int] = {}
    for i, name in enumerate(names, start=1):
        if name in seen:
            raise DataError(
                f"Columns {seen[name]} and {i} are both called {quote(name)}. "
                "Give every column a name of its own in the header row."
            )
        seen[name] = i
    return names


def _number(cell: str, decimal_comma: bool) -> float | None:
    """A cell as a number, None where it is text or empty. May be nan or inf."""
    if decimal_comma and cell.count(",") == 1 and "." not in cell:
        cell = cell.replace(",", ".")
    if "_" in cell:  # Python reads 1_000 as a number; nobody else does
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"


def _spoken(delimiter: str) -> str:
    return {"\t": "a tab", ";": "a semicolon", "|": "a vertical bar", ",": "a comma"}[delimiter]
