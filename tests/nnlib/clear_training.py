"""What a step does beside the gradient, as the papers write it: an oracle for the kernel."""

from __future__ import annotations

import numpy as np


def clip_by_norm(gradient: np.ndarray, max_norm: float | None) -> np.ndarray:
    """g * max_norm / ||g|| if ||g|| > max_norm, else g; None clips nothing.

    Pascanu, Mikolov & Bengio (2013), Algorithm 1.
    """
    norm = np.linalg.norm(gradient)
    if max_norm is None or not norm > max_norm:
        return gradient
    return gradient * (max_norm / norm)
