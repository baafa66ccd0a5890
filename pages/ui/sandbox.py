"""A sandbox: a few settings that a hand moves, and the picture that is computed from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pages.ui.packing import Packet
from pages.ui.watched import Watched


class Settings(BaseModel):
    """What a hand moves in a sandbox; a subclass names the fields, their ranges and defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def replace(self, changes: dict) -> Settings:
        """A checked copy; ValueError with a sentence for people about the first bad field."""
        if not isinstance(changes, dict):
            raise ValueError("settings: names and their values are needed.")
        try:
            return type(self)(**{**self.model_dump(), **changes})
        except ValidationError as error:
            item = error.errors()[0]
            name = str(item["loc"][0]) if item["loc"] else "settings"
            message = self._range(name) or item["msg"].removeprefix("Value error, ")
            value = str(item["input"])[:40]
            raise ValueError(f"{name[:40]}: {value!r} is not possible; {message}.") from None

    @classmethod
    def _range(cls, name: str) -> str:
        """The allowed range of a number between two ends, in words; '' for anything else."""
        field = cls.model_json_schema()["properties"].get(name, {})
        if not {"minimum", "maximum"} <= field.keys():
            return ""
        whole = "a whole number" if field["type"] == "integer" else "a number"
        return f"allowed: {whole} from {field['minimum']:g} to {field['maximum']:g}"


S = TypeVar("S", bound=Settings)


class Sandbox(Watched):
    """One viewer's sandbox: every change of the settings is answered by a frame.

    `picture(settings, packet)` attaches what is to be drawn.
    """

    def __init__(self, settings: S, picture: Callable[[S, Packet], None]) -> None:
        super().__init__()
        self.settings = settings
        self._picture = picture
        self._shown: object = None

    def set(self, changes: dict) -> None:
        """Change settings; what is not possible becomes the problem that is shown."""

        def change() -> None:
            self.settings = self.settings.replace(changes)
            self.problem = ""

        self._wish(change)

    def due(self, now: float) -> float | None:
        if self._wishes or self._has_news():
            return 0.0
        return None

    def turn(self, seconds: float) -> None:
        with self.lock:
            self._grant_wishes()
            if self._has_news():
                packet = self._packet()
                self._frame_wanted, self._frame_time = False, time.monotonic()
                self._shown = self._state()
                self._on_frame(bytes(packet))

    def _has_news(self) -> bool:
        """Whether a client waits for a frame that would be another one."""
        wanted = self._frame_wanted and self._on_frame is not None
        return wanted and self._shown != self._state()

    def _packet(self) -> Packet:
        packet = Packet(settings=self.settings.model_dump(), problem=self.problem)
        self._picture(self.settings, packet)
        return packet

    def give_up(self) -> None:
        self.problem = "Something went wrong while drawing; move a control to try again."
        self._frame_wanted = False

    def _forget_client(self) -> None:
        self._shown = None

    def _state(self) -> tuple:
        """What the frame is computed from: equal, and it would come out the same."""
        return self.settings, self.problem


VERBS = {
    "drawn": lambda sandbox, _: sandbox.drawn(),
    "set": lambda sandbox, value: sandbox.set(value),
}
