"""One neuron's story: the steps of the microscope for one unit of each layer, in sums and numbers.

Where the matrices say Z^l = W^l' A^(l-1) + W0^l, unit j says z_j = sum_i w_ij a_i + w_0j. Ids,
order and numbers are the microscope's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnlib.explaining.graph import (
    LARGEST,
    Matrix,
    Step,
    as_factor,
    called,
    d_loss,
    number,
    scalar,
    shaped,
)
from nnlib.names import written
from nnlib.network import MLP

_ALL = slice(None)


def neuron_story(network: MLP, steps: Sequence[Step], unit: int) -> list[Step]:
    """The steps of `microscope(network, ...)` for a unit of each layer.

    unit : from 1; in a layer with fewer units it is the last one
    """
    return [_told(network, step, unit) for step in steps]


def _told(network: MLP, step: Step, unit: int) -> Step:
    kind, number = step.id.rstrip("0123456789"), step.id.lstrip("LdAZWbJ")
    if not number:
        return step  # the loss: a number already
    layer = int(number)
    j = min(unit, network.sizes[layer]) - 1
    mixed = network.activations[layer - 1].mixes
    match kind:
        case "Z":
            return _weighted_sum(step, layer, j)
        case "A":
            return _activated(network, step, layer, j, mixed)
        case "dA":
            if layer == network.depth:
                return _entry(step, layer, j, _slope("a", layer, j), step.numbers)
            return _sent_back(step, layer, j)
        case "J":
            return _own_slope(network, step, layer, j, mixed)
        case "dZ":
            return _through_slope(step, layer, j, mixed)
        case "dW":
            return _weights(step, layer, j)
    own = (
        f"Gradient of the bias of unit {j + 1} of layer {layer}: the same as at its pre-activation"
    )
    step = replace(step, name=own)
    return _entry(step, layer, j, _slope("w", layer, j, bias=True), "", (_z_slope(step, layer, j),))


def _name(letter: str, layer: int, index: int | str) -> str:
    return f"{letter}_{{{index}}}^{{{layer}}}"


def _slope(letter: str, layer: int, j: int, bias: bool = False) -> str:
    return d_loss(_name(letter, layer, f"0{j + 1}" if bias else j + 1))


def _row(j: int) -> tuple[slice, slice]:
    return slice(j, j + 1), _ALL


def _sum_of_products(left: np.ndarray, right: np.ndarray, rest: str, result: float) -> str:
    """The numbers of a sum of products; "" where there are many."""
    if len(left) > 2 * LARGEST:
        return ""
    terms = (
        rf"{as_factor(number(a))} \cdot {as_factor(number(b))}"
        for a, b in zip(left.ravel().tolist(), right.ravel().tolist(), strict=True)
    )
    return f"{' + '.join(terms)}{rest} = {number(result)}"


def _weighted_sum(step: Step, layer: int, j: int) -> Step:
    turned, below, bias = step.factors
    w = Matrix(
        _name("w", layer, rf"\cdot {j + 1}"),
        turned.values[j][:, None].T,
        rf"1 \times m^{{{layer}}}",
    )
    given = replace(below, symbol=f"A^{{{layer - 1}}}")
    b = scalar(_name("w", layer, f"0{j + 1}"), bias.values[j, 0])
    z = scalar(_name("z", layer, j + 1), step.result.values[j, 0])
    summed = rf"\sum_i {_name('w', layer, f'i{j + 1}')} {_name('a', layer - 1, 'i')} + {b.symbol}"
    rest = f" + {as_factor(number(b.values.item()))}"
    return replace(
        step,
        name=f"Unit {j + 1} of layer {layer}: weigh the inputs, sum, add the bias",
        formula=f"{z.symbol} = {summed}",
        numbers=_sum_of_products(w.values[0], given.values[:, 0], rest, z.values.item()),
        result=z,
        factors=(w, given, b),
        part=_row(j),
    )


def _activated(network: MLP, step: Step, layer: int, j: int, mixed: bool) -> Step:
    f = network.activations[layer - 1]
    z, a = step.factors[0], scalar(_name("a", layer, j + 1), step.result.values[j, 0])
    own = _name("z", layer, j + 1)
    if mixed:
        formula = rf"{a.symbol} = \frac{{e^{{{own}}}}}{{\sum_k e^{{{_name('z', layer, 'k')}}}}}"
        return replace(step, formula=formula, numbers="", result=a, part=_row(j))
    at = scalar(own, z.values[j, 0])
    return replace(
        step,
        name=f"Activation of unit {j + 1} of layer {layer}: {written(f.name)}",
        formula=f"{a.symbol} = {called(f.name)}({own})",
        numbers=f"{called(f.name)}({number(at.values.item())}) = {number(a.values.item())}",
        result=a,
        factors=(at,),
        part=_row(j),
    )


def _entry(
    step: Step, layer: int, j: int, symbol: str, numbers: str, factors: tuple[Matrix, ...] = ()
) -> Step:
    """The unit's own entry of a column."""
    result = scalar(symbol, step.result.values[j, 0])
    formula = f"{symbol} = {factors[0].symbol}" if factors else step.formula
    places = None if step.parameters is None else step.parameters[j : j + 1]
    return replace(
        step,
        formula=formula,
        numbers=numbers or f"= {number(result.values.item())}",
        result=result,
        factors=factors or step.factors,
        parameters=places,
        part=_row(j),
        link="elementwise" if factors else "all",
    )


