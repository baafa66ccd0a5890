"""JAX: one compiled program per call, a scan over the epochs around a scan over the batches.

Shuffling is inside. Networks with the same activations train in one program, `vmap` over their
weights. Everything is compiled in a first call, and a call has ended when its result is there.
The engine starts this process with XLA's threads switched off.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from tests.benchmarks.contenders.worker import serve

ACTIVATIONS = {
    "linear": lambda Z: Z,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "sigmoid": jax.nn.sigmoid,
}
SHUFFLED = "unshuffled" not in sys.argv
Parameters = list[tuple[jax.Array, jax.Array]]  # W and b of each layer


def squared(A: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.square(A - y).sum(axis=1).mean()


def nll(Z: jax.Array, y: jax.Array) -> jax.Array:
    return (jax.nn.softplus(Z) - y * Z).sum(axis=1).mean()


def softmax_nll(Z: jax.Array, y: jax.Array) -> jax.Array:
    return -(y * jax.nn.log_softmax(Z)).sum(axis=1).mean()


LOSSES = {"squared": squared, "nll": nll, "softmax_nll": softmax_nll}


def start_sgd(parameters: Parameters) -> tuple:
    return ()


def sgd(rate: float, parameters: Parameters, gradients: Parameters, state: tuple) -> tuple:
    return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), state


def start_adam(parameters: Parameters) -> tuple:
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    return zeros, zeros, 0.0


def adam(rate: float, parameters: Parameters, gradients: Parameters, state: tuple) -> tuple:
    """Kingma & Ba (2015), Algorithm 1."""
    m, v, t = state
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)

    def moved(p: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
        return p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return jax.tree.map(moved, parameters, m, v), (m, v, t)


OPTIMIZERS = {"sgd": (start_sgd, sgd), "adam": (start_adam, adam)}


def program(work: dict, activations: list[str]) -> Callable:
    """(parameters, key, epochs) -> the trained parameters."""
    X, y = (jnp.array(work[name], jnp.float32) for name in "Xy")
    size = min(work["batch_size"], len(X))
    whole = len(X) // size * size  # rows in whole batches; the rest is one more
    start, update = OPTIMIZERS[work["optimizer"]]
    loss = LOSSES[work["loss"]]
    names = activations if work["loss"] == "squared" else [*activations[:-1], "linear"]

    def objective(parameters: Parameters, X: jax.Array, y: jax.Array) -> jax.Array:
        for (W, b), name in zip(parameters, names, strict=True):
            X = ACTIVATIONS[name](X @ W + b)
        return loss(X, y)

    def step(carry: tuple, batch: tuple) -> tuple:
        parameters, state = carry
        gradients = jax.grad(objective)(parameters, *batch)
        return update(work["learning_rate"], parameters, gradients, state), None

    def epoch(carry: tuple, key: jax.Array) -> tuple:
        order = jax.random.permutation(key, len(X)) if SHUFFLED else jnp.arange(len(X))
        shuffled = X[order], y[order]
        batches = [each[:whole].reshape(-1, size, each.shape[1]) for each in shuffled]
        carry, _ = lax.scan(step, carry, tuple(batches))
        if whole < len(X):
            carry, _ = step(carry, tuple(each[whole:] for each in shuffled))
        return carry, None

    def train(parameters: Parameters, key: jax.Array, epochs: int) -> Parameters:
        carry = parameters, start(parameters)
        return lax.scan(epoch, carry, jax.random.split(key, epochs))[0][0]

    return train


class Group:
    """Networks with the same activations: one program, over the weights of all."""

    def __init__(self, work: dict, activations: list[str], members: list[dict]) -> None:
        train = program(work, activations)
        each = [
            [(jnp.array(W), jnp.array(b)) for W, b in zip(m["weights"], m["biases"], strict=True)]
            for m in members
        ]
        keys = jax.random.split(jax.random.key(0), len(members))
        self._size, self._stacked = len(members), len(members) > 1
        if self._stacked:
            self._start = jax.tree.map(lambda *arrays: jnp.stack(arrays), *each), keys
            self._program = jax.jit(
                lambda parameters, keys, epochs: jax.vmap(partial(train, epochs=epochs))(
                    parameters, keys
                ),
                static_argnums=2,
            )
        else:
            self._start = each[0], keys[0]
            self._program = jax.jit(train, static_argnums=2)

    def train(self, epochs: int) -> Parameters:
        """From the initial weights; the first call with a number of epochs compiles."""
        return jax.block_until_ready(self._program(*self._start, epochs))

    def parameters(self, trained: Parameters) -> list[dict]:
        """Of each member, as lists."""
        if not self._stacked:
            trained = jax.tree.map(lambda a: a[None], trained)
        return [
            {
                "weights": [W[i].tolist() for W, _ in trained],
                "biases": [b[i].tolist() for _, b in trained],
            }
            for i in range(self._size)
        ]


class Training:
    """The groups, one after the other."""

    def __init__(self, work: dict) -> None:
        groups: dict[tuple, list[int]] = {}
        for i, each in enumerate(work["networks"]):
            groups.setdefault(tuple(each["activations"]), []).append(i)
        self._members = list(groups.values())
        self._groups = [
            Group(work, list(names), [work["networks"][i] for i in members])
            for names, members in groups.items()
        ]

    def reset(self) -> None:
        """Every call begins with the initial weights."""

    def run(self, count: int) -> None:
        self._trained = [group.train(count) for group in self._groups]

    def result(self) -> dict:
        found = {}
        for group, members, trained in zip(self._groups, self._members, self._trained, strict=True):
            found |= zip(members, group.parameters(trained), strict=True)
        return {"networks": [found[i] for i in sorted(found)]}


if __name__ == "__main__":
    serve(Training)
