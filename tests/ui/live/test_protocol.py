"""The table of a board's frames: what is not in it, or has another form, is refused."""

from __future__ import annotations

import numpy as np
import pytest

from pages.ui.live.packing import Packet
from pages.ui.live.protocol import COMMON, Blob, Key, Protocol, ProtocolError
from tests.ui.taken_apart import take_apart

TABLE = COMMON | Protocol(
    {"epoch": Key(int, "the epoch"), "loss": Key(float | None, "the loss")},
    {
        "points": Blob("float32", "n 2", "places"),
        "marks": Blob("uint8", "n", "1: wrong"),
        "picture": Blob("png", "", "a picture"),
        "layer": Blob("png", "", "pictures", several=True),
        "scene": Blob("json", "", "figures"),
        "csv": Blob("text", "", "a table"),
    },
)
PICTURE = b"\x89PNG..."


@pytest.fixture
def packet() -> Packet:
    return Packet(TABLE, epoch=3)


def test_what_is_in_the_table_goes_out_as_it_says(packet: Packet):
    packet.attach("points", np.array([[0.5, 2.0]]))
    packet.attach("marks", np.array([True]))
    packet.attach("scene", {"title": "x₁"})
    packet.attach("csv", "π".encode())
    packet.header["loss"] = None
    frame = take_apart(bytes(packet))
    assert frame.numbers("points").tolist() == [0.5, 2.0]
    assert frame.one("marks") == b"\x01"
    assert frame.json("scene") == {"title": "x₁"}
    assert frame.one("csv").decode() == "π"
    assert (frame.header["epoch"], frame.header["loss"], frame.rest) == (3, None, b"")


def test_json_that_is_written_already_goes_out_as_it_is(packet: Packet):
    packet.attach("scene", b'{"title": 1}')
    assert take_apart(bytes(packet)).json("scene") == {"title": 1}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("colour", PICTURE),  # no blob of this name
        ("points", PICTURE),
        ("points", np.zeros(4)),  # another number of sides
        ("points", np.zeros((4, 3))),
        ("marks", np.zeros(4)),  # of another type
        ("picture", b"GIF"),
        ("picture", np.zeros(4)),
        ("csv", "text that is no bytes"),
    ],
)
def test_a_blob_that_is_not_in_the_table_or_is_another_is_refused(
    packet: Packet, name: str, data: object
):
    with pytest.raises(ProtocolError, match=name):
        packet.attach(name, data)


def test_equal_letters_are_equal_numbers_in_one_frame(packet: Packet):
    packet.attach("points", np.zeros((4, 2)))
    with pytest.raises(ProtocolError, match="n = 4"):
        packet.attach("marks", np.zeros(5, np.uint8))


def test_a_name_stands_for_one_blob_unless_the_table_says_several(packet: Packet):
    for name in ("layer", "layer", "picture"):
        packet.attach(name, PICTURE)
    with pytest.raises(ProtocolError, match="picture"):
        packet.attach("picture", PICTURE)


@pytest.mark.parametrize(("name", "value"), [("colour", 1), ("epoch", "3"), ("epoch", None)])
def test_a_key_that_is_not_in_the_table_or_is_another_is_refused(
    packet: Packet, name: str, value: object
):
    packet.header[name] = value
    with pytest.raises(ProtocolError, match=name):
        bytes(packet)


def test_the_client_reads_by_the_same_table():
    assert TABLE.for_client == {
        "keys": ["blobs", "heard", "problem", "fault", "epoch", "loss"],
        "forms": {
            "points": "float32",
            "marks": "uint8",
            "picture": "png",
            "layer": "png",
            "scene": "json",
            "csv": "text",
        },
        "several": ["layer"],
    }
