"""A page of the app without a browser: hundreds of them fit into one process.

It connects as Streamlit's own script does, lets the page's script run, and knows what came of it.
"""

from __future__ import annotations

import http.client
import json
import urllib.request
from contextlib import ExitStack
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from pages.ui.server import wire
from tests.browser.server import HOST

PATIENCE = 60.0  # seconds until an answer that does not come is given up


class PlainPage:
    """One tab: `texts` is what is written on it, `boards` each component's data by its name."""

    def __init__(self, port: int, query: str = "") -> None:
        self.port = port
        with urllib.request.urlopen(f"http://{HOST}:{port}/_stcore/health") as answer:
            cookie = answer.headers["Set-Cookie"] or ""
        self.xsrf = cookie.partition("_streamlit_xsrf=")[2].partition(";")[0]
        self._open = ExitStack()
        connection = connect(
            f"ws://{HOST}:{port}/_stcore/stream",
            subprotocols=["streamlit", self.xsrf],
            additional_headers={"Cookie": f"_streamlit_xsrf={self.xsrf}"},
            max_size=None,
            compression=None,
        )
        self._socket = self._open.enter_context(connection)
        self.session = ""
        self.run(query)

    def run(self, query: str = "") -> None:
        """Let the page's script run, to its end."""
        message = BackMsg()
        message.rerun_script.query_string = query
        self._socket.send(message.SerializeToString())
        self.read()

    def read(self) -> None:
        """Take what the server sends, up to the end of a run of the script."""
        self.texts: list[str] = []
        self.boards: dict[str, dict] = {}
        while True:
            message = ForwardMsg.FromString(self._socket.recv(PATIENCE))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "delta":
                self._place(message.delta.new_element)
            elif kind == "script_finished":
                return

    def _place(self, element: object) -> None:
        kind = element.WhichOneof("type")
        if kind == "alert":
            self.texts.append(element.alert.body)
        elif kind == "bidi_component":
            part = element.bidi_component
            data = part.json or part.mixed.json
            self.boards[part.component_name] = json.loads(data)

    def live(self) -> ClientConnection:
        """A socket of the page's board, as its script opens it; for `with`."""
        (data,) = self.boards.values()
        return connect(
            f"ws://{HOST}:{self.port}/live",
            subprotocols=[wire.PROTOCOL, data["token"]],
            compression=None,
        )

    def upload(self, name: str, content: bytes) -> int:
        """Send a file to the server; the status of its answer."""
        boundary = "between"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        body += content + f"\r\n--{boundary}--\r\n".encode()
        server = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Cookie": f"_streamlit_xsrf={self.xsrf}",
            "X-Xsrftoken": self.xsrf,
        }
        server.request("PUT", f"/_stcore/upload_file/{self.session}/{name}", body, headers)
        status = server.getresponse().status
        server.close()
        return status

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> PlainPage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
