"""A proxy on this machine that lets every byte come later: a network's way, without the network.

`with delayed(port, seconds) as its_port: ...`. Nothing is lost and nothing is narrow: each piece
goes on `seconds` after it came, in both directions, however many are on their way.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

HOST = "127.0.0.1"
PIECE = 1 << 16  # bytes read at a time


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: float) -> None:
    """Every piece, `way` seconds after it came."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def read() -> None:
        while True:
            try:
                piece = await reader.read(PIECE)
            except ConnectionError:
                piece = b""  # the end, as if it had been said
            pieces.put_nowait((loop.time() + way, piece))
            if not piece:
                return

    reading = asyncio.create_task(read())
    try:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass  # the other side went away
    finally:
        reading.cancel()
        writer.close()


@contextmanager
def delayed(port: int, way: float) -> Iterator[int]:
    """A port of this machine that leads to `port`; a way takes `way` seconds, a round two.

    A new connection waits for a round, as a handshake does.
    """

    ready: Future[tuple[int, Callable[[], object]]] = Future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the proxy ends
            await asyncio.sleep(2 * way)
            there = await asyncio.open_connection(HOST, port)
            await asyncio.gather(_carry(reader, there[1], way), _carry(there[0], writer, way))

    async def run() -> None:
        server = await asyncio.start_server(serve, HOST, 0)
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        its_port = server.sockets[0].getsockname()[1]
        ready.set_result((its_port, lambda: loop.call_soon_threadsafe(end.set)))
        await end.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    its_port, end = ready.result()
    try:
        yield its_port
    finally:
        end()
        thread.join()
