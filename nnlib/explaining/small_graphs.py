"""Small graphs to begin with: the scalar chain rule, linear and logistic regression."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from nnlib.activations import HIDDEN_ACTIVATIONS, Activation, activation, sigmoid
from nnlib.explaining.graph import (
    Matrix,
    Step,
    as_factor,
    called,
    column,
    d_loss,
    filled,
    matrix_text,
    number,
    product_step,
    scalar,
    shaped,
    transposed,
)
from nnlib.explaining.microscope import loss_slope
from nnlib.losses import LOSSES
from nnlib.network import MLP


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
    result = scalar(symbol, value)
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
    df = scalar(r"\frac{\partial h}{\partial u}", f_slope)
    dg = scalar(r"\frac{\partial u}{\partial x}", g_slope)
    g_name, f_name = called(inner), called(outer)
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
            rf"{as_factor(matrix_text(dg))} \cdot {as_factor(matrix_text(df))}",
            ("du_dx", "dh_du"),
            (dg, df),
            True,
        ),
    ]


def _value_and_slope(f: Activation, z: float) -> tuple[float, float]:
    at = np.array([[float(z)]])
    value = f.forward(at)
    return value.item(), f.slope_at(at).item()


def linear_regression(w: np.ndarray, w0: float, x: np.ndarray, y: float) -> list[Step]:
    """g = w . x + w0 with the loss (g - y)^2 of a point, as a graph; w and x (m,)."""
    w, x = _weights_and_input(w, x)
    g = float(w @ x + w0)
    value = LOSSES["squared"].value(np.array([[g]]), np.array([[float(y)]]))
    slope = LOSSES["squared"].gradient(np.array([[g]]), np.array([[float(y)]])).item()
    dg = scalar(d_loss("g"), slope)
    shown = as_factor(number(y))
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
    assert nll.of_guess is not None  # a loss on logits has it
    value, dz_value = nll.value(z, target), nll.gradient(z, target).item()
    g = sigmoid(z).item()
    as_column = Matrix("z", z, r"1 \times 1")
    dg_value = loss_slope(nll, as_column, as_column, Matrix("y", target, r"1 \times 1")).item()
    gate_value = activation("sigmoid").slope_at(z).item()
    dg = scalar(d_loss("g"), dg_value)
    gate = scalar(r"\frac{\partial g}{\partial z}", gate_value)
    dz = scalar(d_loss("z"), dz_value)
    G, Y = number(g), number(y)
    rest = number(sigmoid(-z).item())  # 1 - g, with its digits where g is almost 1
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
            rf"-({Y} \log {G} + (1 - {Y}) \log({rest}))",
            ("g",),
        ),
        _scalar_step(
            "dg",
            "Gradient at the guess",
            dg.symbol,
            dg_value,
            nll.of_guess.slope_formula,
            rf"-\frac{{{Y}}}{{{G}}} + \frac{{1 - {Y}}}{{{rest}}}",
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
            rf"{G} \cdot {rest}",
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
            rf"{matrix_text(gate)} \cdot {as_factor(matrix_text(dg))} = {G} - {Y}",
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
    weights = Matrix("w", column(w), r"m \times 1")
    given = Matrix("x", column(x), r"m \times 1")
    bias, result = scalar("w_0", w0), scalar(symbol, value)
    turned = transposed(weights)
    return Step(
        id=symbol,
        direction="forward",
        name=f"{name}: weigh the inputs and add the bias",
        formula=f"{shaped(result)} = {shaped(turned)} {shaped(given)} + {shaped(bias)}",
        numbers=filled(r"<0> \cdot <1> + <2> = <3>", turned, given, bias, result),
        result=result,
        factors=(turned, given, bias),
        origins=("w", "x", "w0"),
        signs=("", "·", "+", "="),
    )


def _regression_gradients(
    at: str, grad: Matrix, chain: tuple[Matrix, ...], x: np.ndarray
) -> list[Step]:
    """dL/dw = x dL/d`at` and dL/dw0 = dL/d`at`; places as in the parameters of MLP((m, 1))."""
    given = Matrix("x", column(x), r"m \times 1")
    grad_w = Matrix(d_loss("w"), given.values @ grad.values, r"m \times 1")
    grad_w0 = Matrix(d_loss("w_0"), grad.values, r"1 \times 1")
    weights = product_step(
        "dw",
        "Gradient of the weights: the input, times what came back",
        grad_w,
        (given, grad),
        ("x", f"d{at}"),
        (f"d{at}",),
        chain,
    )
    bias = product_step(
        "dw0",
        "Gradient of the bias: what came back",
        grad_w0,
        (grad,),
        (f"d{at}",),
        (f"d{at}",),
        chain,
    )
    return [
        replace(weights, parameters=np.arange(len(x))[:, None]),
        replace(bias, parameters=np.array([[len(x)]])),
    ]


# A regression's gradients by the names that they have in the network without hidden layers.
AS_IN_NETWORK = {"dg": "dA1", "J": "J1", "dz": "dZ1", "dw": "dW1", "dw0": "db1"}


def as_network(w: np.ndarray, w0: float, output: str) -> MLP:
    """The regression as a network without hidden layers, in float64; w (m,)."""
    w = np.asarray(w, float)
    network = MLP(
        (len(w), 1), (output,), initializer="zeros", rng=np.random.default_rng(0), dtype=np.float64
    )
    network.parameters[:] = [*w, w0]
    return network
