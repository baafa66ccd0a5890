"""The headers of every HTTP answer: what a page may load, and who may frame it."""

from __future__ import annotations

import asyncio
import re

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers as Found
from starlette.responses import Response
from starlette.routing import Route

from pages.ui.server.headers import Headers, frame_ancestors, policy

NAMES = {
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "content-security-policy",
}


def answered(own: dict[str, str] | None = None, path: str = "/", **options: str) -> Found:
    """The headers of an answer; `own` are those that the page itself sets."""

    async def page(_request: object) -> Response:
        return Response(headers=own)

    app = Headers(Starlette(routes=[Route("/", page)]), **options)
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    found: list[dict] = []

    async def keep(message: dict) -> None:
        found.append(message)

    asyncio.run(app(scope, lambda: None, keep))
    return Found(raw=found[0]["headers"])


def directives(text: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in text.split(";"))}


@pytest.mark.parametrize("path", ["/", "/none"])
def test_every_answer_has_the_headers_once(path: str):
    own = {"X-Content-Type-Options": "sniff", "Content-Security-Policy": "default-src *"}
    found = answered(own, path)
    assert {name: len(found.getlist(name)) for name in NAMES} == dict.fromkeys(NAMES, 1)
    assert found["x-content-type-options"] == "nosniff"
    assert "*" not in found["content-security-policy"]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", "'self'"),
        ("  ", "'self'"),
        ("none", "'none'"),
        ("https://school.example", "'self' https://school.example"),
        (
            "https://*.school.example:8443 http://localhost:8080",
            "'self' https://*.school.example:8443 http://localhost:8080",
        ),
    ],
)
def test_the_own_origin_frames_the_pages_and_whom_the_operator_names(text: str, allowed: str):
    found = directives(answered(ancestors=frame_ancestors(text))["content-security-policy"])
    assert " ".join(found["frame-ancestors"]) == allowed


@pytest.mark.parametrize(
    "text",
    [
        *("*", "'self'", "none https://a.example", "school.example", "javascript:alert(1)"),
        *("https://a.example; script-src *", "https://a.example/path", "https://a.example,b"),
        "https://",
    ],
)
def test_what_is_no_origin_is_refused_in_a_sentence(text: str):
    with pytest.raises(ValueError, match=r"PLAYGROUND_FRAME_ANCESTORS: .* allowed: none, or"):
        frame_ancestors(text)


def test_scripts_come_from_here_alone_and_none_from_markup():
    found = directives(policy("'self'"))
    assert all(
        re.match(r"'self'|blob:|'wasm-unsafe-eval'|'sha256-", source)
        for source in found["script-src"]
    )
    for name, sources in found.items():
        assert not {"*", "http:", "https:", "'unsafe-eval'"} & set(sources), name
