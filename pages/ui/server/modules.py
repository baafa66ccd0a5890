"""The pages' JavaScript: ES modules, served as they lie here, and what each page opens with.

Their address holds a digest of all of them, so that a browser may keep them for ever. What a
module imports is read from its import statements: the browser is told of a page's modules before
it has read the first one, and fetches them side by side. A component's css is not fetched: it comes
with its html, so that nothing is drawn a moment without it.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

HERE = Path(__file__).parents[1]  # pages/ui
TYPES = {".js": "text/javascript", ".css": "text/css"}  # nothing else is served

# What pages begin with: page -> section -> module. Where a link names no section it is the first.
PAGES = {
    "": {"": "playground/playground.js"},
    "compare": {"": "compare/compare.js"},
    "functions": {
        "activations": "functions/activations.js",
        "neuron": "functions/neuron.js",
        "softmax": "functions/softmax.js",
        "losses": "functions/losslab.js",
    },
    "layers": {
        "cloud": "layers/cloud.js",
        "drawings": "layers/drawings.js",
        "regions": "layers/hinges/hinges.js",
        "lifted": "layers/feature_space.js",
    },
    "backprop": {"": "backprop/backprop.js"},
    "inputs": {
        "theta": "inputs/theta_or_x.js",
        "attack": "inputs/attack.js",
        "digits": "inputs/digits/digits.js",
    },
}

_IMPORT = re.compile(r'^(?:import|.*\bfrom) "(\.{1,2}/[^"]+)";', re.MULTILINE)


def base_path() -> str:
    """'' or '/app' when the server runs below a path (server.baseUrlPath)."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """Name relative to pages/ui, with `/` -> content, of everything that is served."""
    paths = sorted(path for path in HERE.rglob("*") if path.suffix in TYPES)
    return {path.relative_to(HERE).as_posix(): path.read_bytes() for path in paths}


@lru_cache(maxsize=1)
def folder() -> str:
    """Where the modules are, below the base path; another one whenever a byte of them differs."""
    digest = hashlib.sha256()
    for name, content in files().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"live/web-{digest.hexdigest()[:16]}"


def address(name: str) -> str:
    """The path of a module for the browser."""
    return f"{base_path()}/{folder()}/{name}"


@lru_cache(maxsize=64)
def graph(name: str) -> tuple[str, ...]:
    """A module and all that it imports, directly or not, itself first.

    Raises KeyError when one of them is not there.
    """
    found = [name]
    for module in found:  # grows on the way
        for target in _IMPORT.findall(files()[module].decode()):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(module), target))
            if target not in found:
                found.append(target)
    return tuple(found)


def of_page(path: str, query: str = "") -> tuple[str, ...]:
    """The modules that a page at this path (of the whole address) opens with; none of others."""
    page = path.removeprefix(base_path()).strip("/")
    sections = PAGES.get(page, {})
    section = parse_qs(query).get(page, [""])[0].partition(";")[0]
    entry = sections.get(section) or next(iter(sections.values()), None)
    return graph(entry) if entry else ()


# ------------------------------------------------------------------------ serving


def routes() -> list[BaseRoute]:
    """What serves the modules, below the base path."""
    return [Route(f"{base_path()}/{folder()}/{{name:path}}", _module)]


def for_ever(request: Request, plain: bytes, packed: bytes, media_type: str) -> Response:
    """An answer that the browser may keep for ever, compressed for those who are far."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    # Beside the browser on one machine unpacking costs more than the bytes.
    local = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    if local or "gzip" not in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "identity"
        return Response(plain, media_type=media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(packed, media_type=media_type, headers=headers)


@lru_cache(maxsize=256)
def _packed(name: str) -> bytes:
    return gzip.compress(files()[name], 6)


async def _module(request: Request) -> Response:
    # Looked up among what was read at the start: no path leads out of the folder.
    name = request.path_params["name"]
    if name not in files():
        return Response(status_code=404)
    return for_ever(request, files()[name], _packed(name), TYPES[Path(name).suffix])
