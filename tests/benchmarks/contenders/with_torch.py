"""PyTorch, eager, on the CPU with one thread: the loop of its tutorials."""

from __future__ import annotations

import torch
from torch import nn

from tests.benchmarks.contenders.worker import Contender, serve

ACTIVATIONS = {
    "linear": nn.Identity,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "softmax": lambda: nn.Softmax(dim=1),
}
LOSSES = {
    "squared": nn.MSELoss,
    "nll": nn.BCEWithLogitsLoss,
    "softmax_nll": nn.CrossEntropyLoss,
}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


def network(layers: dict, *, logits: bool) -> nn.Sequential:
    """Linear layers with our weights and their activations; the output's is left out of logits."""
    modules: list[nn.Module] = []
    for W, b, name in zip(layers["weights"], layers["biases"], layers["activations"], strict=True):
        linear = nn.Linear(len(W), len(b))
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(W).T)
            linear.bias.copy_(torch.tensor(b))
        modules += [linear, ACTIVATIONS[name]()]
    return nn.Sequential(*(modules[:-1] if logits else modules))


class Training:
    """Networks, one after the other."""

    def __init__(self, work: dict) -> None:
        self._work = work
        self._X, self._y = torch.tensor(work["X"]), torch.tensor(work["y"])
        if work["loss"] == "softmax_nll":
            self._y = self._y.argmax(dim=1)

    def reset(self) -> None:
        logits = self._work["loss"] != "squared"
        self._models = [network(each, logits=logits) for each in self._work["networks"]]

    def run(self, count: int) -> None:
        for model in self._models:
            self._train(model, count)

    def _train(self, model: nn.Sequential, epochs: int) -> None:
        X, y, size = self._X, self._y, self._work["batch_size"]
        criterion = LOSSES[self._work["loss"]]()
        optimizer = OPTIMIZERS[self._work["optimizer"]](
            model.parameters(), lr=self._work["learning_rate"]
        )
        for _ in range(epochs):
            order = torch.randperm(len(X))
            for start in range(0, len(X), size):
                batch = order[start : start + size]
                optimizer.zero_grad()
                loss = criterion(model(X[batch]), y[batch])
                loss.backward()
                optimizer.step()

    def result(self) -> dict:
        return {"networks": [parameters(model) for model in self._models]}


class Fields:
    """Every unit over a grid."""

    def __init__(self, work: dict) -> None:
        self._model = network(work["networks"][0], logits=False)
        self._X = torch.tensor(work["X"])

    def reset(self) -> None:
        """Nothing to go back to: the fields are the same each time."""

    def run(self, count: int) -> None:
        with torch.no_grad():
            for _ in range(count):
                self._A = self._forward()

    def _forward(self) -> list[torch.Tensor]:
        """The activations of every layer."""
        A, kept = self._X, []
        for linear, activation in zip(self._model[::2], self._model[1::2], strict=True):
            A = activation(linear(A))
            kept.append(A)
        return kept

    def result(self) -> dict:
        return {"means": [float(A.mean()) for A in self._A]}


def parameters(model: nn.Sequential) -> dict:
    """Weights, inputs by outputs, and biases as lists."""
    linears = [module for module in model if isinstance(module, nn.Linear)]
    return {
        "weights": [linear.weight.T.tolist() for linear in linears],
        "biases": [linear.bias.tolist() for linear in linears],
    }


def make(work: dict) -> Contender:
    return Fields(work) if work["kind"] == "fields" else Training(work)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    serve(make)
