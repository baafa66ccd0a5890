"""A multilayer perceptron in NumPy as a good course teaches it: the batch first, lists of W and b.

Neither tuned nor slowed down: vectorised over the batch, float32 like ours, a new array for every
result, an update for each parameter array.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.contenders.worker import Contender, serve


def sigmoid(Z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-Z))


def softmax(Z: np.ndarray) -> np.ndarray:
    exponentials = np.exp(Z - Z.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "linear": lambda Z: Z,
    "tanh": np.tanh,
    "relu": lambda Z: np.maximum(Z, 0),
    "sigmoid": sigmoid,
    "softmax": softmax,
}
DERIVATIVES = {  # from the activation itself
    "linear": np.ones_like,
    "tanh": lambda A: 1 - A**2,
    "relu": lambda A: A > 0,
    "sigmoid": lambda A: A * (1 - A),
}


class Network:
    """Weights, and the passes over a batch."""

    def __init__(self, layers: dict, activations: list[str], loss: str) -> None:
        self.W = [np.array(W, np.float32) for W in layers["weights"]]
        self.b = [np.array(b, np.float32) for b in layers["biases"]]
        self.activations, self.loss = activations, loss

    def forward(self, X: np.ndarray) -> list[np.ndarray]:
        """A of every layer, X first."""
        A = [X]
        for W, b, name in zip(self.W, self.b, self.activations, strict=True):
            A.append(ACTIVATIONS[name](A[-1] @ W + b))
        return A

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[list, list]:
        """Of the mean loss, for every W and every b."""
        A = self.forward(X)
        if self.loss == "squared":
            delta = 2 * (A[-1] - y) * DERIVATIVES[self.activations[-1]](A[-1]) / len(X)
        else:  # the cross-entropies with their outputs
            delta = (A[-1] - y) / len(X)
        grad_W, grad_b = [], []
        for layer in reversed(range(len(self.W))):
            grad_W.insert(0, A[layer].T @ delta)
            grad_b.insert(0, delta.sum(axis=0))
            if layer > 0:
                delta = delta @ self.W[layer].T * DERIVATIVES[self.activations[layer - 1]](A[layer])
        return grad_W, grad_b


class SGD:
    def __init__(self, parameters: list[np.ndarray], rate: float) -> None:
        self.parameters, self.rate = parameters, rate

    def step(self, gradients: list[np.ndarray]) -> None:
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter -= self.rate * gradient


class Adam:
    """Kingma & Ba (2015), Algorithm 1."""

    def __init__(self, parameters: list[np.ndarray], rate: float) -> None:
        self.parameters, self.rate, self.t = parameters, rate, 0
        self.m = [np.zeros_like(parameter) for parameter in parameters]
        self.v = [np.zeros_like(parameter) for parameter in parameters]

    def step(self, gradients: list[np.ndarray]) -> None:
        self.t += 1
        for i, (parameter, gradient) in enumerate(zip(self.parameters, gradients, strict=True)):
            self.m[i] = 0.9 * self.m[i] + 0.1 * gradient
            self.v[i] = 0.999 * self.v[i] + 0.001 * gradient**2
            m = self.m[i] / (1 - 0.9**self.t)
            v = self.v[i] / (1 - 0.999**self.t)
            parameter -= self.rate * m / (np.sqrt(v) + 1e-8)


OPTIMIZERS = {"sgd": SGD, "adam": Adam}


class Training:
    """Networks, one after the other."""

    def __init__(self, work: dict) -> None:
        self._work = work
        self._X, self._y = (np.array(work[name], np.float32) for name in "Xy")
        self._rng = np.random.default_rng(0)

    def reset(self) -> None:
        self._networks = [
            Network(each, each["activations"], self._work["loss"])
            for each in self._work["networks"]
        ]

    def run(self, count: int) -> None:
        for network in self._networks:
            self._train(network, count)

    def _train(self, network: Network, epochs: int) -> None:
        X, y, size = self._X, self._y, self._work["batch_size"]
        optimizer = OPTIMIZERS[self._work["optimizer"]](
            network.W + network.b, self._work["learning_rate"]
        )
        for _ in range(epochs):
            order = self._rng.permutation(len(X))
            for start in range(0, len(X), size):
                batch = order[start : start + size]
                grad_W, grad_b = network.gradients(X[batch], y[batch])
                optimizer.step(grad_W + grad_b)

    def result(self) -> dict:
        return {
            "networks": [
                {"weights": [W.tolist() for W in each.W], "biases": [b.tolist() for b in each.b]}
                for each in self._networks
            ]
        }


class Fields:
    """Every unit over a grid."""

    def __init__(self, work: dict) -> None:
        network = work["networks"][0]
        self._network = Network(network, network["activations"], work["loss"])
        self._X = np.array(work["X"], np.float32)

    def reset(self) -> None:
        """Nothing to go back to: the fields are the same each time."""

    def run(self, count: int) -> None:
        for _ in range(count):
            self._A = self._network.forward(self._X)

    def result(self) -> dict:
        return {"means": [float(A.mean()) for A in self._A[1:]]}


def make(work: dict) -> Contender:
    return Fields(work) if work["kind"] == "fields" else Training(work)


if __name__ == "__main__":
    serve(make)
