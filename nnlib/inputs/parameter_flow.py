"""One loss, two things that may move: hold x and descend in theta, or hold theta and move x.

The backward pass is the same down to delta = dL/dZ^1; only its last factor differs:

    dL/dW^1 = A^0 delta'   (m x n^1)      dL/dphi = W^1 delta   (m x 1)

(subject to the features: dL/dx = dphi/dx' dL/dphi, and A^0 = phi(x)). ascent.Flow moves x;
ParameterFlow here moves theta.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.fast.passes import layer_views
from nnlib.features import phi, pull_back
from nnlib.inputs.ascent import Goal
from nnlib.network import MLP


@dataclass(frozen=True)
class LastFactors:
    """The end of the backward pass of one example, in float64.

    value : v, the goal's loss, logit or probability; its slopes do not depend on whether it shall
        grow or shrink
    inputs : A^0 = phi(x), (m,)
    delta : dv/dZ^1, (n^1,)
    grad_W : dv/dW^1 = A^0 delta', (m, n^1); dv/db^1 is delta
    grad_inputs : dv/dphi = W^1 delta, (m,)
    slopes : dphi/dx, (m, d), row j the slopes of feature j
    grad_x : dv/dx = slopes' grad_inputs, (d,)
    """

    value: float
    inputs: np.ndarray
    delta: np.ndarray
    grad_W: np.ndarray
    grad_inputs: np.ndarray
    slopes: np.ndarray
    grad_x: np.ndarray


def last_factors(network: MLP, features: Sequence[str], x: np.ndarray, goal: Goal) -> LastFactors:
    """Where the two gradients part, at one x (d,) as the features take it; goal.y is (1, k)."""
    exact, x = network.astype(np.float64), np.asarray(x, np.float64).reshape(1, -1)
    inputs = phi(x, features)
    _, gradient = exact.loss_and_gradient(inputs, goal.y, goal.loss)
    first = layer_views(exact, gradient)[0]
    grad_W, delta = first[:-1], first[-1]
    grad_inputs = exact.weights[0] @ delta
    m = len(grad_inputs)
    slopes = pull_back(np.repeat(x, m, axis=0), features, np.eye(m))
    return LastFactors(
        float(goal.value(exact, inputs)[0]),
        *(inputs[0], delta, grad_W, grad_inputs, slopes, slopes.T @ grad_inputs),
    )


class ParameterFlow:
    """theta on its way down a goal at inputs that stay: theta <- theta - step_size dJ/dtheta.

    network : is copied (in float64) and left as it is; the copy is `network` here
    inputs : (n, m), what the network sees; J is the mean over the rows
    step_size : > 0, finite
    frozen : bool, like `parameters`: those that stay as they are

    `values` holds the goal's mean value before the first step and after each one. Where a step
    leads out of the numbers it is not taken, and `diverged` is True from then on.

    Raises ValueError for another step size, and what the network raises for a loss that does not
    fit its output.
    """

    def __init__(
        self,
        network: MLP,
        inputs: np.ndarray,
        goal: Goal,
        step_size: float,
        frozen: np.ndarray | None = None,
    ) -> None:
        if not 0 < step_size < np.inf:
            raise ValueError(f"step_size: a finite number > 0. Got {step_size!r} instead.")
        self.network, self.goal, self.step_size = network.astype(np.float64), goal, float(step_size)
        self._inputs, self._frozen = np.asarray(inputs, np.float64), frozen
        self.diverged = False
        self.values = [self._value()]

    def advance(self, steps: int = 1) -> None:
        """Take so many steps."""
        theta = self.network.parameters
        y = np.broadcast_to(self.goal.y, (len(self._inputs), self.goal.y.shape[1]))
        for _ in range(steps):
            if self.diverged:
                return
            before = theta.copy()
            with np.errstate(all="ignore"):  # a step too far may overflow: then it is not taken
                _, gradient = self.network.loss_and_gradient(self._inputs, y, self.goal.loss)
                if self._frozen is not None:
                    gradient[self._frozen] = 0
                theta -= self.step_size * self.goal.sign * gradient
                value = self._value()
            if not (np.isfinite(theta).all() and np.isfinite(value)):
                theta[:] = before
                self.diverged = True
                return
            self.values.append(value)

    def _value(self) -> float:
        return float(self.goal.value(self.network, self._inputs).mean())
