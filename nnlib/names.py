"""Names of functions, losses, optimizers as people write them; values as sentences quote them."""

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


def shown(value: object, most: int = 60) -> str:
    """What a sentence quotes of a value, which may be anything: its repr, at most `most` long."""
    if isinstance(value, str):
        value = value[: most + 1]
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # more than 4,300 digits, brackets a thousand deep
        return "this value"
    return text if len(text) <= most else f"{text[: most - 3]}..."
