"""A sandbox: a few settings that a hand moves, and the picture that is computed from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Self, TypeVar

from pydantic import ValidationError

from nnlib.run import Run
from pages.ui.live.live_view import LiveView
from pages.ui.live.packing import Packet
from pages.ui.live.protocol import COMMON, Key, Protocol
from pages.ui.live.wishes import Fields, Nothing, Verbs, Wish, changes_of, sentence, whole
from pages.ui.sandbox.network_link import NetworkLink
from pages.ui.session.session import Session

Switch = whole(0, 1)  # off and on, as a link and a checkbox have it


class Settings(Fields):
    """What a hand moves in a sandbox; a subclass names the fields, their ranges and defaults."""

    def replace(self, changes: dict) -> Self:
        """A checked copy; ValueError with a sentence for people about the first bad field."""
        try:
            return type(self)(**{**self.model_dump(), **changes})
        except ValidationError as error:
            raise ValueError(sentence(error, self.model_json_schema())) from None


S = TypeVar("S", bound=Settings)

SETTINGS = COMMON | Protocol(  # the table of every sandbox goes on from it
    {"settings": Key(dict, "every setting's value, as the board has it now")}
)


class Sandbox(LiveView, Generic[S]):
    """One viewer's board: settings that a hand moves; each change of them is answered by a frame.

    `draw(settings, packet)` attaches what is to be drawn, where a function of the settings is all
    there is, and `protocol` is the table of its frames; other boards are derived from this class
    and have a `picture` and a table of their own. (The one class between LiveView and a board: all
    but the Playground and Compare have settings.) With a `session` the board shows its network,
    and each change of that is answered, too.
    """

    protocol = SETTINGS

    def __init__(
        self,
        settings: S,
        draw: Callable[[S, Packet], None] | None = None,
        *,
        protocol: Protocol | None = None,
        session: Session | None = None,
    ) -> None:
        super().__init__()
        if protocol is not None:
            self.protocol = protocol
        self.settings = self._drawn = settings
        self._draw_settings = draw
        self._link = None if session is None else NetworkLink(self, session)

    @property
    def session(self) -> Session:
        """Whose network is shown, of a board with a session; others have none."""
        return self._linked.session

    @property
    def run(self) -> Run:
        """The run on screen, of a board with a session."""
        return self._linked.run

    @property
    def _linked(self) -> NetworkLink:
        assert self._link is not None, "this board has no session"
        return self._link

    def set(self, changes: dict) -> None:
        """Change settings; what is not possible becomes the problem that is shown."""

        def change() -> None:
            self.settings = self.settings.replace(changes)
            self.problem = ""

        self._wish(change)

    def all_granted(self) -> bool:
        return super().all_granted() and (self._link is None or self.session.all_granted())

    def picture(self, packet: Packet) -> None:
        """Attach what is to be drawn."""
        assert self._draw_settings is not None, "a board without a function has its own picture"
        self._draw_settings(self.settings, packet)

    def state(self) -> tuple:
        network = None if self._link is None else self.session.fingerprint()
        return self.settings, self.problem, self._refusals, network

    def holds_back(self) -> bool:
        return self._link is not None and self.session.holds_back()

    def frame(self) -> Packet:
        packet = Packet(self.protocol, settings=self.settings.model_dump(), problem=self.problem)
        if self._link is not None:
            packet.header |= self._link.header(self.problem)
        self.picture(packet)
        self._drawn = self.settings
        return packet

    def _stand_still(self) -> None:
        self.settings = self._drawn  # the last that could be drawn


def verbs(settings: type[Settings]) -> Verbs:
    """What the client of a sandbox with these settings may wish."""
    return {
        "drawn": Wish(Nothing, lambda sandbox, _: sandbox.drawn()),
        "set": Wish(changes_of(settings), lambda sandbox, changes: sandbox.set(changes)),
    }
