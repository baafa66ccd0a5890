"""Backpropagation of one example, every number: forward, the loss, and the chain rule backwards.

Everything is a column vector here, as in the lecture (the rest of nnlib has the batch axis first):

    dL/dZ^l  = dA^l/dZ^l  . dZ^(l+1)/dA^l  ...  dA^L/dZ^L  . dL/dA^L
    (n^l x 1)  (n^l x n^l)  (n^l x n^(l+1))     (n^L x n^L)  (n^L x 1)
    dL/dW^l  = A^(l-1) (dL/dZ^l)'   (m^l x n^l)
    dL/dW0^l = dL/dZ^l              (n^l x 1)

Each factor is a transposed Jacobian: dA^l/dZ^l is diagonal but for softmax, dZ^(l+1)/dA^l is
W^(l+1). All numbers are float64. Steps depend on earlier ones by their ids: a computation graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np

from nnlib.activations import (
    HIDDEN_ACTIVATIONS,
    Activation,
    activation,
    sigmoid,
    softmax_jacobian,
    softplus,
)
from nnlib.losses import LOSSES, Loss
from nnlib.network import MLP
from nnlib.passes import layer_views
from nnlib.stages import in_double

LARGEST = 4  # rows or columns: a larger matrix is not written out in a formula
GREEN = 1e-6  # a relative error below it: the gradient is right
SMALL = 1e-4  # times the loss: a smaller gradient's error is measured against this


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
    def size(self) -> str:
        """Its shape in numbers, "3 × 1"."""
        return " × ".join(map(str, self.values.shape))

    @property
    def is_large(self) -> bool:
        """Whether it has more rows or columns than a formula should write out."""
        return max(self.values.shape) > LARGEST

    def __matmul__(self, other: Matrix) -> Matrix:
        rows, columns = self.shape.split(_TIMES)[0], other.shape.split(_TIMES)[1]
        return Matrix(
            rf"{self.symbol} \, {other.symbol}",
            _product(self.values, other.values),
            f"{rows}{_TIMES}{columns}",
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
    parameters: np.ndarray | None = None
    note: str = ""


# --- KaTeX --------------------------------------------------------------------------------------

_TIMES = r" \times "


def number(x: float) -> str:
    """A number in KaTeX with four digits: 0.5, -1.235, 1.2 \\cdot 10^{-7}."""
    if not math.isfinite(x):
        return r"\text{undefined}" if math.isnan(x) else ("-" if x < 0 else "") + r"\infty"
    text = f"{x:.4g}"
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def written(matrix: Matrix) -> str:
    """A matrix's numbers in KaTeX: a plain number for 1 x 1."""
    if matrix.values.size == 1:
        return number(matrix.values.item())
    rows = r" \\ ".join(" & ".join(map(number, row)) for row in matrix.values)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _shaped(matrix: Matrix, symbol: str | None = None) -> str:
    return rf"\underset{{{matrix.shape}}}{{{symbol or matrix.symbol}}}"


def _filled(formula: str, *matrices: Matrix) -> str:
    """The formula with the matrices' numbers at its <0>, <1>, ...; "" where one is too large."""
    if any(matrix.is_large for matrix in matrices):
        return ""
    for i, matrix in enumerate(matrices):
        formula = formula.replace(f"= <{i}>", f"= {written(matrix)}")
        formula = formula.replace(f"<{i}>", _as_factor(written(matrix)))
    return formula


def _as_factor(shown: str) -> str:
    """A number that something stands before: in brackets when it is negative."""
    return rf"\left({shown}\right)" if shown.startswith("-") else shown


def _called(name: str) -> str:
    return rf"\operatorname{{{name}}}".replace("_", r"\ ")


def _d(symbol: str) -> str:
    """dL/d symbol."""
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):  # inf * 0, where a saturated output has no dL/dA
        return left @ right


# --- The network --------------------------------------------------------------------------------


