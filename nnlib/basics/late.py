"""Large packages that few need (scikit-learn, SciPy, joblib): imported when first asked for."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType

_LOCK = threading.RLock()  # what is imported may import late, too


def late(name: str) -> ModuleType:
    """The module of this name, imported now if it was not yet; ImportError where there is none.

    One thread at a time: of packages that import one another two threads would each begin one,
    and Python then hands out the other half made.
    """
    with _LOCK:
        return importlib.import_module(name)
