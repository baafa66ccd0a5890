"""Things of which the whole server needs one: made when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """`make`, called once for each choice of (hashable) arguments: who comes meanwhile waits.

    A plain cache would let thirty who come at once make thirty of them. Kept for good: only for
    arguments of which there are few.
    """
    made, lock = cache(make), threading.RLock()

    @wraps(make)
    def get(*args: P.args, **kwargs: P.kwargs) -> T:
        with lock:
            return made(*args, **kwargs)  # type: ignore[arg-type]  # P may hold what has no hash

    return get
