"""Names of functions, losses and optimizers as people write them."""

_WRITTEN = {
    **{"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU"},
    **{"silu": "SiLU", "sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad", "adam": "Adam"},
    **{"adamw": "AdamW", "momentum": "Momentum", "nesterov": "Nesterov"},
    **{"nll": "NLL", "softmax_nll": "NLL", "squared": "squared loss", "absolute": "absolute loss"},
    **{"huber": "Huber loss", "hinge": "hinge loss"},
    **{"xavier_uniform": "Xavier uniform", "xavier_normal": "Xavier normal"},
    **{"he_uniform": "He uniform", "he_normal": "He normal"},
}


def written(name: str) -> str:
    """A name of the core's as people write it; any other is written as it is, with spaces."""
    return _WRITTEN.get(name, name.replace("_", " "))
