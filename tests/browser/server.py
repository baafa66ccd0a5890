"""A server of the app's own for a test or a benchmark: `with running() as server: ...`."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until a server that does not answer is given up
POLL = 0.02


@dataclass(frozen=True)
class Server:
    """A server that answers; `seconds` is what it took from its start to healthy."""

    url: str  # of the first page, without a slash at its end
    port: int
    pid: int
    seconds: float


@contextmanager
def running(port: int = 0, folder: Path = ROOT, **options: object) -> Iterator[Server]:
    """`streamlit run app.py` on a free port (or `port`) of this machine, stopped at the end.

    `folder` holds the app, this version or another. Options are Streamlit's with `_` for the dot:
    `server_baseUrlPath="app"`.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    settings = {"server_address": HOST, "server_port": port, "server_headless": True, **options}
    for name, value in settings.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        command.append(f"--{name.replace('_', '.', 1)}={text}")
    base = str(options.get("server_baseUrlPath", "")).strip("/")
    url = f"http://{HOST}:{port}" + (f"/{base}" if base else "")
    with started(command, folder) as (process, log, since):
        wait_for(f"{url}/_stcore/health", process, log)
        yield Server(url, port, process.pid, time.perf_counter() - since)


@contextmanager
def started(
    command: list[str], folder: Path = ROOT
) -> Iterator[tuple[subprocess.Popen, Path, float]]:
    """A process in a folder, its log, and when it was started; stopped at the end."""
    with tempfile.TemporaryDirectory() as logs:
        log = Path(logs) / "log"
        with log.open("wb") as out:
            since = time.perf_counter()
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process, log, since
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Return when `url` answers; raise with the log when the process ends or takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(POLL)  # there is nothing to wait on before it listens
    raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-3000:]}")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
