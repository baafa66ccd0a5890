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

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from nnlib.activations import softmax_jacobian
from nnlib.explaining.graph import (
    Matrix,
    Step,
    called,
    column,
    d_loss,
    filled,
    product_step,
    shaped,
    transposed,
)
from nnlib.fast.passes import layer_views
from nnlib.losses import Loss
from nnlib.names import written
from nnlib.network import MLP


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
    network = network.astype(np.float64)
    trace = network.forward(x)
    target = Matrix("y", y.T, _n(network, network.depth) + r" \times 1")
    A = [Matrix("A^{0}", trace.A[0].T, r"m^{1} \times 1")]
    # Z, W and bias of layer l stand at l, as A does; what stands at 0 is not used.
    Z, W, bias = [A[0]], [A[0]], [A[0]]
    steps: list[Step] = []
    for layer in range(1, network.depth + 1):
        n, m = f"n^{{{layer}}}", f"m^{{{layer}}}"
        W.append(Matrix(f"W^{{{layer}}}", network.weights[layer - 1], rf"{m} \times {n}"))
        bias.append(Matrix(f"W_0^{{{layer}}}", column(network.biases[layer - 1]), rf"{n} \times 1"))
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


def _n(network: MLP, layer: int) -> str:
    """Rows of A^l in symbols: n^l, and m^1 for the inputs."""
    return f"n^{{{layer}}}" if layer else "m^{1}"


def _linear_step(layer: int, W: Matrix, below: Matrix, bias: Matrix, Z: Matrix) -> Step:
    turned = transposed(W)
    return Step(
        id=f"Z{layer}",
        direction="forward",
        name=f"Pre-activation of layer {layer}: weigh the inputs and add the bias",
        formula=f"{shaped(Z)} = {shaped(turned)} {shaped(below)} + {shaped(bias)}",
        numbers=filled(r"<0> \cdot <1> + <2> = <3>", turned, below, bias, Z),
        result=Z,
        factors=(turned, below, bias),
        comes_from=(f"A{layer - 1}",) if layer > 1 else (),
        origins=(f"W{layer}", f"A{layer - 1}", f"b{layer}"),
        signs=("", "·", "+", "="),
        note="W₀ is the bias, b on the other pages." if layer == 1 else "",
    )


def _activation_step(network: MLP, layer: int, Z: Matrix, A: Matrix) -> Step:
    f = network.activations[layer - 1]
    held = ", ".join(str(j + 1) for j in network.killed_in(layer))
    return Step(
        id=f"A{layer}",
        direction="forward",
        name=f"Activation of layer {layer}: {written(f.name)}",
        formula=f"{shaped(A)} = {called(f.name)}({shaped(Z)})",
        numbers=filled(f"{called(f.name)}(<0>) = <1>", Z, A),
        result=A,
        factors=(Z,),
        comes_from=(f"Z{layer}",),
        origins=(f"Z{layer}",),
        signs=(f"{written(f.name)}(", ") ="),
        link="all" if f.mixes else "elementwise",
        note=f"Held at 0 by hand: unit {held}." if held else "",
    )


def _loss_step(network: MLP, loss: Loss, Z: Matrix, A: Matrix, target: Matrix) -> Step:
    prediction = Z if loss.on_logits else A
    value = loss.value(prediction.values.T, target.values.T)
    result = Matrix("L", np.array([[value]]), r"1 \times 1")
    return Step(
        id="L",
        direction="forward",
        name=f"The loss of this example: {written(loss.name)}",
        formula=rf"{shaped(result)} = {loss.formula}, \quad g = {shaped(A)}",
        numbers=filled(r"g = <0>,\ y = <1>: \quad L = <2>", A, target, result),
        result=result,
        factors=(A, target),
        comes_from=(f"A{network.depth}",),
        origins=(f"A{network.depth}", "y"),
        signs=("g =", ", y =", ", L ="),
        link="all",
    )


def _backward(
    network: MLP,
    loss: Loss,
    W: Sequence[Matrix],
    Z: Sequence[Matrix],
    A: Sequence[Matrix],
    target: Matrix,
) -> list[Step]:
    """From the loss to the first layer: dA^L, then for each layer J, dZ, dW, dW0 and dA below."""
    L = network.depth
    places = layer_views(network, np.arange(len(network.parameters)))
    grad_A = Matrix(d_loss(A[L].symbol), loss_slope(loss, Z[L], A[L], target), A[L].shape)
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
        grad_Z = replace(grad_Z, symbol=d_loss(Z[layer].symbol))
        chain = (J, *chain)
        steps.append(
            product_step(
                f"dZ{layer}",
                f"Gradient at the pre-activation of layer {layer}",
                grad_Z,
                (J, grad_A),
                (f"J{layer}", f"dA{layer}"),
                (f"J{layer}", f"dA{layer}"),
                chain,
                note,
            )
        )
        steps += _parameter_steps(layer, A[layer - 1], grad_Z, chain, places[layer - 1])
        if layer > 1:
            chain = (_as_jacobian(W[layer], layer), *chain)
            grad_A = Matrix(
                d_loss(A[layer - 1].symbol), W[layer].values @ grad_Z.values, A[layer - 1].shape
            )
            steps.append(
                product_step(
                    f"dA{layer - 1}",
                    f"Gradient at the output of layer {layer - 1}: through the weights above it",
                    grad_A,
                    (chain[0], grad_Z),
                    (f"W{layer}", f"dZ{layer}"),
                    (f"dZ{layer}",),
                    chain,
                )
            )
    return steps


