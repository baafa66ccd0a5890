"""The formulas of the run at hand, as KaTeX, with its settings filled in for the symbols."""

from __future__ import annotations

import re

from nnlib.activations import ACTIVATIONS, activation
from nnlib.config import RunConfig
from nnlib.losses import LOSSES, loss
from nnlib.optimizers import OPTIMIZERS
from nnlib.task import Data


def network(config: RunConfig, data: Data) -> list[str]:
    """Z and A of every layer, batch axis first, in one block; then each activation in use."""
    names = [name for _, name in config.hidden] + [data.output]
    sizes = [len(data.features), *(width for width, _ in config.hidden), data.y_train.shape[1]]
    lines = []
    for layer, name in enumerate(names, start=1):
        below = r"\Phi" if layer == 1 else f"A^{layer - 1}"
        shape = rf"{sizes[layer - 1]} \times {sizes[layer]}"
        lines.append(
            rf"Z^{layer} &= {below} \underset{{{shape}}}{{W^{layer}}} + b^{layer} & \qquad "
            rf"A^{layer} &= {_called(name)}(Z^{layer})"
        )
    used = []
    for name in dict.fromkeys(names):
        f = activation(name, **config.settings_of(ACTIVATIONS[name]))
        used.append(f.formula if f.mixes else rf"{_called(name)}(z) = {f.formula}")
    block = r" \\[2pt] ".join(lines)
    return [rf"\begin{{aligned}} {block} \end{{aligned}}", *used]


def _called(name: str) -> str:
    return rf"\operatorname{{{name.replace('_', ' ')}}}"


def objective(config: RunConfig, data: Data) -> list[str]:
    """The loss of a point and what training descends, penalties with their numbers."""
    chosen = loss(data.loss, **config.settings_of(LOSSES[data.loss]))
    n = min(config.batch_size, len(data.X_train))
    terms = [rf"\frac{{1}}{{{n}}} \sum_{{i \in \text{{batch}}}} L(g_i, y_i)"]
    if config.l2:
        terms.append(rf"\frac{{{number(config.l2)}}}{{2}} \sum w^2")
    if config.l1:
        terms.append(rf"{number(config.l1)} \sum |w|")
    return [f"L = {chosen.formula}", f"J = {' + '.join(terms)}"]


def update(config: RunConfig, rate: float) -> list[str]:
    """The step for a parameter: in symbols, and with the numbers of this run filled in."""
    chosen = OPTIMIZERS[config.optimizer]
    gradient = r"\nabla J = \frac{\partial J}{\partial \theta}"
    if config.clip_norm is not None:
        gradient += (
            rf", \quad \lVert \nabla J \rVert \le {number(config.clip_norm)} \text{{ (clipped)}}"
        )
    values = {field.symbol: getattr(config, field.name) for field in chosen.fields}
    return [gradient, chosen.formula, filled(chosen.formula, {r"\eta": rate, **values})]


def filled(formula: str, values: dict[str, float]) -> str:
    """The formula with numbers in the places of symbols."""
    symbols = "|".join(re.escape(symbol) + r"(?![a-zA-Z])" for symbol in values)
    return re.sub(symbols, lambda found: rf"{{{number(values[found.group()])}}}\,", formula)


def number(x: float) -> str:
    """0.03, or a power of ten where the number is very small or large."""
    if x != 0 and not 1e-3 <= abs(x) < 1e4:
        mantissa, exponent = f"{x:e}".split("e")
        factor = "" if float(mantissa) == 1 else rf"{float(mantissa):g} \cdot "
        return rf"{factor}10^{{{int(exponent)}}}"
    return f"{x:g}"
