"""Dead units looked into: since when they are dead, and the same training with a remedy."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from nnlib.config import LIMITS, RunConfig
from nnlib.initializers import INITIALIZERS
from nnlib.run import Run
from nnlib.spaces.census import census, deaths
from pages.ui.session.branches import Branch
from pages.ui.session.differences import difference
from pages.ui.session.session import Session

_LOG = logging.getLogger(__name__)
REMEDIES = {"leaky": "leaky ReLU", "he": "He weights", "rate": "a lower rate"}
LEAKY_SLOPE = 0.1  # instead of a slope of 0, with which leaky ReLU is ReLU
SETTLED = 0.4  # seconds that the network stands still before deaths are dated

Unit = tuple[int, int]  # layer and unit, from 1

# Dating deaths retraces parts of the training: its own copy of the run, beside the trainer.
_BESIDE = ThreadPoolExecutor(1, thread_name_prefix="deaths")


def changes_for(config: RunConfig, remedy: str) -> tuple[dict[str, object], str]:
    """The settings that a remedy changes in a run that began so, or {} and why it has no effect.

    Raises ValueError for a name that is none of REMEDIES.
    """
    if remedy not in REMEDIES:
        raise ValueError(f"rerun: {remedy[:40]!r} is not possible; allowed: {', '.join(REMEDIES)}.")
    if remedy == "leaky":
        hidden = tuple((n, "leaky_relu" if f == "relu" else f) for n, f in config.hidden)
        flat = config.leaky_slope == 0 and any(f == "leaky_relu" for _, f in hidden)
        changes: dict[str, object] = {"hidden": hidden} if hidden != config.hidden else {}
        changes |= {"leaky_slope": LEAKY_SLOPE} if flat else {}
        return changes, "" if changes else "No hidden layer is ReLU."
    if remedy == "he":
        if INITIALIZERS[config.initializer].for_relu:
            return {}, "The weights begin as He proposes already."
        return {"initializer": "he_normal"}, ""
    rate = max(config.learning_rate / 10, LIMITS["learning_rate"][0])
    if rate == config.learning_rate:
        return {}, f"The learning rate {rate:g} is the smallest possible."
    return {"learning_rate": rate}, ""


# ------------------------------------------------------------------------ since when


class Autopsy:
    """The epochs of death of the units that are dead now, dated beside the training."""

    def __init__(self) -> None:
        self.found: dict[Unit, tuple[int, str]] = {}  # replaced as a whole, never changed
        self._key: tuple | None = None  # of the epoch to be looked into
        self._at = 0.0  # when its network has stood still for long enough
        self._asked = False

    def of(self, dead: set[Unit]) -> dict[Unit, tuple[int, str]]:
        """What is known of these units: epoch of death and cause."""
        return {unit: row for unit, row in self.found.items() if unit in dead}

    def ask(
        self, session: Session, run: Run, dead: set[Unit], later: Callable[[Callable], None]
    ) -> float | None:
        """Date the deaths of `run`, shown by a session that stands still (trainer's thread).

        The answer is taken over by `later`. Returns when to ask again, None where there is no need.
        """
        key = (id(session.run), run.epoch, len(session.run.changes))
        if key != self._key:
            self._key, self._at, self._asked = key, time.monotonic() + SETTLED, False
            self.found = {}
        if self._asked or not dead:
            return None
        if time.monotonic() < self._at:
            return self._at
        self._asked = True
        copy = session.run.fork(session.run.visit(run.epoch))
        _BESIDE.submit(self._look_into, key, copy, later).add_done_callback(_log_fault)
        return None

    def _look_into(self, key: tuple, run: Run, later: Callable[[Callable], None]) -> None:
        if key != self._key:  # the viewer has gone on
            return
        found = {(death.layer, death.unit): (death.epoch, death.cause) for death in deaths(run)}

        def take() -> None:
            if key == self._key:
                self.found = found

        later(take)


def _log_fault(work: Future) -> None:
    if work.exception():
        _LOG.error("deaths could not be dated", exc_info=work.exception())


# ------------------------------------------------------------------------ what would have been


@dataclass(frozen=True)
class Rerun:
    """A branch from epoch 0 with a remedy, on its way to the epoch where its origin was."""

    branch: Branch
    epoch: int  # to be reached
    words: str
    before: str  # what the origin had there, in words
    origin: str
    sentence: str

    @staticmethod
    def begin(session: Session, remedy: str) -> Rerun | None:
        """Open the branch (trainer's thread); None where the session refuses and says why.

        Raises ValueError, with a sentence for people, where it could not differ.
        """
        run, epoch = session.time.shown, session.time.shown.epoch
        if epoch == 0:
            raise ValueError("A rerun trains to the epoch on screen: train beyond epoch 0 first.")
        if session.goal > session.run.epoch:
            raise ValueError("The network is still on its way to its epoch: wait a moment.")
        changes, why_not = changes_for(session.run.config_at(0), remedy)
        if not changes:
            raise ValueError(why_not)
        origin, before = session.time.current.letter, _measured(run)
        # One turn each: the visit has to be there before its network can be changed.
        session.visit(0)
        session.turn(0.0)
        session.want(**changes)
        session.turn(0.0)
        letter = session.time.current.letter
        if letter == origin:
            session.visit(epoch)
            return None
        session.goal = epoch
        words = REMEDIES[remedy]
        if "learning_rate" in changes:
            words += f" ({changes['learning_rate']:g})"
        sentence = f"Branch {letter} trains to epoch {epoch:,} with {words} …"
        return Rerun(session.time.current, epoch, words, before, origin, sentence)

    def follow(self, session: Session) -> Rerun | None:
        """The same, with its outcome in words once the branch has arrived; None when it is gone."""
        run = self.branch.run
        if self.branch not in session.time.branches:
            return None
        arrived = run.epoch >= self.epoch or run.diverged is not None
        if not self.sentence.endswith("…") or not arrived:
            return self
        if run.diverged is not None:
            after = f"its numbers stopped being finite at epoch {run.diverged:,}"
        else:
            after = f"at epoch {run.epoch:,} it has {_measured(run)}"
        return replace(
            self,
            sentence=f"Branch {self.branch.letter}, with {self.words} from the start: {after}. "
            f"Branch {self.origin} had {self.before} there.{self._still_on(session)}",
        )

    def _still_on(self, session: Session) -> str:
        """What else makes the branch another run than the first, where it came from a later one."""
        first = session.time.branches[0]
        if first.letter == self.origin or first is self.branch:
            return ""
        whole = difference(self.branch.run, first.run.initial_config, first.run.changes)
        return f" All that differs from branch {first.letter}: {whole}."


def _measured(run: Run) -> str:
    """3 of 16 hidden units dead and a test loss of 0.123."""
    data = run.data
    rows = census(run.network, data.X_train, data.y_train, run.loss)
    dead = sum(row.state == "dead" for row in rows)
    return f"{dead} of {len(rows)} hidden units dead and a test loss of {run.measure()[1]:.3g}"
