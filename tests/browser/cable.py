"""A network cable between a browser and a server, that a test can pull out and plug in again.

A browser's own offline mode leaves open WebSockets as they are.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.server import HOST


class Cable:
    """Passes connections on to a port of this machine, as long as it is plugged in."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._plugged = True
        self._ends: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Every connection breaks, and no new one is made."""
        with self._lock:
            self._plugged = False
            for end in self._ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._ends.clear()

    def plug_in(self) -> None:
        """New connections are made again."""
        self._plugged = True

    def close(self) -> None:
        self.pull()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                near = self._listener.accept()[0]
                with self._lock:
                    if not self._plugged:
                        near.close()
                        continue
                    far = socket.create_connection((HOST, self._target))
                    self._ends += [near, far]
                threading.Thread(target=_join, args=(near, far), daemon=True).start()


def _join(near: socket.socket, far: socket.socket) -> None:
    """Pass bytes on in both directions until one end has closed."""
    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
    with near, far:
        back.start()
        _pump(near, far)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cable(target: int) -> Iterator[Cable]:
    """A cable to a server's port; the browser's end is at `port`."""
    made = Cable(target)
    try:
        yield made
    finally:
        made.close()
