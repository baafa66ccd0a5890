"""A person's own table as rows to train on: which columns, which target, every number checked."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnlib.datasets.table import DataError, Rows, Table, listing, quote

MIN_ROWS = 10  # fewer rows leave too little to train and to test on
MAX_ROWS = 2_000  # own data beyond this are sampled
MAX_CLASSES = 8
MAX_MAGNITUDE = 1e30  # of a number in own data; its square still fits into a float
_SUBSAMPLE = 104  # the stream of np.random.default_rng([seed, stream]), beside those of data.py


# Dragging the noise loads the same table many times a second; reading its numbers takes longer
# than everything else together. The key is the table's digest, not its cells.
@lru_cache(maxsize=4)
def own_rows(
    own: Table | None, columns: tuple[str, ...] | None, target: str | None, task: str, seed: int
) -> Rows:
    """Checked numbers from a table: its inputs, its target, at most MAX_ROWS rows."""
    if own is None:
        raise DataError("There is no own data yet. Choose a CSV file first.")
    if len(own.names) < 2:
        raise DataError(
            f"The file has only the column {quote(own.names[0])}. It needs two or three: one or "
            "two inputs and a target. (Between cells: comma, semicolon, tab or vertical bar.)"
        )
    if own.n_rows < MIN_ROWS:
        raise DataError(
            f"The file has only {own.n_rows} {'row' if own.n_rows == 1 else 'rows'} of data. "
            f"Add rows: at least {MIN_ROWS} are needed to train and to test."
        )
    target_name = own.names[-1] if target is None else target
    _check_names(own, "target", (target_name,))
    input_names, notes = _own_columns(own, columns, target_name)
    inputs = np.stack([_finite_numbers(own, name, "an input") for name in input_names], axis=1)

    if _is_classification(own, target_name, task):
        task, (value, class_names) = "classification", _own_classes(own, target_name)
    else:
        task, class_names = "regression", ()
        value = _finite_numbers(own, target_name, "the target of a regression")

    if own.n_rows > MAX_ROWS:
        kept = _sample(
            value if class_names else None, own.n_rows, np.random.default_rng([seed, _SUBSAMPLE])
        )
        inputs, value = inputs[kept], value[kept]
        sampled = f"{own.n_rows:,} rows: a random sample of {MAX_ROWS:,} is used (seed {seed})."
        notes = [sampled, *notes]
    named_by_numbers = [name for name in (*input_names, target_name) if _is_number(name)]
    if named_by_numbers:
        notes = [*notes, _FIRST_ROW.format(listing(tuple(named_by_numbers)))]
    inputs.flags.writeable = value.flags.writeable = False  # they are shared
    return Rows(task, inputs, value, class_names, input_names, target_name, " ".join(notes))


_FIRST_ROW = (
    "The first row was read as column names ({}); if it is data, put a row of names above it."
)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_names(own: Table, field: str, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in own.names:
            raise DataError(
                f"{field}: {quote(name)} is not a column of {quote(own.file_name)}. "
                f"Choose from: {listing(own.names)}."
            )


def _own_columns(
    own: Table, columns: tuple[str, ...] | None, target: str
) -> tuple[tuple[str, ...], list[str]]:
    """The input columns: those asked for, or the first one or two that are all numbers.

    And notes on columns that were passed over although most of their cells are numbers.
    """
    if columns is not None:
        _check_names(own, "columns", columns)
        if target in columns:
            raise DataError(
                f"columns: {quote(target)} is the target. Choose another input or another target."
            )
        if not 1 <= len(columns) <= 2 or len(set(columns)) != len(columns):
            raise DataError(
                f"columns: {listing(columns) or 'none'} will not do. "
                "Choose one input column or two different ones."
            )
        return columns, []

    chosen: list[str] = []
    notes: list[str] = []
    for name in own.names:
        if name == target or len(chosen) == 2:
            continue
        finite = np.isfinite(own.numbers(name)[0])
        if finite.all():
            chosen.append(name)
        elif finite.mean() > 0.5:
            notes.append(f"Column {quote(name)} is not used: {_where(own, name, ~finite)}.")
    if not chosen:
        raise DataError(
            f"No column besides the target {quote(target)} has a number in every row. "
            + (" ".join(notes) + " Correct that" if notes else "Add a column of numbers")
            + ", or choose another target."
        )
    return tuple(chosen), notes


def _where(own: Table, name: str, bad: np.ndarray) -> str:
    """'row 7 holds 'abc'' (or 'is empty'): the first of the bad cells, (n_rows,) bool."""
    i = int(bad.argmax())
    cell = own.column(name)[i]
    return f"row {own.row_numbers[i]:,} " + (f"holds {quote(cell)}" if cell else "is empty")


def _finite_numbers(own: Table, name: str, role: str) -> np.ndarray:
    """A column as numbers (n_rows,). DataError for the first cell that is none."""
    values, is_text = own.numbers(name)
    bad = ~(np.abs(values) <= MAX_MAGNITUDE)  # so written, NaN is bad
    if not bad.any():
        return values
    i = int(bad.argmax())
    if np.isfinite(values[i]):
        advice = f"That is too large (limit {MAX_MAGNITUDE:g}): use another unit"
    elif is_text.all():
        advice = "It holds text: choose a column of numbers"
    elif not is_text[i]:
        advice = "Write a finite number there, or delete the row"
    else:
        advice = "Write a number there, such as 3.14 without unit, or delete the row"
    raise DataError(
        f"Column {quote(name)} is {role}, but {_where(own, name, bad)}. {advice}, or choose "
        "another column."
    )


def _is_classification(own: Table, target: str, task: str) -> bool:
    if task != "auto":
        return task == "classification"
    values, is_text = own.numbers(target)
    if is_text.any():
        return True
    if not np.isfinite(values).all():
        return False  # _finite_numbers will say where
    return len(np.unique(values)) <= MAX_CLASSES and bool((values == np.round(values)).all())


def _own_classes(own: Table, target: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class index (n_rows,) of every row, and the names: numbers in order, else text in order."""
    cells = own.column(target)
    values, is_text = own.numbers(target)
    missing = (cells == "") | (~is_text & ~np.isfinite(values))
    if missing.any():
        raise DataError(
            f"Column {quote(target)} is the target, but {_where(own, target, missing)}. "
            "Write a value there, or delete the row."
        )
    if is_text.any():
        kinds, index = np.unique(cells, return_inverse=True)
        names = tuple(str(kind) for kind in kinds)
    else:
        kinds, index = np.unique(values, return_inverse=True)
        names = tuple(str(float(kind)).removesuffix(".0") for kind in kinds)
    if len(names) == 1:
        raise DataError(
            f"Column {quote(target)} has one class only, {quote(names[0])}. "
            "A classification needs at least two: choose another target."
        )
    if len(names) > MAX_CLASSES:
        stray = f" ({_where(own, target, is_text)})" if 0 < is_text.mean() < 0.5 else ""
        raise DataError(
            f"Column {quote(target)} has {len(names):,} classes{stray}, and the limit is "
            f"{MAX_CLASSES}. Choose a numeric target, for a regression, or merge classes."
        )
    counts = np.bincount(index)
    if counts.min() == 1:
        raise DataError(
            f"Class {quote(names[int(counts.argmin())])} has only one row: it cannot be both in "
            "the training and in the test data. Add rows of it, or delete that row."
        )
    return index.astype(np.int64), names


def _sample(classes: np.ndarray | None, n: int, rng: np.random.Generator) -> np.ndarray:
    """Which of n rows are kept, (MAX_ROWS,) in their order: random, but two of every class."""
    shuffled = rng.permutation(n)
    if classes is not None:
        first_two = [shuffled[classes[shuffled] == k][:2] for k in np.unique(classes)]
        is_first = np.isin(shuffled, np.concatenate(first_two))
        shuffled = np.concatenate([shuffled[is_first], shuffled[~is_first]])
    return np.sort(shuffled[:MAX_ROWS])