def loss_slope(loss: Loss, Z: Matrix, A: Matrix, target: Matrix) -> np.ndarray:
    """dL/dA^L, (k, 1). For losses on logits from z, so that 1 / g keeps its digits near g = 1."""
    if loss.of_guess is not None:
        return loss.of_guess.slope(Z.values.T, target.values.T).T
    return loss.gradient(A.values.T, target.values.T).T


def _loss_slope_step(network: MLP, loss: Loss, A: Matrix, target: Matrix, grad_A: Matrix) -> Step:
    formula = loss.of_guess.slope_formula if loss.of_guess else loss.gradient_formula
    return Step(
        id=f"dA{network.depth}",
        direction="backward",
        name="Gradient of the loss at the guess: where the chain rule begins",
        formula=rf"{shaped(grad_A)} = {formula}, \quad g = {shaped(A)}",
        numbers=filled(
            r"g = <0>,\ y = <1>: \quad \frac{\partial L}{\partial g} = <2>", A, target, grad_A
        ),
        result=grad_A,
        factors=(A, target),
        comes_from=("L",),
        chain=(grad_A,),
        origins=(f"A{network.depth}", "y"),
        signs=("g =", ", y =", ", slope ="),
        link="elementwise",
    )


def _jacobian(network: MLP, layer: int, Z: Matrix, A: Matrix) -> Matrix:
    """dA^l/dZ^l, transposed as the lecture has it (it is symmetric), (n, n)."""
    f = network.activations[layer - 1]
    n = f"n^{{{layer}}}"
    symbol = rf"\frac{{\partial {A.symbol}}}{{\partial {Z.symbol}}}"
    if f.mixes:
        return Matrix(symbol, softmax_jacobian(A.values.T)[0], rf"{n} \times {n}")
    row = Z.values.T
    slopes = f.slope_at(row)[0]  # not from A: a unit may be held at 0
    slopes[network.killed_in(layer)] = 0
    return Matrix(symbol, np.diag(slopes), rf"{n} \times {n}", diagonal=True)


def _jacobian_step(network: MLP, layer: int, J: Matrix, Z: Matrix, A: Matrix) -> Step:
    f = network.activations[layer - 1]
    if f.mixes:
        name = "Jacobian of softmax: full, every output depends on every z"
        formula = rf"{shaped(J)} = \operatorname{{diag}}({A.symbol}) - {A.symbol} ({A.symbol})^\top"
        note = ""
    else:
        gates = f.is_gate and np.isin(np.diag(J.values), (0, 1)).all()
        kind = "gates, 1 open and 0 shut" if gates else "one slope per unit"
        name = f"Jacobian of {written(f.name)}: diagonal, {kind}"
        formula = (
            rf"{shaped(J)} = \operatorname{{diag}}\left(f'({Z.symbol})\right), "
            rf"\quad f'(z) = {f.derivative_formula}"
        )
        note = "Element by element: z₁ never moves a₂, so all else is 0."
    return Step(
        id=f"J{layer}",
        direction="backward",
        name=name,
        formula=formula,
        numbers=filled(rf"{J.symbol} = <0>", J),
        result=J,
        factors=(Z, A),
        comes_from=(f"Z{layer}", f"A{layer}"),
        origins=(f"Z{layer}", f"A{layer}"),
        signs=("at z =", ", a =", ": slopes"),
        link="all" if f.mixes else "diagonal",
        note=note,
    )


def _as_jacobian(W: Matrix, layer: int) -> Matrix:
    """W^l in its part of dZ^l/dA^(l-1), (n^(l-1), n^l)."""
    symbol = rf"\frac{{\partial Z^{{{layer}}}}}{{\partial A^{{{layer - 1}}}}}"
    return Matrix(symbol, W.values, rf"n^{{{layer - 1}}} \times n^{{{layer}}}")


def _parameter_steps(
    layer: int, below: Matrix, grad_Z: Matrix, chain: tuple[Matrix, ...], places: np.ndarray
) -> list[Step]:
    """dL/dW^l and dL/dW0^l. places: (m + 1, n), where they are in `MLP.parameters`."""
    turned = transposed(grad_Z)
    m, n = f"m^{{{layer}}}", f"n^{{{layer}}}"
    grad_W = Matrix(d_loss(f"W^{{{layer}}}"), below.values @ grad_Z.values.T, rf"{m} \times {n}")
    grad_b = Matrix(d_loss(f"W_0^{{{layer}}}"), grad_Z.values, rf"{n} \times 1")
    uses = (f"A{layer - 1}",) if layer > 1 else ()
    weights = product_step(
        f"dW{layer}",
        f"Gradient of the weights of layer {layer}: what came in, times what came back",
        grad_W,
        (below, turned),
        (f"A{layer - 1}", f"dZ{layer}"),
        (*uses, f"dZ{layer}"),
        chain,
    )
    biases = product_step(
        f"db{layer}",
        f"Gradient of the biases of layer {layer}: the same as at its pre-activation",
        grad_b,
        (grad_Z,),
        (f"dZ{layer}",),
        (f"dZ{layer}",),
        chain,
    )
    return [
        replace(weights, parameters=places[:-1]),
        replace(biases, parameters=column(places[-1])),
    ]


def multiplied(chain: Sequence[Matrix]) -> list[Matrix]:
    """The product building up from right to left: the last factor, the last two, ... all."""
    return list(accumulate(reversed(chain), lambda product, factor: factor @ product))
