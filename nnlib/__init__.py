"""The mathematics of the playground: small networks in NumPy, trained fast, checked everywhere."""

from nnlib.config import RunConfig
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.stack import train_stack

__all__ = ["MLP", "Run", "RunConfig", "train_stack"]
