"""All that boards and their clients say to each other, for people: .github/PROTOCOL.md.

`python -m tests.ui.protocol_tables` writes it anew from the tables that the code packs, reads and
checks by.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from nnlib.config import RunConfig
from pages.ui.live.protocol import COMMON, Key, Protocol
from pages.ui.live.wishes import Verbs
from pages.ui.session.session import Session
from tests.ui.boards import BOARDS, SMALL

FILE = Path(__file__).parents[2] / ".github" / "PROTOCOL.md"
TITLES = {
    "live": "Playground",
    "compare": "Compare",
    "activations": "Functions: activations",
    "neuron": "Functions: one neuron",
    "softmax": "Functions: softmax",
    "losses": "Functions: losses",
    "cloud": "Layers: the cloud",
    "lifted": "Layers: feature space",
    "drawings": "Layers: drawings",
    "hinges": "Layers: regions",
    "backprop": "Backprop",
    "theta_or_x": "Inputs: move θ or x",
    "attack": "Inputs: attack a point",
    "digits": "Inputs: digits",
}
MODULES = {  # of a board, below pages/ui
    "live": "playground/playground.js",
    "compare": "compare/compare.js",
    "activations": "functions/activations.js",
    "neuron": "functions/neuron.js",
    "softmax": "functions/softmax.js",
    "losses": "functions/losslab.js",
    "cloud": "layers/cloud.js",
    "lifted": "layers/feature_space.js",
    "drawings": "layers/drawings.js",
    "hinges": "layers/hinges/hinges.js",
    "backprop": "backprop/backprop.js",
    "theta_or_x": "inputs/theta_or_x.js",
    "attack": "inputs/attack.js",
    "digits": "inputs/digits/digits.js",
}
INTRODUCTION = """\
# What boards and their clients say to each other

Written by `python -m tests.ui.protocol_tables` from the tables that the code packs, reads and
checks by.

A client sends text, `{"WISH": VALUE}`; one that does not fit is refused with a sentence. Every
board understands `drawn`, said of each frame that is drawn, after which the next may come. Beside
the wishes below, a client that has heard nothing for a second while it waits says `{"beat": null}`
and gets the text `beat` back, from the thread that trains.

A frame is binary: the length of its header (4 bytes, little-endian), the header as JSON, then the
blobs that it lists. A part that the client has already is not sent again. "a × b" are the sides of
an array; `png`, `json` and `text` are bytes of those.
"""


def protocols() -> dict[str, tuple[Verbs, Protocol]]:
    """Every board's wishes and table."""
    session = Session(SMALL)
    return {name: (verbs, make(session).protocol) for name, (make, verbs) in BOARDS.items()}


def document() -> str:
    """The whole file."""
    parts = [INTRODUCTION, "## In every frame\n", *_keys(COMMON.keys.items())]
    for name, (verbs, table) in protocols().items():
        parts += [f"\n## {TITLES[name]}\n", f"`pages/ui/{MODULES[name]}`\n"]
        parts += ["| wish | what comes with it |", "| --- | --- |"]
        parts += [f"| `{verb}` | {_cell(_words(wish))} |" for verb, wish in verbs.items()]
        own = {key: each for key, each in table.keys.items() if key not in COMMON.keys}
        parts += ["", *_keys(own.items()), ""]
        if table.blobs:
            parts += ["| blob | form | holds | sent |", "| --- | --- | --- | --- |"]
        for blob_name, blob in table.blobs.items():
            form = " ".join(filter(None, [blob.form, blob.shape.replace(" ", " × ")]))
            name_cell = f"`{blob_name}`" + (" (several)" if blob.several else "")
            parts.append(f"| {name_cell} | {form} | {_cell(blob.holds)} | {_cell(blob.when)} |")
    return "\n".join(parts).rstrip() + "\n"


def _keys(keys: object) -> Iterator[str]:
    yield from ("| key of the header | type | says | sent |", "| --- | --- | --- | --- |")
    for name, key in keys:
        yield f"| `{name}` | {_cell(_type(key))} | {_cell(key.holds)} | {_cell(key.when)} |"


def _type(key: Key) -> str:
    return key.kind.__name__ if isinstance(key.kind, type) else str(key.kind)


def _words(wish: object) -> str:
    fields = wish.schema.get("properties")
    if fields is None or not set(fields) <= set(RunConfig.model_fields):
        return wish.words
    return "any of the settings (`nnlib/config.py`): " + ", ".join(fields)


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    if sys.argv[1:] == ["--json"]:  # for the tests of the JavaScript
        tables = {name: table.for_client for name, (_, table) in protocols().items()}
        print(json.dumps({name: [MODULES[name], table] for name, table in tables.items()}))
    else:
        FILE.write_text(document(), encoding="utf-8")
