"""Attacks: which small r, added to an input x, makes the network say something else?

Within a ball ||r|| <= epsilon:
  fgsm      r = epsilon sign(dL/dx), one step (Goodfellow, Shlens & Szegedy 2015)
  pgd       many small steps, projected back after each (Madry et al. 2018)
The smallest r that changes the class:
  lbfgs     box-constrained L-BFGS (Szegedy et al. 2014)
  deepfool  step by step to the boundary of the network made linear (Moosavi-Dezfooli et al. 2016)

An untargeted attack ascends the loss of the true y, a targeted one descends the loss of `target`.
Everything is in the units of X: for raw inputs give the composed network of composed.py. The dtype
of X is kept. All attacks work on a whole batch, each row by itself, and end with an assertion that
the ball and the bounds hold, up to rounding.

Arguments that mean the same everywhere
---------------------------------------
network : anything with predict and input_gradient; lbfgs and deepfool need forward as well
X : (n, m), finite, within the bounds
y : (n, k), the truth as the loss takes it: 0/1 in one column, one-hot, or numbers
loss : a name in LOSSES, or a Loss
epsilon : >= 0, finite, in the units of X
norm : "inf", the largest |r_j|, or "2", the Euclidean length
bounds : None, or (low, high), each a number or (m,): what x + r may be
target : None, or like y: what the network shall say instead of y

Bad arguments raise ValueError with a sentence: the name, what is allowed, the value.
"""

from nnlib.attacks.in_ball import fgsm, pgd, pgd_iterates
from nnlib.attacks.nearest import deepfool, deepfool_iterates
from nnlib.attacks.smallest import Smallest, Trial, lbfgs, smallest_lbfgs

__all__ = [
    "Smallest",
    "Trial",
    "deepfool",
    "deepfool_iterates",
    "fgsm",
    "lbfgs",
    "pgd",
    "pgd_iterates",
    "smallest_lbfgs",
]
