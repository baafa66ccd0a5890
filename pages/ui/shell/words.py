"""Text that people wrote - in a link, a table, a file's name - on its way to the screen.

Streamlit reads Markdown almost everywhere, and finds links, icons and emoji even in escaped text.
Text that may quote what somebody wrote passes one of these, and stands as it was written. (For
Plotly's figures: `figures.in_figure`, and in the browser `inFigure` of drawing/plotly.js.)
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Literal

import streamlit as st

_LOOKS = {"error": "255, 43, 43", "info": "28, 131, 225"}  # red, green and blue


def say(sentences: Iterable[str], look: Literal["error", "info"] = "error") -> None:
    """Show sentences in a box, a line each; nothing where there are none."""
    lines = [f"<div>{html.escape(sentence)}</div>" for sentence in sentences]
    if lines:
        role = "alert" if look == "error" else "status"
        st.html(
            f'<div role="{role}" style="padding: 0.75rem 1rem; border-radius: 0.5rem; '
            f"overflow-wrap: anywhere; background: rgba({_LOOKS[look]}, 0.12); "
            f'border-left: 4px solid rgb({_LOOKS[look]})">{"".join(lines)}</div>'
        )


def in_label(text: str) -> str:
    """Text inside a label or any other Markdown: as code, which nothing is read in."""
    line = " ".join(text.split())
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if line else ""
