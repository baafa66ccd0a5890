"""The app for whom a minute is a second: `python -m tests.browser.hasty PORT NAME=SECONDS ...`.

A name is one of the times of pages/ui/server/viewers.py, or STREAMLIT, for what Streamlit keeps
itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from streamlit import config

from tests.browser.server import HOST, Server, free_port, started, wait_for


@contextmanager
def hasty(**times: float) -> Iterator[Server]:
    """A server with other times, stopped at the end."""
    port = free_port()
    command = [sys.executable, "-m", "tests.browser.hasty", str(port)]
    command += [f"{name}={value}" for name, value in times.items()]
    with started(command) as (process, log, _):
        wait_for(f"http://{HOST}:{port}/_stcore/health", process, log)
        yield Server(f"http://{HOST}:{port}", port, process.pid, 0.0)


def serve(port: int, *times: str) -> None:
    """The app with these times, until the process is stopped."""
    import app
    from pages.ui.server import viewers

    for name, _, value in (each.partition("=") for each in times):
        if name == "STREAMLIT":
            config.set_option("server.disconnectedSessionTTL", int(value))
        else:
            setattr(viewers, name, float(value))
    uvicorn.run(app.app, host=HOST, port=port, access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), *sys.argv[2:])
