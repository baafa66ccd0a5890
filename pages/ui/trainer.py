"""The one thread that trains: sessions that play take turns of about 10 ms.

Several training threads would collapse on the interpreter's lock; turns keep ten sessions
smooth. A session is one viewer's run and what is asked of it; other threads only leave wishes
(the latest wins) and read `config`; the run itself belongs to whoever holds `lock`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from nnlib.changes import Change, can_continue
from nnlib.config import MAX_EPOCHS, RunConfig, explain
from nnlib.data import Table
from nnlib.run import Run
from nnlib.task import with_dataset
from pages.ui import frames
from pages.ui.frames import Sent, View

_LOG = logging.getLogger(__name__)
TURN = 0.010  # seconds of training in one turn
MIN_TURN = 0.003  # ... when many sessions play
PATIENCE = 0.025  # a retrained run is shown when caught up, or after this much training
SETTLED = 0.30  # a paused view gets its hover numbers after this long without a change
STALLED = 2.0  # a client that has not drawn the last frame for this long gets no training
INTRO_EPOCHS = 100  # what a new viewer sees being trained
INTRO_SPEED = 40  # epochs a second
SPEEDS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, float("inf"))  # epochs a second


class Session:
    """One viewer's run: what is wanted of it, how fast, and the next frame.

    Raises DataError or ValueError where the first config does not fit its data.
    """

    def __init__(
        self, config: RunConfig, own: Table | None = None, changes: Sequence[Change] = ()
    ) -> None:
        self.lock = threading.RLock()
        self.run = Run(config, own, changes=changes)
        # What is wanted; the run follows. A link's changes lead from its config to the wanted one.
        self.config = config.replace(**{change.field: change.new for change in changes})
        self.own = own
        self.view = View()
        self.playing = False
        self.speed = float("inf")
        self.stop_at: int | None = None  # an epoch at which play ends by itself
        self.goal = 0  # the epoch to catch up to
        self.problem = ""  # what could not be done, for the person
        self.wake: Callable[[], None] = lambda: None
        self._wishes: deque[Callable[[], None]] = deque()
        self._on_frame: Callable[[bytes], None] | None = None
        self._sent = Sent()
        self._frame_wanted = False
        self._shown: object = None
        self._tried = self.config  # what the run was last asked to be
        self._frame_time = self._fault_time = 0.0
        self._hover_sent = False
        self._retrained_for: float | None = None  # seconds of training since a retrain began
        self._credit, self._credit_time = 0.0, time.monotonic()
        self._batch_seconds = 20e-6

    # --------------------------------------------------- wishes, from any thread

    def want(self, /, **changes: object) -> list[str]:
        """Change settings; the sentences that say what is wrong, if anything is.

        A setting that acts on the running network does so from its next epoch; any other
        retrains from the same base weights up to the epoch where the run is.
        """
        config = self.config
        try:
            if changes.get("dataset", config.dataset) != config.dataset:
                config = with_dataset(config, changes["dataset"])
            self.config = config.replace(**changes)
        except ValidationError as error:
            return explain(error)
        self._wish(self._follow_config)
        return []

    def start(self, config: RunConfig, own: Table | None, epoch: int, *, intro: bool) -> None:
        """Begin anew from a config: shown training to `epoch`, or opened exactly there."""
        self.config, self.own = config, own
        self.playing = intro  # for readers; the wish makes it so

        def begin() -> None:
            self._replace_run(0 if intro else epoch)
            self.playing, self.stop_at = intro, epoch if intro else None
            self._credit_time = time.monotonic()

        self._wish(begin)

    def play(self) -> None:
        """Train on, at `speed`, until paused."""

        def begin() -> None:
            self.playing, self.stop_at = self.run.diverged is None, None
            self._credit, self._credit_time = 0.0, time.monotonic()

        self._wish(begin)

    def pause(self) -> None:
        """Stop at the end of the epoch under way."""
        self._wish(self._pause)

    def step(self) -> None:
        """Train one epoch."""

        def one_epoch() -> None:
            self._pause()
            self.goal = max(self.goal, self.run.epoch) + 1

        self._wish(one_epoch)

    def reset(self) -> None:
        """Back to epoch 0 with the same initial weights, paused."""

        def back() -> None:
            self._replace_run(0)
            self.playing = False

        self._wish(back)

    def set_speed(self, speed: float) -> None:
        """Epochs a second, inf for as fast as it goes."""
        self.speed = speed
        self._wish(lambda: None)

    def set_view(self, view: View) -> None:
        """What the viewer chose; the next frame is drawn for it."""
        self.view = view
        self._wish(lambda: None)

    def attach(self, on_frame: Callable[[bytes], None]) -> None:
        """A socket opened: frames go to `on_frame` (called in the trainer's thread)."""

        def begin() -> None:
            self._on_frame, self._sent, self._shown = on_frame, Sent(), None
            self._frame_wanted = True
            self._credit_time = time.monotonic()

        self._wish(begin)

    def detach(self, on_frame: Callable[[bytes], None]) -> None:
        """That socket closed; play waits until another one opens."""

        def end() -> None:
            if self._on_frame is on_frame:
                self._on_frame, self._frame_wanted = None, False
                self._sent = Sent()  # its grids are megabytes

        self._wish(end)

    def drawn(self) -> None:
        """The client draws the last frame: it can take the next."""
        self._frame_wanted = True
        self.wake()

    def settle(self, seconds: float) -> None:
        """Wait until the wishes so far are granted, at most this long (not in the trainer)."""
        end = time.monotonic() + seconds
        while self._wishes and time.monotonic() < end:
            time.sleep(0.002)

    def complain(self, problem: str) -> None:
        """Show a sentence about something that could not be done."""

        def note() -> None:
            self.problem = problem

        self._wish(note)

    def _wish(self, wish: Callable[[], None]) -> None:
        self._wishes.append(wish)
        self.wake()

    # --------------------------------------------------- the trainer's thread only

    def due(self, now: float) -> float | None:
        """Seconds until there is something to do; None where nothing is."""
        if self._wishes or self._behind():
            return 0.0
        waits = []
        if self._may_play(now):
            waits.append(self._credit_wait(now))
        if self._frame_wanted:
            if self._shown != self._state():
                return 0.0
            if not self._hover_sent and not self.playing:
                waits.append(max(0.0, self._frame_time + SETTLED - now))
        return min(waits, default=None)

    def turn(self, seconds: float) -> None:
        """Grant the wishes, train for about `seconds`, and send a frame if one is wanted."""
        with self.lock:
            while self._wishes:
                try:
                    self._wishes.popleft()()
                except ValueError as error:  # DataError too: the sentence says what does not fit
                    self.problem = str(error)
                    if self.config is self._tried:  # nothing newer is wanted
                        self.config, self.own = self.run.config, self.run.own
            now = time.monotonic()
            if self._behind():
                self._train(None, seconds, until=self.goal)
                self._credit_time = time.monotonic()
            elif self._may_play(now):
                self._play_on(now, seconds)
            self._check()
            if self._frame_wanted:
                self._send_frame()

    def give_up(self) -> None:
        """Stand still after an unforeseen fault; the viewer can go on from here."""
        self.playing, self.stop_at, self.goal = False, None, self.run.epoch
        self.problem = "Something went wrong while training; press Reset or change a setting."
        now = time.monotonic()
        if now - self._fault_time < 1.0:  # drawing is what fails: no more frames
            self._frame_wanted = False
        self._fault_time = now

    def _behind(self) -> bool:
        return self.goal > self.run.epoch and self.run.diverged is None

    def _may_play(self, now: float) -> bool:
        stalled = not self._frame_wanted and now - self._frame_time > STALLED
        return self.playing and self._on_frame is not None and not stalled

    def _current_speed(self) -> float:
        return self.speed if self.stop_at is None else self.stop_at / INTRO_EPOCHS * INTRO_SPEED

    def _credit_wait(self, now: float) -> float:
        speed = self._current_speed()
        if speed == float("inf"):
            return 0.0
        rate = speed * self.run.n_batches
        return max(0.0, (1 - self._credit) / rate - (now - self._credit_time))

    def _play_on(self, now: float, seconds: float) -> None:
        """Train as far as the speed allows, batch by batch, so that slow motion moves too."""
        run, speed = self.run, self._current_speed()
        batches = None
        if speed != float("inf"):
            elapsed = min(now - self._credit_time, 0.1)  # what was missed is not made up for
            self._credit += elapsed * speed * run.n_batches
            batches = int(self._credit)
            self._credit -= batches
        self._credit_time = now
        self._train(batches, seconds, until=MAX_EPOCHS if self.stop_at is None else self.stop_at)
        if self.stop_at is not None and run.epoch >= self.stop_at:
            self._pause()

    def _train(self, batches: int | None, seconds: float, *, until: int) -> None:
        """At most so many batches, for about so long, to the end of epoch `until` at most."""
        run, start = self.run, time.perf_counter()
        spent, done = 0.0, 0
        while spent < seconds and run.epoch < until and run.diverged is None:
            n = max(1, int((seconds - spent) / self._batch_seconds))
            if batches is not None:
                n = min(n, batches - done)
            # A planned change on the way may change how many batches an epoch has.
            stop = min([until, *(change.epoch for change in run.plan[:1])])
            n = min(n, (stop - run.epoch) * run.n_batches - run.batch)
            if n <= 0 or run.epoch >= MAX_EPOCHS:
                break
            run.advance_batches(n)
            done += n
            spent = time.perf_counter() - start
            self._batch_seconds = 0.5 * self._batch_seconds + 0.5 * max(spent / done, 1e-6)
        if self._retrained_for is not None:
            self._retrained_for += spent

    def _pause(self) -> None:
        self.playing, self.stop_at = False, None
        if self.run.batch:
            self.run.advance_batches(self.run.n_batches - self.run.batch)

    def _follow_config(self) -> None:
        """Make the run what `config` says: by a change, or by a new run that catches up."""
        config, run = self.config, self.run
        self._tried = config
        if config == run.config and self.own is run.own and not run.plan:
            return
        self.problem = ""
        if self.own is run.own and can_continue(run.config, config) and not run.plan:
            run.change(**{name: getattr(config, name) for name in different(run.config, config)})
        elif self.own is run.own and config.dataset == run.config.dataset:
            self._retrain(config)
        else:
            self._replace_run(max(self.goal, run.epoch))

    def _retrain(self, config: RunConfig) -> None:
        """Live through the same history again, its changes included, with other settings."""
        goal, changes = max(self.goal, self.run.epoch), [*self.run.changes, *self.run.plan]
        try:
            start = config.replace(**{change.field: change.old for change in reversed(changes)})
            end = start.replace(**{change.field: change.new for change in changes})
            changes += [
                Change(goal, name, getattr(end, name), getattr(config, name))
                for name in different(end, config)
            ]
            self._replace_run(goal, start, changes)
        except ValueError:  # the history does not fit, an earlier loss another output, say
            self._replace_run(goal)

    def _replace_run(
        self, goal: int, config: RunConfig | None = None, changes: Sequence[Change] = ()
    ) -> None:
        """A new run from the base weights; what is on screen stays until it has caught up."""
        self._tried = self.config
        self.run = Run(config or self.config, self.own, changes=changes)
        self.goal = goal
        self._retrained_for = 0.0
        self.problem = ""

    def _check(self) -> None:
        """Nothing is waited for where the run goes no further."""
        if self.run.diverged is None and self.run.epoch < MAX_EPOCHS:
            return
        self.goal = min(self.goal, self.run.epoch)
        self.playing, self.stop_at = False, None
        self._retrained_for = None

    def _state(self) -> tuple:
        run = self.run
        return (
            id(run),
            run.epoch,
            run.batch,
            run.config,
            run.diverged,
            self.view,
            self.playing,
            self.speed,
            self.problem,
        )

    def _send_frame(self) -> None:
        if self._retrained_for is not None:
            if self._behind() and self._retrained_for < PATIENCE:
                return
            self._retrained_for = None if not self._behind() else self._retrained_for
        state, now = self._state(), time.monotonic()
        settled = not self.playing and not self._behind()
        hover = settled and state == self._shown and now - self._frame_time >= SETTLED
        if state == self._shown and (not hover or self._hover_sent):
            return
        status = {
            "playing": self.playing,
            "speed": None if self.speed == float("inf") else self.speed,
            "problem": self.problem,
        }
        config = self.config  # what is wanted: a run that catches up is on its way there
        if self._sent.settings is not config:
            self._sent.settings = config
            status["settings"] = config.model_dump(mode="json")
        frame = frames.build(
            self.run, self.view, self._sent, status, playing=not hover, hover=hover
        )
        self._frame_wanted, self._hover_sent = False, hover
        self._shown, self._frame_time = state, now
        self._on_frame(frame)


def different(old: RunConfig, new: RunConfig) -> list[str]:
    """The names of the settings that differ."""
    return [name for name in RunConfig.model_fields if getattr(old, name) != getattr(new, name)]


class Trainer(threading.Thread):
    """The thread; `add` a session and it takes part until `remove`."""

    def __init__(self) -> None:
        super().__init__(name="trainer", daemon=True)
        self._sessions: list[Session] = []
        self._condition = threading.Condition()
        self._awake = False

    def add(self, session: Session) -> None:
        with self._condition:
            self._sessions = [*self._sessions, session]
        session.wake = self.wake
        self.wake()
        if not self.is_alive():
            self.start()

    def remove(self, session: Session) -> None:
        with self._condition:
            self._sessions = [s for s in self._sessions if s is not session]

    def wake(self) -> None:
        with self._condition:
            self._awake = True
            self._condition.notify()

    def run(self) -> None:
        while True:
            with self._condition:
                self._awake = False
                sessions = self._sessions
            now = time.monotonic()
            waits = [(session.due(now), session) for session in sessions]
            ready = [session for wait, session in waits if wait is not None and wait <= 0]
            share = max(MIN_TURN, min(TURN, 0.05 / max(1, len(ready))))
            for session in ready:
                try:
                    session.turn(share)
                except Exception:  # one session's fault must not stop the others' training
                    _LOG.exception("a session was stopped")
                    session.give_up()
                time.sleep(0)  # let the event loop and the page scripts in
            if not ready:
                timeout = min((wait for wait, _ in waits if wait is not None), default=None)
                with self._condition:
                    if not self._awake:
                        self._condition.wait(timeout)


TRAINER = Trainer()