def microscope(network: MLP, x: np.ndarray, y: np.ndarray, loss: str | Loss) -> list[Step]:
    """Every step of forward and backward for one example, in the order of computation.

    Parameters
    ----------
    network : any MLP; a neuron is MLP((m, 1), ...), a layer MLP((m, n), ...)
    x : (m,) or (1, m), what the network sees
    y : (k,) or (1, k), as the loss takes it

    Raises
    ------
    ValueError : more than one example, or a loss and an output that do not fit together.
    """
    loss = network.check_loss(loss)
    x, y = _row("x", x, network.sizes[0]), _row("y", y, network.sizes[-1])
    network = in_double(network)
    trace = network.forward(x)
    target = Matrix("y", y.T, _n(network, network.depth) + r" \times 1")
    A = [Matrix("A^{0}", trace.A[0].T, r"m^{1} \times 1")]
    Z, W, bias = [None], [None], [None]
    steps: list[Step] = []
    for layer in range(1, network.depth + 1):
        n, m = f"n^{{{layer}}}", f"m^{{{layer}}}"
        W.append(Matrix(f"W^{{{layer}}}", network.weights[layer - 1], rf"{m} \times {n}"))
        bias.append(
            Matrix(f"W_0^{{{layer}}}", _column(network.biases[layer - 1]), rf"{n} \times 1")
        )
        Z.append(Matrix(f"Z^{{{layer}}}", trace.Z[layer].T, rf"{n} \times 1"))
        A.append(Matrix(f"A^{{{layer}}}", trace.A[layer].T, rf"{n} \times 1"))
        steps.append(_linear_step(layer, W[layer], A[layer - 1], bias[layer], Z[layer]))
        steps.append(_activation_step(network, layer, Z[layer], A[layer]))
    steps.append(_loss_step(network, loss, Z[-1], A[-1], target))
    steps += _backward(network, loss, W, Z, A, target)
    return steps


def _row(name: str, values: np.ndarray, width: int) -> np.ndarray:
    """One example as (1, width)."""
    row = np.atleast_2d(np.asarray(values, dtype=float))
    if row.shape != (1, width):
        raise ValueError(
            f"{name}: one example of {width} number{'s' * (width > 1)}. "
            f"Got shape {np.shape(values)} instead."
        )
    return row


def _column(values: np.ndarray) -> np.ndarray:
    return values[:, None]


def _n(network: MLP, layer: int) -> str:
    """Rows of A^l in symbols: n^l, and m^1 for the inputs."""
    return f"n^{{{layer}}}" if layer else "m^{1}"


def _transposed(matrix: Matrix) -> Matrix:
    rows, columns = matrix.shape.split(_TIMES)
    return Matrix(
        rf"\left({matrix.symbol}\right)^{{\!\top}}", matrix.values.T, f"{columns}{_TIMES}{rows}"
    )


def _linear_step(layer: int, W: Matrix, below: Matrix, bias: Matrix, Z: Matrix) -> Step:
    turned = _transposed(W)
    return Step(
        id=f"Z{layer}",
        direction="forward",
        name=f"Pre-activation of layer {layer}: weigh the inputs and add the bias",
        formula=f"{_shaped(Z)} = {_shaped(turned)} {_shaped(below)} + {_shaped(bias)}",
        numbers=_filled(r"<0> \cdot <1> + <2> = <3>", turned, below, bias, Z),
        result=Z,
        factors=(turned, below, bias),
        comes_from=(f"A{layer - 1}",) if layer > 1 else (),
    )


def _activation_step(network: MLP, layer: int, Z: Matrix, A: Matrix) -> Step:
    f = network.activations[layer - 1]
    called = _called(f.name)
    held = ", ".join(str(j + 1) for j in network.killed_in(layer))
    return Step(
        id=f"A{layer}",
        direction="forward",
        name=f"Activation of layer {layer}: {f.name.replace('_', ' ')}",
        formula=f"{_shaped(A)} = {called}({_shaped(Z)})",
        numbers=_filled(rf"{called} <0> = <1>", Z, A),
        result=A,
        factors=(Z,),
        comes_from=(f"Z{layer}",),
        note=f"Held at 0 by hand: unit {held}." if held else "",
    )


