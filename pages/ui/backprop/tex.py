"""Formulas of nnlib in HTML: the part of TeX that they use, for pictures that change many times a
second (KaTeX is out of a component's reach).

Everything else is an error: a new formula needs its symbols here. The text is escaped.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

_TOKEN = re.compile(r"\\begin\{\w+\}|\\end\{\w+\}|\\[a-zA-Z]+|\\.|[{}^_&]|\d+(?:\.\d+)?|\s+|.")
_SYMBOLS = {
    **{
        "cdot": "\u00a0·\u00a0",
        "times": " × ",
        "partial": "∂",
        "infty": "∞",
        "sum": "∑",
        "top": "⊤",
    },
    **{"sigma": "σ", "lambda": "λ", "alpha": "α", "delta": "δ", "phi": "φ", "pi": "π"},
    **{"ge": " ≥ ", "le": " ≤ ", "quad": "\u2003", ",": "\u2009", "!": "", " ": " "},
    **{"left": "", "right": "", "tanh": "tanh", "log": "log", "max": "max", "min": "min"},
    **{"sin": "sin", "cos": "cos", "exp": "exp"},
}
_SIGNS = {"-": "−", "=": " = ", "+": " + ", "<": " &lt; ", ">": " &gt; ", "'": "′", "*": "·"}


@lru_cache(maxsize=2_048)
def html(tex: str) -> str:
    """A formula as HTML for an element of class fm.

    Raises
    ------
    ValueError : a command that is not known here.
    """
    reader = _Reader(_TOKEN.findall(tex))
    return reader.row(())


class _Reader:
    """Reads tokens from the left; every method returns the HTML of what it has read."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def row(self, ends: tuple[str, ...]) -> str:
        """Everything up to one of the tokens that end it."""
        parts = []
        while self.peek() and self.peek() not in ends:
            parts.append(self.scripted())
        return "".join(parts)

    def scripted(self) -> str:
        """An atom with what stands above and below to its right."""
        base = self.atom()
        scripts = {}
        while self.peek() in ("^", "_"):
            sign = self.take()
            scripts[sign] = self.argument()
        while self.peek() == "'":
            base += "′" * len(self.take())
        if len(scripts) == 2:
            both = f"<sup>{scripts['^']}</sup><sub>{scripts['_']}</sub>"
            return f'{base}<span class="fm-ss">{both}</span>'
        if "^" in scripts:
            return f"{base}<sup>{scripts['^']}</sup>"
        return f"{base}<sub>{scripts['_']}</sub>" if scripts else base

    def argument(self) -> str:
        while self.peek().isspace():
            self.take()
        return self.group() if self.peek() == "{" else self.atom()

    def group(self) -> str:
        self.take()
        inside = self.row(("}",))
        self.take()
        return inside

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            self.at -= 1
            return self.group()
        if token.startswith("\\begin"):
            return self.table(token[7:-1])
        if token.startswith("\\"):
            return self.command(token[1:])
        if token.isspace():
            return ""
        if token.isascii() and token.isalpha():
            return f"<i>{token}</i>"
        return _SIGNS.get(token, escape(token))

    def command(self, name: str) -> str:
        if name in ("frac", "tfrac"):
            above, below = self.argument(), self.argument()
            return f'<span class="fm-f"><span>{above}</span><span>{below}</span></span>'
        if name == "underset":
            below, base = self.argument(), self.argument()
            return f'<span class="fm-u"><span>{base}</span><span>{below}</span></span>'
        if name in ("operatorname", "text"):
            return f"<span>{self.words()}</span>"
        if name == "sqrt":
            return f'√<span class="fm-root">{self.argument()}</span>'
        if name in _SYMBOLS:
            return _SYMBOLS[name]
        raise ValueError(f"\\{name}: no such symbol in the formulas of a board.")

    def words(self) -> str:
        """An argument as upright text."""
        self.take()
        text = ""
        while self.peek() != "}":
            text += self.take().replace("\\ ", " ")
        self.take()
        return escape(text)

    def table(self, kind: str) -> str:
        end = f"\\end{{{kind}}}"
        rows: list[list[str]] = [[]]
        while self.peek():
            rows[-1].append(self.row(("&", "\\\\", end)))
            token = self.take()
            if token == end:
                break
            if token == "\\\\":
                rows.append([])
        body = "".join(
            f"<span>{''.join(f'<span>{cell}</span>' for cell in row)}</span>" for row in rows
        )
        return f'<span class="fm-m fm-{escape(kind)}">{body}</span>'
