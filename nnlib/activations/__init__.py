"""Activation functions: what a layer does to its pre-activations Z, and how gradients come back.

All functions take and return arrays of shape (n, k), a row per sample and a column per unit, and
keep the dtype (float32 in, float32 out). Further leading axes, such as one for many models, are
fine. They are finite, and silent, for any Z within +-1000.

At a kink the derivative is the one from the right: ReLU'(0) = 1, which is the lecture's convention,
and likewise leaky ReLU'(0) = 1, ELU'(0) = 1, SELU'(0) = scale.

A new one is one more entry in a file of its family: lists, links, curves and kernel follow.
"""

from nnlib.activations import classical, mixing, rectified, smooth
from nnlib.activations.classical import sigmoid
from nnlib.activations.entry import Activation, Pieces
from nnlib.activations.mixing import softmax, softmax_jacobian
from nnlib.activations.smooth import softplus
from nnlib.basics.registry import by_name, chosen

__all__ = [
    "ACTIVATIONS",
    "HIDDEN_ACTIVATIONS",
    "Activation",
    "Pieces",
    "activation",
    "sigmoid",
    "softmax",
    "softmax_jacobian",
    "softplus",
]

ACTIVATIONS: dict[str, Activation] = by_name(
    (*classical.ENTRIES, *rectified.ENTRIES, *smooth.ENTRIES, *mixing.ENTRIES)
)
# Those that leave the units apart: what mixes a whole layer belongs to the output.
HIDDEN_ACTIVATIONS: tuple[str, ...] = tuple(name for name, f in ACTIVATIONS.items() if not f.mixes)


def activation(name: str, **settings: float) -> Activation:
    """The activation of that name, with its setting where it has one.

    Parameters
    ----------
    name : a key of ACTIVATIONS
    settings : leaky_slope, the slope of leaky_relu below zero, 0.01; elu_alpha, elu tends to
        -elu_alpha far below zero, 1 (unless it is 1, elu has a kink at 0). Other activations ignore
        them

    Raises
    ------
    ValueError : an unknown name; the message names it and the allowed ones.
    TypeError : a setting that no activation has.

    Examples
    --------
    >>> activation("leaky_relu", leaky_slope=0.1).forward(np.array([[-1.0, 2.0]])).tolist()
    [[-0.1, 2.0]]
    """
    return chosen("activation", ACTIVATIONS, name, settings)
