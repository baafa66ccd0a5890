"""Names of functions, losses, optimizers and initializers as people write them."""

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
