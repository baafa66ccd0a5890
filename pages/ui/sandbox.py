"""A sandbox: a few settings that a hand moves, and the picture that is computed from them."""

from __future__ import annotations

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
            message = item["msg"].removeprefix("Value error, ")
            raise ValueError(f"{name[:40]}: {str(item['input'])[:40]!r}: {message}.") from None


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
        if self._wishes or (self._frame_wanted and self._shown != self._state()):
            return 0.0
        return None

    def turn(self, seconds: float) -> None:
        with self.lock:
            self._grant_wishes()
            state = self._state()
            if self._frame_wanted and self._shown != state:
                packet = Packet(settings=self.settings.model_dump(), problem=self.problem)
                self._picture(self.settings, packet)
                self._frame_wanted, self._shown = False, state
                self._on_frame(bytes(packet))

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
