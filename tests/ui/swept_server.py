"""A server with a comparison that has no page: `python -m tests.ui.swept_server PORT`.

Its token, which else only a page knows, is printed.
"""

from __future__ import annotations

import sys

import uvicorn

from nnlib.config import RunConfig
from tests.browser.server import HOST


def serve(port: int) -> None:
    import app
    from pages.ui.compare import wishes
    from pages.ui.compare.comparison import Comparison
    from pages.ui.server import viewers

    board = viewers.arrive().show("compare", Comparison(RunConfig()), wishes.VERBS)
    print("token", board.token, flush=True)
    uvicorn.run(app.app, host=HOST, port=port, access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
