"""Page-wide appearance: room for the live view on a 1280 x 720 projector."""

from __future__ import annotations

import streamlit as st

from pages.ui.shell.about import tooltips

_COMPACT = """
<style>
[data-testid="stMainBlockContainer"] { padding: 3.9rem 1.25rem 1rem; max-width: 1800px; }
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: .45rem; }
[data-testid="stMain"] [data-testid="stWidgetLabel"] { min-height: 1.2rem; margin-bottom: 0; }
/* Streamlit's own limit, above ours: ours is in the label. */
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[class*="st-key-about_"] { position: relative; }
[class*="st-key-about_"]:hover:not(:focus-within)::after {
  content: var(--about); position: absolute; z-index: 30; top: calc(100% + 6px); left: 0;
  width: 280px; padding: 6px 10px; border-radius: 8px; font-size: 14px; line-height: 1.3;
  color: #fff; background: #262730; pointer-events: none;
}
</style>
"""


def compact_page() -> None:
    """Smaller margins than Streamlit's, so that field, network and loss fit without scrolling."""
    st.html(_COMPACT.replace("</style>", tooltips() + "</style>"))
