"""Names of functions, losses and so on as people write them; values as sentences quote them."""

from nnlib.activations import ACTIVATIONS
from nnlib.initializers import INITIALIZERS
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS

_TITLES = {
    name: entry.title
    for registry in (ACTIVATIONS, LOSSES, OPTIMIZERS, INITIALIZERS)
    for name, entry in registry.items()
}


def written(name: str) -> str:
    """A name of the core's as people write it; any other is written as it is, with spaces."""
    return _TITLES.get(name, name.replace("_", " "))


def shown(value: object, most: int = 60) -> str:
    """What a sentence quotes of a value, which may be anything: its repr, at most `most` long."""
    if isinstance(value, str):
        value = value[: most + 1]
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # more than 4,300 digits, brackets a thousand deep
        return "this value"
    return text if len(text) <= most else f"{text[: most - 3]}..."