def _z_slope(step: Step, layer: int, j: int) -> Matrix:
    """dL/dz_j, from a step that has dL/dZ (or its transpose) as its last factor."""
    return scalar(_slope("z", layer, j), step.factors[-1].values.ravel()[j])


def _sent_back(step: Step, layer: int, j: int) -> Step:
    W, above = step.factors
    w = Matrix(
        _name("w", layer + 1, rf"{j + 1} \cdot"),
        W.values[j : j + 1],
        rf"1 \times n^{{{layer + 1}}}",
    )
    result = scalar(_slope("a", layer, j), step.result.values[j, 0])
    term = rf"{_name('w', layer + 1, f'{j + 1}k')} \cdot {d_loss(_name('z', layer + 1, 'k'))}"
    return replace(
        step,
        name=f"Gradient at the output of unit {j + 1} of layer {layer}: what comes back from all "
        "that it feeds",
        formula=rf"{result.symbol} = \sum_k {term}",
        numbers=_sum_of_products(w.values[0], above.values[:, 0], "", result.values.item()),
        result=result,
        factors=(w, above),
        part=_row(j),
    )


def _own_slope(network: MLP, step: Step, layer: int, j: int, mixed: bool) -> Step:
    f = network.activations[layer - 1]
    if mixed:
        row = Matrix(
            rf"\frac{{\partial A^{{{layer}}}}}{{\partial {_name('z', layer, j + 1)}}}",
            step.result.values[j : j + 1],
            rf"1 \times n^{{{layer}}}",
        )
        return replace(
            step,
            name=f"Jacobian of softmax, the row of unit {j + 1}: every output depends on its z",
            formula=shaped(row),
            numbers="",
            result=row,
            part=_row(j),
        )
    Z, A = (
        scalar(_name(s, layer, j + 1), m.values[j, 0])
        for s, m in zip("za", step.factors, strict=True)
    )
    slope = scalar(
        rf"\frac{{\partial {A.symbol}}}{{\partial {Z.symbol}}}", step.result.values[j, j]
    )
    return replace(
        step,
        name=f"Slope of {written(f.name)} in unit {j + 1} of layer {layer}",
        formula=rf"{slope.symbol} = f'({Z.symbol}), \quad f'(z) = {f.derivative_formula}",
        numbers=f"f'({number(Z.values.item())}) = {number(slope.values.item())}",
        result=slope,
        factors=(Z, A),
        part=(slice(j, j + 1), slice(j, j + 1)),
        link="elementwise",
    )


def _through_slope(step: Step, layer: int, j: int, mixed: bool) -> Step:
    J, grad_A = step.factors
    result = scalar(_slope("z", layer, j), step.result.values[j, 0])
    if mixed:
        row = Matrix(
            rf"\frac{{\partial A^{{{layer}}}}}{{\partial {_name('z', layer, j + 1)}}}",
            J.values[j : j + 1],
            rf"1 \times n^{{{layer}}}",
        )
        factors = (row, grad_A)
        formula = f"{result.symbol} = {shaped(row)} \\cdot {shaped(grad_A)}"
        numbers = _sum_of_products(J.values[j], grad_A.values[:, 0], "", result.values.item())
    else:
        a, z = _name("a", layer, j + 1), _name("z", layer, j + 1)
        slope = scalar(rf"\frac{{\partial {a}}}{{\partial {z}}}", J.values[j, j])
        back = scalar(_slope("a", layer, j), grad_A.values[j, 0])
        factors = (slope, back)
        formula = rf"{result.symbol} = {slope.symbol} \cdot {back.symbol}"
        numbers = (
            rf"{as_factor(number(slope.values.item()))} \cdot "
            rf"{as_factor(number(back.values.item()))} = {number(result.values.item())}"
        )
    return replace(
        step,
        name=f"Gradient at the pre-activation of unit {j + 1} of layer {layer}",
        formula=formula,
        numbers=numbers,
        result=result,
        factors=factors,
        part=_row(j),
    )


def _weights(step: Step, layer: int, j: int) -> Step:
    below, _ = step.factors
    back = _z_slope(step, layer, j)
    result = Matrix(
        d_loss(_name("w", layer, rf"\cdot {j + 1}")),
        step.result.values[:, j : j + 1],
        rf"m^{{{layer}}} \times 1",
    )
    one = d_loss(_name("w", layer, f"i{j + 1}"))
    assert step.parameters is not None  # a gradient of weights has them
    return replace(
        step,
        name=f"Gradient of the weights of unit {j + 1} of layer {layer}: what came in, times "
        "what came back",
        formula=rf"{one} = {_name('a', layer - 1, 'i')} \cdot {back.symbol}",
        numbers="",
        result=result,
        factors=(below, back),
        parameters=step.parameters[:, j : j + 1],
        part=(_ALL, slice(j, j + 1)),
    )
