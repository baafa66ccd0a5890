"""What is to be installed: every package at its version, with hashes, wherever pip looks for it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
APP = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["app"]
TESTS = PROJECT["optional-dependencies"]["tests"]
LOCKS = {"requirements.txt": APP, "tests/requirements.txt": APP + TESTS}


def locked(name: str) -> dict[str, str]:
    """package==version -> what else stands in its entry."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    entries = text.replace("\\\n", " ").splitlines()
    return {entry.split()[0]: entry for entry in entries}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_the_project_names_at_its_version(name: str):
    assert {re.sub(r"\[.*\]", "", need) for need in LOCKS[name]} <= set(locked(name))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_one_version_and_hashes(name: str):
    found = locked(name)
    assert all("==" in need and "--hash=sha256:" in entry for need, entry in found.items())
    assert len({need.split("==")[0] for need in found}) == len(found)


@pytest.mark.parametrize("name", [*LOCKS, "pyproject.toml", "Makefile"])
def test_nothing_says_where_pip_is_to_look(name: str):
    assert not re.search(r"://|index-url \S*/|^--|find-links \S*/", (ROOT / name).read_text())


def test_what_the_tests_need_goes_with_what_the_app_needs():
    assert set(locked("requirements.txt")) <= set(locked("tests/requirements.txt"))
