"""Steps of a computation graph: matrices with their names and shapes, formulas with numbers.

Column vectors and KaTeX, as the lecture writes them; every gradient is dL/d something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnlib.names import written

LARGEST = 4  # rows or columns: a larger matrix is not written out in a formula


@dataclass(frozen=True)
class Matrix:
    """A matrix of a step, numbers and names.

    Attributes
    ----------
    symbol : KaTeX, "W^{1}"
    values : (rows, columns) float64; a column vector has one column
    shape : its shape in symbols, KaTeX, "n^{1} \\\\times 1"
    diagonal : whether all else is 0 by its nature (the Jacobian of an element-wise activation)
    """

    symbol: str
    values: np.ndarray
    shape: str
    diagonal: bool = False

    @property
    def is_large(self) -> bool:
        """Whether it has more rows or columns than a formula should write out."""
        return max(self.values.shape) > LARGEST

    def __matmul__(self, other: Matrix) -> Matrix:
        rows, columns = self.shape.split(TIMES)[0], other.shape.split(TIMES)[1]
        return Matrix(
            rf"{self.symbol} \, {other.symbol}",
            product(self.values, other.values),
            f"{rows}{TIMES}{columns}",
            self.diagonal and other.diagonal,
        )


@dataclass(frozen=True)
class Step:
    """One step, forward or backward.

    Attributes
    ----------
    id : "Z1", "A1", "L", "dA2", "J2", "dZ2", "dW2", "db2" (and in small graphs "z", "dw", ...)
    direction : "forward" or "backward"
    name : in words
    formula : KaTeX, in symbols, with the shape in symbols under each
    numbers : KaTeX, the same with the numbers filled in; "" where a matrix is too large for it
    result : what the step computes
    factors : the matrices that enter, in the order in which the formula has them
    comes_from : ids of the earlier steps that it uses
    chain : for a gradient, the chain-rule product so far: the matrices whose product is `result`
        (for dL/dW^l, and dL/dW0^l, the product that is dL/dZ^l)
    origins : of each factor, the id of the step that computed it; a given one is called "A0", "W2",
        "b2", "y" (and in small graphs "x", "w", "w0")
    signs : what stands before each factor and before the result, ("", "·", "+", "=")
    link : how an entry of the result depends on the factors: "product" (of the first two, plus the
        third entry by entry), "elementwise", "diagonal" (a
        matrix of which entry i, i depends on entry i), or "all" (on every entry)
    part : which rows and columns of the whole layer's matrix the result is
    parameters : for a gradient of weights or biases, each entry's place in `MLP.parameters`, shaped
        like `result`; else None
    note : a sentence where there is something to say, else ""
    """

    id: str
    direction: str
    name: str
    formula: str
    numbers: str
    result: Matrix
    factors: tuple[Matrix, ...] = ()
    comes_from: tuple[str, ...] = ()
    chain: tuple[Matrix, ...] = ()
    origins: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    link: str = "product"
    part: tuple[slice, slice] = (slice(None), slice(None))
    parameters: np.ndarray | None = None
    note: str = ""


# --- KaTeX --------------------------------------------------------------------------------------

TIMES = r" \times "


def number(x: float) -> str:
    """A number in KaTeX with four digits: 0.5, -1.235, 1.2 \\cdot 10^{-7}."""
    if not math.isfinite(x):
        return r"\text{undefined}" if math.isnan(x) else ("-" if x < 0 else "") + r"\infty"
    text = f"{x or 0:.4g}"  # no sign before an exact 0
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def matrix_text(matrix: Matrix) -> str:
    """A matrix's numbers in KaTeX: a plain number for 1 x 1."""
    if matrix.values.size == 1:
        return number(matrix.values.item())
    rows = r" \\ ".join(" & ".join(map(number, row)) for row in matrix.values)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def shaped(matrix: Matrix) -> str:
    """A matrix's symbol with its shape under it."""
    return rf"\underset{{{matrix.shape}}}{{{matrix.symbol}}}"


def filled(formula: str, *matrices: Matrix) -> str:
    """The formula with the matrices' numbers at its <0>, <1>, ...; "" where one is too large."""
    if any(matrix.is_large for matrix in matrices):
        return ""
    for i, matrix in enumerate(matrices):
        formula = formula.replace(f"= <{i}>", f"= {matrix_text(matrix)}")
        formula = formula.replace(f"(<{i}>)", f"({matrix_text(matrix)})")
        formula = formula.replace(f"<{i}>", as_factor(matrix_text(matrix)))
    return formula


def as_factor(shown: str) -> str:
    """A number that something stands before: in brackets when it is negative."""
    return rf"\left({shown}\right)" if shown.startswith("-") else shown


def called(name: str) -> str:
    """A function's name, upright, as a formula has it."""
    return rf"\operatorname{{{written(name)}}}".replace(" ", r"\ ")


def d_loss(symbol: str) -> str:
    """dL/d symbol."""
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """left . right, without a word where a number is not finite."""
    with np.errstate(all="ignore"):  # inf * 0, where a saturated output has no dL/dA
        return left @ right


def column(values: np.ndarray) -> np.ndarray:
    """(n,) -> (n, 1)."""
    return values[:, None]


def transposed(matrix: Matrix) -> Matrix:
    """The matrix turned round, with its symbol and its shape."""
    rows, columns = matrix.shape.split(TIMES)
    return Matrix(
        rf"\left({matrix.symbol}\right)^{{\!\top}}", matrix.values.T, f"{columns}{TIMES}{rows}"
    )


def scalar(symbol: str, value: float) -> Matrix:
    """A number as a 1 x 1 matrix."""
    return Matrix(symbol, np.array([[float(value)]]), r"1 \times 1")


def product_step(
    id: str,
    name: str,
    result: Matrix,
    factors: tuple[Matrix, ...],
    origins: tuple[str, ...],
    comes_from: tuple[str, ...],
    chain: tuple[Matrix, ...],
    note: str = "",
) -> Step:
    """A step backward: the result is the product of one or two factors."""
    symbols = r" \cdot ".join(map(shaped, factors))
    places = r" \cdot ".join(f"<{i}>" for i in range(len(factors)))
    return Step(
        id=id,
        direction="backward",
        name=name,
        formula=f"{shaped(result)} = {symbols}",
        numbers=filled(f"{places} = <{len(factors)}>", *factors, result)
        if len(factors) > 1
        else filled("= <0>", result),
        result=result,
        factors=factors,
        comes_from=comes_from,
        chain=chain,
        origins=origins,
        signs=("", "·", "=") if len(factors) > 1 else ("", "="),
        link="product" if len(factors) > 1 else "elementwise",
        note=note,
    )
