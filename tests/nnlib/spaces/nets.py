"""A network whose biases are not 0, too."""

import numpy as np

from nnlib.network import MLP


def network(sizes, names, seed=0, dtype=np.float64) -> MLP:
    rng = np.random.default_rng(seed)
    net = MLP(sizes, names, rng=rng, dtype=dtype, initializer="he_normal")
    for b in net.biases:
        b[:] = rng.normal(0, 1, b.shape)
    return net
