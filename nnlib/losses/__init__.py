"""Loss functions: how wrong a prediction is, and its gradient with respect to that prediction.

Every function takes a prediction and a target y, both (n, k), and keeps the prediction's dtype.
A loss sums over the k outputs of a sample; `Loss.value` takes the mean over the n samples. The
gradient of row i is that of row i's own loss, so whoever minimises the mean divides it by n.

The squared loss has no factor 1/2, unlike scikit-learn's. Cross-entropies take logits (the
pre-activations of the last layer), so that they stay finite for logits of +-1000.

A new one is one more entry in a file of its family: lists, links and kernel follow.
"""

from nnlib.basics.registry import by_name, chosen
from nnlib.losses import likelihood, proportional
from nnlib.losses.entry import Loss

__all__ = ["LOSSES", "Loss", "loss"]

LOSSES: dict[str, Loss] = by_name((*likelihood.ENTRIES, *proportional.ENTRIES))


def loss(name: str, **settings: float) -> Loss:
    """The loss of that name, with its setting where it has one.

    Parameters
    ----------
    name : a key of LOSSES
    settings : huber_delta, > 0, the error at which huber turns from squared to absolute, 1; others
        ignore it

    Raises
    ------
    ValueError : an unknown name, or huber_delta not a finite number > 0.
    TypeError : a setting that no loss has.

    Examples
    --------
    >>> loss("squared").value(np.array([[1.0], [3.0]]), np.array([[0.0], [0.0]]))
    5.0
    """
    return chosen("loss", LOSSES, name, settings)
