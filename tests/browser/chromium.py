"""Find a Chromium for the browser tests, or install one: `python -m tests.browser.chromium`.

Debian's package as root on Debian, Playwright's own build elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The background services would look for hosts that a test machine does not reach.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)

# Playwright waits by `eval` in the page, which the pages' policy refuses; test_headers.py keeps it.
WITHOUT_POLICY = {"bypass_csp": True}


def find() -> str | None:
    """The path of an installed Chromium; None where only Playwright's own may be there."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch_options() -> dict:
    """Arguments for Playwright's chromium.launch."""
    path = find()
    return {"args": list(ARGUMENTS), **({"executable_path": path} if path else {})}


def _playwrights_own() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def install() -> None:
    """Install one where there is none."""
    if find() or _playwrights_own():
        return
    if Path("/etc/debian_version").exists() and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "chromium"],
        ):
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    install()
