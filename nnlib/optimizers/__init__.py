"""Optimizers: from a gradient to a step; with them learning-rate schedules.

An optimizer is a pair of functions over one flat parameter vector. The loop that uses it:

    state = optimizer.init(parameters)
    for every batch:
        parameters += optimizer.update(gradient, state, parameters, learning_rate)

In the formulas theta are the parameters, nabla J is the gradient and eta the learning rate. The
dtype of the parameters is kept.

A new one is one more entry in a file of its family: lists, links, widgets and kernel follow.
"""

from nnlib.basics.registry import by_name, chosen
from nnlib.optimizers import adam, scaled, velocity
from nnlib.optimizers.entry import Optimizer
from nnlib.optimizers.schedules import SCHEDULES, scheduled_rate

__all__ = ["OPTIMIZERS", "SCHEDULES", "Optimizer", "optimizer", "scheduled_rate"]

OPTIMIZERS: dict[str, Optimizer] = by_name((*velocity.ENTRIES, *scaled.ENTRIES, *adam.ENTRIES))


def optimizer(name: str, **settings: float) -> Optimizer:
    """The optimizer of that name with these settings; those that it does not have are ignored.

    Parameters
    ----------
    name : a key of OPTIMIZERS
    settings : momentum, in [0, 1], the share of its velocity that a step keeps, 0.9; rho, in
        [0, 1), decay of the mean square, 0.9; beta1, beta2, in [0, 1), decay of the first and the
        second moment, 0.9 and 0.999; epsilon, >= 0, added to the root, outside it, 1e-8;
        weight_decay, >= 0, decoupled decay, times the learning rate, 0.01

    Raises
    ------
    ValueError : an unknown name or a setting outside its range.
    TypeError : a setting that no optimizer has.

    Examples
    --------
    >>> parameters = np.array([1.0])
    >>> sgd = optimizer("sgd")
    >>> sgd.update(2 * parameters, sgd.init(parameters), parameters, 0.25)
    array([-0.5])
    """
    return chosen("optimizer", OPTIMIZERS, name, settings)