def _loss_step(network: MLP, loss: Loss, Z: Matrix, A: Matrix, target: Matrix) -> Step:
    prediction = Z if loss.on_logits else A
    value = loss.value(prediction.values.T, target.values.T)
    result = Matrix("L", np.array([[value]]), r"1 \times 1")
    return Step(
        id="L",
        direction="forward",
        name=f"The loss of this example: {loss.name.replace('_', ' ')}",
        formula=rf"{_shaped(result)} = {loss.formula}, \quad g = {_shaped(A)}",
        numbers=_filled(r"g = <0>,\ y = <1>: \quad L = <2>", A, target, result),
        result=result,
        factors=(A, target),
        comes_from=(f"A{network.depth}",),
    )


def _backward(
    network: MLP,
    loss: Loss,
    W: Sequence[Matrix | None],
    Z: Sequence[Matrix | None],
    A: Sequence[Matrix],
    target: Matrix,
) -> list[Step]:
    """From the loss to the first layer: dA^L, then for each layer J, dZ, dW, dW0 and dA below."""
    L = network.depth
    places = layer_views(network, np.arange(len(network.parameters)))
    grad_A = Matrix(_d(A[L].symbol), _loss_slope(loss, Z[L], A[L], target), A[L].shape)
    chain: tuple[Matrix, ...] = (grad_A,)
    steps = [_loss_slope_step(network, loss, A[L], target, grad_A)]
    for layer in range(L, 0, -1):
        J = _jacobian(network, layer, Z[layer], A[layer])
        steps.append(_jacobian_step(network, layer, J, Z[layer], A[layer]))
        grad_Z = J @ grad_A
        note = ""
        if layer == L and loss.on_logits:
            # Multiplied out, as nnlib computes it: a saturated output loses no digits.
            values = loss.gradient(Z[L].values.T, target.values.T).T
            grad_Z = replace(grad_Z, values=values)
            note = r"Multiplied out, dL/dZ = g − y: that is how it is computed."
        grad_Z = replace(grad_Z, symbol=_d(Z[layer].symbol))
        chain = (J, *chain)
        steps.append(
            _product_step(
                f"dZ{layer}",
                f"Gradient at the pre-activation of layer {layer}",
                grad_Z,
                (J, grad_A),
                (f"J{layer}", f"dA{layer}"),
                chain,
                note,
            )
        )
        steps += _parameter_steps(layer, A[layer - 1], grad_Z, chain, places[layer - 1])
        if layer > 1:
            chain = (_as_jacobian(W[layer], layer), *chain)
            grad_A = Matrix(
                _d(A[layer - 1].symbol), W[layer].values @ grad_Z.values, A[layer - 1].shape
            )
            steps.append(
                _product_step(
                    f"dA{layer - 1}",
                    f"Gradient at the output of layer {layer - 1}: through the weights above it",
                    grad_A,
                    (chain[0], grad_Z),
                    (f"dZ{layer}",),
                    chain,
                )
            )
    return steps


def _loss_slope(loss: Loss, Z: Matrix, A: Matrix, target: Matrix) -> np.ndarray:
    """dL/dA^L, (k, 1). For losses on logits from z, so that 1 / g keeps its digits near g = 0."""
    z, y = Z.values, target.values
    if loss.name == "nll":  # -y/g + (1 - y)/(1 - g), with 1/g = 1 + e^-z
        with np.errstate(over="ignore", invalid="ignore"):
            of_one, of_zero = -y * np.exp(softplus(-z)), (1 - y) * np.exp(softplus(z))
        return np.where(y == 0, 0, of_one) + np.where(y == 1, 0, of_zero)
    if loss.name == "softmax_nll":  # -y_k / g_k, with 1 / g_k = sum e^(z_j - z_k)
        with np.errstate(over="ignore"):
            inverse = np.exp(z.T - z).sum(axis=1, keepdims=True)
        return np.where(y == 0, 0.0, -y * np.where(y == 0, 1.0, inverse))
    return loss.gradient(A.values.T, y.T).T


_LOSS_SLOPES = {
    "nll": r"-\frac{y}{g} + \frac{1 - y}{1 - g}",
    "softmax_nll": r"-\frac{y_k}{g_k}",
}


