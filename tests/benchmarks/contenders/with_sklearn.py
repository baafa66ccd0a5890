"""scikit-learn: MLPRegressor and MLPClassifier, `partial_fit` on all data for every epoch.

One such call is one pass in mini-batches, shuffled. A regressor's output is always linear.
"""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from tests.benchmarks.contenders.worker import serve

ACTIVATIONS = {"linear": "identity", "tanh": "tanh", "relu": "relu", "sigmoid": "logistic"}
Model = MLPClassifier | MLPRegressor


class Training:
    """Networks, one after the other."""

    def __init__(self, work: dict) -> None:
        self._work = work
        self._regression = work["loss"] == "squared"
        self._X, y = (np.array(work[name], np.float32) for name in "Xy")
        if self._regression:
            self._y = y.ravel()
        else:
            self._y = y.argmax(axis=1) if y.shape[1] > 1 else y.ravel().astype(int)

    def reset(self) -> None:
        self._models = [self._model(each) for each in self._work["networks"]]

    def _model(self, layers: dict) -> Model:
        """A model with our weights: it makes its own in a first call, which trains a little."""
        work = self._work
        kind = MLPRegressor if self._regression else MLPClassifier
        model = kind(
            hidden_layer_sizes=[len(b) for b in layers["biases"][:-1]],
            activation=ACTIVATIONS[layers["activations"][0]],  # of all hidden layers
            solver=work["optimizer"],
            # Its squared loss has a factor 1/2, ours has none.
            learning_rate_init=work["learning_rate"] * (2 if self._regression else 1),
            batch_size=work["batch_size"],
            alpha=0,
            momentum=0,
            nesterovs_momentum=False,
            random_state=0,
        )
        self._epoch(model)
        for own, given in zip(
            model.coefs_ + model.intercepts_, layers["weights"] + layers["biases"], strict=True
        ):
            own[:] = given
        del model._optimizer  # with Adam's moments of that first call; the next makes a new one
        return model

    def _epoch(self, model: Model) -> None:
        if self._regression:
            model.partial_fit(self._X, self._y)
        else:
            model.partial_fit(self._X, self._y, classes=np.unique(self._y))

    def run(self, count: int) -> None:
        for model in self._models:
            for _ in range(count):
                self._epoch(model)

    def result(self) -> dict:
        networks = [
            {
                "weights": [W.tolist() for W in model.coefs_],
                "biases": [b.tolist() for b in model.intercepts_],
            }
            for model in self._models
        ]
        return {"networks": networks, "output": "linear" if self._regression else None}


if __name__ == "__main__":
    serve(Training)
