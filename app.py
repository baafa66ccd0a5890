"""The server: Streamlit's pages plus the live view's own routes, as one ASGI app.

`streamlit run app.py` starts it, so does any ASGI server (`uvicorn app:app`).
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# Before NumPy is imported: with two BLAS threads under load the same small product took a
# hundred times longer; threadpoolctl (below) holds where a library reads its setting later.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# Plotly looks into pandas where another thread has begun to import it: whole from the start.
import pandas  # noqa: E402, F401
import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from pages import ui  # noqa: E402
from pages.ui.compare import sweep  # noqa: E402
from pages.ui.live.trainer import TRAINER  # noqa: E402
from pages.ui.server import capacity, headers, heap, tab, viewers, wire  # noqa: E402

# All that pages import, before the first of them runs: many who come at once to a server that has
# just started would else import it in many threads, and each would wait for it.
for _module in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
    importlib.import_module(_module.name)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """One BLAS thread, imports frozen out of the garbage collector, slow things warmed up.

    Who has left is looked after until the server stops.
    """
    threadpool_limits(1)
    stop = threading.Event()
    gc.collect()
    gc.freeze()
    for work in (
        lambda: heap.collect_until(stop),
        lambda: viewers.sweep_until(stop),
        wire.warm_up,
    ):
        threading.Thread(target=work, daemon=True).start()
    yield
    stop.set()
    TRAINER.stop(seconds=1.0)
    sweep.end_all()


try:
    viewers.MAX_PRESENT = capacity.max_viewers(os.environ, capacity.memory())
except ValueError as error:
    sys.exit(str(error))

app = st.App(
    ROOT / "pages" / "index.py",
    routes=wire.routes(),
    middleware=[
        Middleware(
            headers.Headers,
            ancestors=headers.frame_ancestors(os.environ.get(headers.ANCESTORS, "")),
        ),
        Middleware(wire.Preload),
        Middleware(tab.FewFiles),
    ],
    lifespan=lifespan,
)