def _loss_slope_step(network: MLP, loss: Loss, A: Matrix, target: Matrix, grad_A: Matrix) -> Step:
    formula = _LOSS_SLOPES.get(loss.name, loss.gradient_formula)
    return Step(
        id=f"dA{network.depth}",
        direction="backward",
        name="Gradient of the loss at the guess: where the chain rule begins",
        formula=rf"{_shaped(grad_A)} = {formula}, \quad g = {_shaped(A)}",
        numbers=_filled(
            r"g = <0>,\ y = <1>: \quad \frac{\partial L}{\partial g} = <2>", A, target, grad_A
        ),
        result=grad_A,
        factors=(A, target),
        comes_from=("L",),
        chain=(grad_A,),
    )


def _jacobian(network: MLP, layer: int, Z: Matrix, A: Matrix) -> Matrix:
    """dA^l/dZ^l, transposed as the lecture has it (it is symmetric), (n, n)."""
    f = network.activations[layer - 1]
    n = f"n^{{{layer}}}"
    symbol = rf"\frac{{\partial {A.symbol}}}{{\partial {Z.symbol}}}"
    if f.derivative is None:
        return Matrix(symbol, softmax_jacobian(A.values.T)[0], rf"{n} \times {n}")
    row = Z.values.T
    slopes = f.derivative(row, f.forward(row))[0]  # not from A: a unit may be held at 0
    slopes[network.killed_in(layer)] = 0
    return Matrix(symbol, np.diag(slopes), rf"{n} \times {n}", diagonal=True)


def _jacobian_step(network: MLP, layer: int, J: Matrix, Z: Matrix, A: Matrix) -> Step:
    f = network.activations[layer - 1]
    if f.derivative is None:
        name = "Jacobian of softmax: full, every output depends on every z"
        formula = (
            rf"{_shaped(J)} = \operatorname{{diag}}({A.symbol}) - {A.symbol} ({A.symbol})^\top"
        )
        note = ""
    else:
        gates = np.isin(np.diag(J.values), (0, 1)).all() and f.name == "relu"
        kind = "gates, 1 open and 0 shut" if gates else "one slope per unit"
        name = f"Jacobian of {f.name.replace('_', ' ')}: diagonal, {kind}"
        formula = (
            rf"{_shaped(J)} = \operatorname{{diag}}\left(f'({Z.symbol})\right), "
            rf"\quad f'(z) = {f.derivative_formula}"
        )
        note = "Element by element: z₁ never moves a₂, so all else is 0."
    return Step(
        id=f"J{layer}",
        direction="backward",
        name=name,
        formula=formula,
        numbers=_filled(rf"{J.symbol} = <0>", J),
        result=J,
        factors=(Z, A),
        comes_from=(f"Z{layer}", f"A{layer}"),
        note=note,
    )


def _as_jacobian(W: Matrix, layer: int) -> Matrix:
    """W^l in its part of dZ^l/dA^(l-1), (n^(l-1), n^l)."""
    symbol = rf"\frac{{\partial Z^{{{layer}}}}}{{\partial A^{{{layer - 1}}}}}"
    return Matrix(symbol, W.values, rf"n^{{{layer - 1}}} \times n^{{{layer}}}")


def _product_step(
    id: str,
    name: str,
    result: Matrix,
    factors: tuple[Matrix, ...],
    comes_from: tuple[str, ...],
    chain: tuple[Matrix, ...],
    note: str = "",
) -> Step:
    symbols = r" \cdot ".join(map(_shaped, factors))
    places = r" \cdot ".join(f"<{i}>" for i in range(len(factors)))
    return Step(
        id=id,
        direction="backward",
        name=name,
        formula=f"{_shaped(result)} = {symbols}",
        numbers=_filled(f"{places} = <{len(factors)}>", *factors, result)
        if len(factors) > 1
        else _filled("= <0>", result),
        result=result,
        factors=factors,
        comes_from=comes_from,
        chain=chain,
        note=note,
    )


