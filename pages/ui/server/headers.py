"""What every HTTP answer tells the browser: what a page may load, and who may show it in a frame.

The last line of defence: text that became markup after all could still fetch nothing from
elsewhere, run no script of its own, and send nothing away.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import streamlit

ANCESTORS = "PLAYGROUND_FRAME_ANCESTORS"  # the operator's: origins whose pages may frame this one
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

# What Streamlit's pages and ours never use.
_DENIED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "serial", "usb"),
)
_FIXED = {
    # A file is what its content type says: an uploaded or computed one is never run as a script.
    "x-content-type-options": "nosniff",
    # A link holds somebody's settings: other sites do not learn it.
    "referrer-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in _DENIED),
}


def frame_ancestors(text: str) -> str:
    """Who may frame the pages: '' is the own origin; else `none`, or origins with blanks between.

    Raises ValueError for anything else: it would end the directive and begin another one.
    """
    names = text.split()
    if not names:
        return "'self'"
    if names == ["none"]:
        return "'none'"
    for name in names:
        if not _ORIGIN.fullmatch(name):
            raise ValueError(
                f"{ANCESTORS}: {name[:80]!r} is not possible; allowed: none, or origins such as "
                "https://school.example, https://*.school.example or http://localhost:8080."
            )
    return " ".join(["'self'", *names])


@lru_cache(maxsize=1)
def _script_hashes() -> str:
    """The scripts that stand in Streamlit's page itself, by what they are: no other one runs."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    texts = _INLINE.findall(page.read_text(encoding="utf-8"))
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts]
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)


@lru_cache(maxsize=16)
def policy(ancestors: str) -> str:
    """The Content-Security-Policy of an answer that `ancestors` may frame."""
    return "; ".join(
        (
            # Fonts, styles, media, what the two clients fetch, and both sockets: 'self' has ws: and
            # wss: of the page's own origin in it, as the browser sees that behind any proxy.
            "default-src 'self'",
            # Streamlit runs the JavaScript of a component (ours) as a module from a blob: address.
            # Its protobuf reader multiplies 64-bit numbers in WebAssembly ('wasm-unsafe-eval').
            # Neither JavaScript's eval nor what stands in markup runs.
            f"script-src 'self' blob: 'wasm-unsafe-eval' {_script_hashes()}",
            # Emotion, with which Streamlit is styled, and Plotly write <style> and style="".
            "style-src 'self' 'unsafe-inline'",
            # Fields are PNG files as data:; Plotly makes a picture to be saved from a blob:.
            "img-src 'self' data: blob:",
            "font-src 'self' data:",  # Plotly's and KaTeX's stylesheets carry some inside
            "object-src 'none'",
            "frame-src 'none'",
            "worker-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        )
    )


class Headers:
    """ASGI middleware: every HTTP answer, Streamlit's and ours, has these headers once."""

    def __init__(self, app: Callable, ancestors: str = "'self'") -> None:
        self._app, self._ancestors = app, ancestors

    def _who_may_frame(self, scope: dict) -> str:
        """Decided for each request: a page made to be embedded may allow more than others."""
        return self._ancestors

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        ours = {**_FIXED, "content-security-policy": policy(self._who_may_frame(scope))}
        added = [(name.encode(), value.encode()) for name, value in ours.items()]

        async def send_with_headers(message: dict) -> None:
            if message["type"] == "http.response.start":
                others = [
                    (name, value)
                    for name, value in message["headers"]
                    if name.lower().decode("latin-1") not in ours
                ]
                message = {**message, "headers": [*others, *added]}
            await send(message)

        return await self._app(scope, receive, send_with_headers)
