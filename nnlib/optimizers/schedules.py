"""Learning-rate schedules."""

from __future__ import annotations

import math

SCHEDULES: tuple[str, ...] = ("constant", "step", "exponential", "cosine")


def scheduled_rate(
    schedule: str,
    learning_rate: float,
    epoch: int,
    *,
    every: int = 100,
    factor: float = 0.5,
    horizon: int = 1000,
) -> float:
    """The learning rate in the given epoch (the first is 0, with the full rate).

    constant     learning_rate
    step         learning_rate * factor ** (epoch // every)
    exponential  learning_rate * factor ** (epoch / every)
    cosine       learning_rate * (1 + cos(pi * min(epoch, horizon) / horizon)) / 2, without the
                 restarts (Loshchilov & Hutter 2017, equation 5); 0 from the horizon on

    Parameters
    ----------
    schedule : one of SCHEDULES
    learning_rate : the rate at epoch 0
    epoch : >= 0
    every : > 0, epochs after which step and exponential have multiplied the rate by factor
    factor : in (0, 1]
    horizon : > 0, the epoch at which cosine reaches 0

    Raises
    ------
    ValueError : an unknown schedule or an argument outside its range.

    Examples
    --------
    >>> scheduled_rate("step", 0.1, 250)
    0.025
    """
    if epoch < 0:
        raise ValueError(f"epoch must be >= 0. Got {epoch!r} instead.")
    if every <= 0:
        raise ValueError(f"every must be > 0. Got {every!r} instead.")
    if not 0 < factor <= 1:
        raise ValueError(f"factor must be in (0, 1]. Got {factor!r} instead.")
    if horizon <= 0:
        raise ValueError(f"horizon must be > 0. Got {horizon!r} instead.")
    if schedule == "constant":
        return float(learning_rate)
    if schedule == "step":
        return float(learning_rate * factor ** (epoch // every))
    if schedule == "exponential":
        return float(learning_rate * factor ** (epoch / every))
    if schedule == "cosine":
        return float(learning_rate * (1 + math.cos(math.pi * min(epoch, horizon) / horizon)) / 2)
    raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}. Got {schedule!r} instead.")