def _parameter_steps(
    layer: int, below: Matrix, grad_Z: Matrix, chain: tuple[Matrix, ...], places: np.ndarray
) -> list[Step]:
    """dL/dW^l and dL/dW0^l. places: (m + 1, n), where they are in `MLP.parameters`."""
    turned = _transposed(grad_Z)
    m, n = f"m^{{{layer}}}", f"n^{{{layer}}}"
    grad_W = Matrix(_d(f"W^{{{layer}}}"), below.values @ grad_Z.values.T, rf"{m} \times {n}")
    grad_b = Matrix(_d(f"W_0^{{{layer}}}"), grad_Z.values, rf"{n} \times 1")
    uses = (f"A{layer - 1}",) if layer > 1 else ()
    weights = _product_step(
        f"dW{layer}",
        f"Gradient of the weights of layer {layer}: what came in, times what came back",
        grad_W,
        (below, turned),
        (*uses, f"dZ{layer}"),
        chain,
    )
    biases = _product_step(
        f"db{layer}",
        f"Gradient of the biases of layer {layer}: the same as at its pre-activation",
        grad_b,
        (grad_Z,),
        (f"dZ{layer}",),
        chain,
    )
    return [
        replace(weights, parameters=places[:-1]),
        replace(biases, parameters=_column(places[-1])),
    ]


def multiplied(chain: Sequence[Matrix]) -> list[Matrix]:
    """The product building up from right to left: the last factor, the last two, ... all."""
    return list(accumulate(reversed(chain), lambda product, factor: factor @ product))


