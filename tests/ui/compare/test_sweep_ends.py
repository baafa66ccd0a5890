"""A real server and the processes of its sweep: they end with it."""

from __future__ import annotations

import json
import signal
import sys
import time

import psutil
import pytest
from websockets.sync.client import connect

from tests.browser.server import HOST, free_port, started, wait_for

PATIENCE = 30.0  # seconds until what should come is given up
GRID = {"mode": "grid", "rows": "learning_rate", "columns": "l2", "seeds": 8, "epochs": 10_000}


def workers(server: psutil.Process) -> list[psutil.Process]:
    children = server.children(recursive=True)
    return [child for child in children if "LokyProcess" in " ".join(child.cmdline())]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_the_processes_of_a_sweep_end_with_the_server(by: signal.Signals):
    port = free_port()
    command = [sys.executable, "-m", "tests.ui.swept_server", str(port)]
    with started(command) as (process, log, _):
        wait_for(f"http://{HOST}:{port}/_stcore/health", process, log)
        (token,) = [line.split()[1] for line in log.read_text().splitlines() if "token " in line]
        server = psutil.Process(process.pid)
        offered = ["playground", token]
        with connect(f"ws://{HOST}:{port}/live", subprotocols=offered, max_size=None) as socket:
            for message in ({"choose": GRID}, {"sweep": None}):
                socket.send(json.dumps(message))
            end = time.monotonic() + PATIENCE
            while not (busy := workers(server)) and time.monotonic() < end:
                time.sleep(0.05)
            assert busy
            process.send_signal(by)
            _, left = psutil.wait_procs([server, *busy], timeout=PATIENCE)
        assert not left
        assert "Traceback" not in log.read_text(errors="replace")
