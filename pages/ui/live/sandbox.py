"""A sandbox: a few settings that a hand moves, and the picture that is computed from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from pages.ui.live.live_view import LiveView
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Fields, Nothing, Verbs, Wish, changes_of, sentence, whole

Switch = whole(0, 1)  # off and on, as a link and a checkbox have it


class Settings(Fields):
    """What a hand moves in a sandbox; a subclass names the fields, their ranges and defaults."""

    def replace(self, changes: dict) -> Settings:
        """A checked copy; ValueError with a sentence for people about the first bad field."""
        try:
            return type(self)(**{**self.model_dump(), **changes})
        except ValidationError as error:
            raise ValueError(sentence(error, self.model_json_schema())) from None


S = TypeVar("S", bound=Settings)


class Sandbox(LiveView):
    """One viewer's sandbox: every change of the settings is answered by a frame.

    `picture(settings, packet)` attaches what is to be drawn.
    """

    def __init__(self, settings: S, picture: Callable[[S, Packet], None]) -> None:
        super().__init__()
        self.settings = self._drawn = settings
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
                self._drawn = self.settings
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

    def _stand_still(self) -> None:
        self.settings = self._drawn  # the last that could be drawn

    def _forget_client(self) -> None:
        self._shown = None

    def _state(self) -> tuple:
        """What the frame is computed from: equal, and it would come out the same."""
        return self.settings, self.problem, self._refusals


def verbs(settings: type[Settings]) -> Verbs:
    """What the client of a sandbox with these settings may wish."""
    return {
        "drawn": Wish(Nothing, lambda sandbox, _: sandbox.drawn()),
        "set": Wish(changes_of(settings), lambda sandbox, changes: sandbox.set(changes)),
    }