# --- Finite differences -------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """A gradient beside its finite difference.

    Attributes
    ----------
    gradient : what backpropagation says
    value : the central difference
    relative_error : |gradient - value| / max(|gradient|, |value|, 1e-4 max(1, L)). The last one
        because L is rounded to 16 digits: of smaller gradients a difference has few digits left
    green : relative_error < GREEN
    note : why not, where there is a reason: a kink
    """

    gradient: float
    value: float
    relative_error: float
    green: bool
    note: str = ""


def finite_difference(
    network: MLP, x: np.ndarray, y: np.ndarray, loss: str | Loss, index: int
) -> Check:
    """dL/d parameters[index] from the loss itself, beside what backpropagation says.

    x (m,) or (n, m) and y (k,) or (n, k): one example or a batch, whose mean loss is meant.
    Central differences (L(p + h) - L(p - h)) / 2h in float64, for several h, extrapolated to h = 0
    (Ridders 1982): the gradient to be checked has no say in which h is taken.

    Raises
    ------
    ValueError : the network has no such parameter.
    """
    return finite_differences(network, x, y, loss, [index])[0]


def finite_differences(
    network: MLP, x: np.ndarray, y: np.ndarray, loss: str | Loss, indices: Sequence[int]
) -> list[Check]:
    """`finite_difference` for several parameters, a Check for each index."""
    loss = network.check_loss(loss)
    network = in_double(network)
    X, y = np.atleast_2d(np.asarray(x, float)), np.atleast_2d(np.asarray(y, float))
    P = network.parameters
    for index in indices:
        if not 0 <= index < len(P):
            raise ValueError(f"index: 0 to {len(P) - 1}. Got {index} instead.")
    base, gradient = network.loss_and_gradient(X, y, loss)

    def loss_at(index: int, value: float) -> float:
        kept, P[index] = P[index], value
        trace = network.forward(X)
        P[index] = kept
        return loss.value(trace.Z[-1] if loss.on_logits else trace.A[-1], y)

    return [_check(loss_at, base, float(gradient[i]), int(i), float(P[i])) for i in indices]


_STEPS = [1e-2 / 4**i for i in range(6)]  # 0.01 ... 1e-5, times max(1, |p|)


def _check(
    loss_at: Callable[[int, float], float], base: float, gradient: float, index: int, p: float
) -> Check:
    h = np.array(_STEPS) * max(1.0, abs(p))
    up = np.array([loss_at(index, p + each) for each in h])
    down = np.array([loss_at(index, p - each) for each in h])
    value = _extrapolated((up - down) / (2 * h))
    error = abs(gradient - value)
    scale = max(abs(gradient), abs(value), SMALL * max(1.0, abs(base)))
    relative = error / scale if math.isfinite(error) else math.inf
    green = relative < GREEN
    note = ""
    if not green:
        right, left = (up[-1] - base) / h[-1], (base - down[-1]) / h[-1]
        if abs(right - left) > 0.01 * max(abs(right), abs(left)):
            note = (
                f"A kink is here: the slope is {left:.4g} on its left and {right:.4g} on its "
                "right, and a difference across it is neither."
            )
    return Check(gradient, value, relative, green, note)


def _extrapolated(differences: np.ndarray) -> float:
    """Central differences for h, h/4, h/16, ... to h = 0: Ridders' (1982) tableau.

    The entry is taken that differs least from those that it was made of.
    """
    best, least = float(differences[0]), math.inf
    previous: list[float] = []
    for difference in differences:
        column = [float(difference)]
        factor = 1.0
        for j, old in enumerate(previous):
            factor *= 16.0  # errors go with h^2, h^4, ...: a quarter of h, 1/16, 1/256
            column.append((column[j] * factor - old) / (factor - 1))
            spread = max(abs(column[j + 1] - column[j]), abs(column[j + 1] - old))
            if spread <= least:
                best, least = column[j + 1], spread
        previous = column
    return best


# --- A step of gradient descent -----------------------------------------------------------------


@dataclass(frozen=True)
class Descent:
    """One step of gradient descent: old - learning_rate * gradient = new, all like `parameters`."""

    old: np.ndarray
    gradient: np.ndarray
    new: np.ndarray
    loss_before: float
    loss_after: float
    learning_rate: float


def take_step(
    network: MLP,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    learning_rate: float,
    frozen: np.ndarray | None = None,
) -> Descent:
    """What a step of plain gradient descent on these examples makes of every parameter.

    The network itself is left as it is. The loss is the mean over the examples, without penalties.

    Parameters
    ----------
    X : (n, m), or (m,) for one example; y : (n, k) or (k,)
    learning_rate : > 0
    frozen : bool, like `parameters`: those that stay as they are

    Raises
    ------
    ValueError : a learning rate that is not a finite number > 0.
    """
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate: a finite number > 0. Got {learning_rate!r} instead.")
    X, y = np.atleast_2d(np.asarray(X, float)), np.atleast_2d(np.asarray(y, float))
    moved = in_double(network)
    old = moved.parameters.copy()
    before, gradient = moved.loss_and_gradient(X, y, loss)
    change = learning_rate * gradient
    if frozen is not None:
        change[frozen] = 0
    moved.parameters[:] = old - change
    with np.errstate(all="ignore"):  # a step too far may overflow: the loss then says so
        after, _ = moved.loss_and_gradient(X, y, loss)
    return Descent(old, gradient, moved.parameters, before, after, learning_rate)


def parameter_name(sizes: Sequence[int], index: int) -> str:
    """What a parameter is called: "w-2-3-1" or "b-2-1", as in edits.py.

    sizes : of the network, (m, n1, ..., nL); index : its place in `MLP.parameters`
    """
    rest = index
    for layer, (m, n) in enumerate(pairwise(sizes), start=1):
        if 0 <= rest < (m + 1) * n:
            below, unit = divmod(rest, n)
            return f"b-{layer}-{unit + 1}" if below == m else f"w-{layer}-{below + 1}-{unit + 1}"
        rest -= (m + 1) * n
    raise ValueError(f"index: a place in the parameters of {tuple(sizes)}. Got {index} instead.")


# --- Small graphs to begin with -----------------------------------------------------------------


def _scalar(symbol: str, value: float) -> Matrix:
    return Matrix(symbol, np.array([[float(value)]]), r"1 \times 1")


def _scalar_step(
    id: str,
    name: str,
    symbol: str,
    value: float,
    formula: str,
    numbers: str,
    comes_from: tuple[str, ...] = (),
    chain: tuple[Matrix, ...] = (),
    backward: bool = False,
) -> Step:
    result = _scalar(symbol, value)
    return Step(
        id=id,
        direction="backward" if backward else "forward",
        name=name,
        formula=f"{symbol} = {formula}",
        numbers=f"{numbers} = {number(value)}",
        result=result,
        comes_from=comes_from,
        chain=chain,
    )


def scalar_chain(x: float, inner: str = "sine", outer: str = "sigmoid") -> list[Step]:
    """h = f(g(x)): h' = f'(g(x)) g'(x), with f = `outer` and g = `inner` of HIDDEN_ACTIVATIONS.

    Raises
    ------
    ValueError : another name, or an x that is not finite.
    """
    for name in (inner, outer):
        if name not in HIDDEN_ACTIVATIONS:
            raise ValueError(
                f"inner and outer: of {', '.join(HIDDEN_ACTIVATIONS)}. Got {name!r} instead."
            )
    if not math.isfinite(x):
        raise ValueError(f"x: a finite number. Got {x!r} instead.")
    g, f = activation(inner), activation(outer)
    u, g_slope = _value_and_slope(g, x)
    h, f_slope = _value_and_slope(f, u)
    df = _scalar(r"\frac{\partial h}{\partial u}", f_slope)
    dg = _scalar(r"\frac{\partial u}{\partial x}", g_slope)
    g_name, f_name = _called(inner), _called(outer)
    return [
        _scalar_step("u", "The inner function", "u", u, "g(x)", rf"{g_name}({number(x)})"),
        _scalar_step("h", "The outer function", "h", h, "f(u)", rf"{f_name}({number(u)})", ("u",)),
        _scalar_step(
            "dh_du",
            "Slope of the outer function, where it is now",
            df.symbol,
            f_slope,
            "f'(u)",
            rf"{f_name}'({number(u)})",
            ("u", "h"),
            (df,),
            True,
        ),
        _scalar_step(
            "du_dx",
            "Slope of the inner function",
            dg.symbol,
            g_slope,
            "g'(x)",
            rf"{g_name}'({number(x)})",
            ("u",),
            (dg,),
            True,
        ),
        _scalar_step(
            "dh_dx",
            "The chain rule: slopes multiply",
            r"\frac{\partial h}{\partial x}",
            f_slope * g_slope,
            rf"{dg.symbol} \cdot {df.symbol}",
            rf"{_as_factor(written(dg))} \cdot {_as_factor(written(df))}",
            ("du_dx", "dh_du"),
            (dg, df),
            True,
        ),
    ]


def _value_and_slope(f: Activation, z: float) -> tuple[float, float]:
    at = np.array([[float(z)]])
    value = f.forward(at)
    return value.item(), f.derivative(at, value).item()


def linear_regression(w: np.ndarray, w0: float, x: np.ndarray, y: float) -> list[Step]:
    """g = w . x + w0 with the loss (g - y)^2 of a point, as a graph; w and x (m,)."""
    w, x = _weights_and_input(w, x)
    g = float(w @ x + w0)
    value = LOSSES["squared"].value(np.array([[g]]), np.array([[float(y)]]))
    slope = LOSSES["squared"].gradient(np.array([[g]]), np.array([[float(y)]])).item()
    dg = _scalar(_d("g"), slope)
    shown = _as_factor(number(y))
    return [
        _weighted_sum("g", "The guess", w, w0, x, g),
        _scalar_step(
            "L",
            "The loss of the point",
            "L",
            value,
            "(g - y)^2",
            rf"({number(g)} - {shown})^2",
            ("g",),
        ),
        _scalar_step(
            "dg",
            "Gradient at the guess",
            dg.symbol,
            slope,
            "2 (g - y)",
            rf"2 \cdot ({number(g)} - {shown})",
            ("L", "g"),
            (dg,),
            True,
        ),
        *_regression_gradients("g", dg, (dg,), x),
    ]


def logistic_regression(w: np.ndarray, w0: float, x: np.ndarray, y: float) -> list[Step]:
    """z = w . x + w0, g = sigmoid(z), the negative log likelihood of y (0 or 1), as a graph.

    w and x (m,). Raises ValueError for a y outside 0 to 1.
    """
    w, x = _weights_and_input(w, x)
    z = np.array([[w @ x + w0]])
    target = np.array([[float(y)]])
    nll = LOSSES["nll"]
    value, dz_value = nll.value(z, target), nll.gradient(z, target).item()
    g = sigmoid(z).item()
    as_column = Matrix("z", z, r"1 \times 1")
    dg_value = _loss_slope(nll, as_column, as_column, Matrix("y", target, r"1 \times 1")).item()
    gate_value = activation("sigmoid").derivative(z, sigmoid(z)).item()
    dg = _scalar(_d("g"), dg_value)
    gate = _scalar(r"\frac{\partial g}{\partial z}", gate_value)
    dz = _scalar(_d("z"), dz_value)
    G, Y = number(g), number(y)
    steps = [
        _weighted_sum("z", "The logit", w, w0, x, z.item()),
        _scalar_step(
            "g",
            "The guess: a probability",
            "g",
            g,
            r"\sigma(z)",
            rf"\sigma({number(z.item())})",
            ("z",),
        ),
        _scalar_step(
            "L",
            "The loss of the point",
            "L",
            value,
            r"-(y \log g + (1 - y) \log(1 - g))",
            rf"-({Y} \log {G} + (1 - {Y}) \log(1 - {G}))",
            ("g",),
        ),
        _scalar_step(
            "dg",
            "Gradient at the guess",
            dg.symbol,
            dg_value,
            _LOSS_SLOPES["nll"],
            rf"-\frac{{{Y}}}{{{G}}} + \frac{{1 - {Y}}}{{1 - {G}}}",
            ("L", "g"),
            (dg,),
            True,
        ),
        _scalar_step(
            "J",
            "Slope of the sigmoid",
            gate.symbol,
            gate_value,
            "g (1 - g)",
            rf"{G} \cdot (1 - {G})",
            ("g",),
            (gate,),
            True,
        ),
        _scalar_step(
            "dz",
            "Gradient at the logit",
            dz.symbol,
            dz_value,
            rf"{gate.symbol} \cdot {dg.symbol} = g - y",
            rf"{written(gate)} \cdot {_as_factor(written(dg))} = {G} - {Y}",
            ("J", "dg"),
            (gate, dg),
            True,
        ),
    ]
    return steps + _regression_gradients("z", dz, (gate, dg), x)


def _weights_and_input(w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    w, x = np.asarray(w, float), np.asarray(x, float)
    if w.ndim != 1 or w.shape != x.shape:
        raise ValueError(f"w and x: as many numbers each. Got {w.shape} and {x.shape} instead.")
    return w, x


def _weighted_sum(
    symbol: str, name: str, w: np.ndarray, w0: float, x: np.ndarray, value: float
) -> Step:
    weights = Matrix("w", _column(w), r"m \times 1")
    given = Matrix("x", _column(x), r"m \times 1")
    bias, result = _scalar("w_0", w0), _scalar(symbol, value)
    turned = _transposed(weights)
    return Step(
        id=symbol,
        direction="forward",
        name=f"{name}: weigh the inputs and add the bias",
        formula=f"{_shaped(result)} = {_shaped(turned)} {_shaped(given)} + {_shaped(bias)}",
        numbers=_filled(r"<0> \cdot <1> + <2> = <3>", turned, given, bias, result),
        result=result,
        factors=(turned, given, bias),
    )


def _regression_gradients(
    at: str, grad: Matrix, chain: tuple[Matrix, ...], x: np.ndarray
) -> list[Step]:
    """dL/dw = x dL/d`at` and dL/dw0 = dL/d`at`; places as in the parameters of MLP((m, 1))."""
    given = Matrix("x", _column(x), r"m \times 1")
    grad_w = Matrix(_d("w"), given.values @ grad.values, r"m \times 1")
    grad_w0 = Matrix(_d("w_0"), grad.values, r"1 \times 1")
    weights = _product_step(
        "dw",
        "Gradient of the weights: the input, times what came back",
        grad_w,
        (given, grad),
        (f"d{at}",),
        chain,
    )
    bias = _product_step(
        "dw0", "Gradient of the bias: what came back", grad_w0, (grad,), (f"d{at}",), chain
    )
    return [
        replace(weights, parameters=np.arange(len(x))[:, None]),
        replace(bias, parameters=np.array([[len(x)]])),
    ]
