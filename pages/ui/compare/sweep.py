"""One viewer's sweep over a grid, in a thread of its own: no page and no live view waits for it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from weakref import WeakSet

from nnlib.comparing.knobs import with_seed
from nnlib.comparing.sweep import Outcome, SchedulerError, end_processes, sweep
from nnlib.config import RunConfig
from nnlib.data import Table

_LOG = logging.getLogger(__name__)
SCHEDULER = "PLAYGROUND_DASK_SCHEDULER"  # environment variable: a Dask scheduler's address
AT_ONCE = 2  # sweeps in this process; others wait
_SLOTS = threading.BoundedSemaphore(AT_ONCE)
_POLL = 0.2  # seconds between two looks whether a waiting sweep is still wanted
_ALL: WeakSet[Sweep] = WeakSet()


class Sweep:
    """The grid's results as they come: `outcomes[row][column]`, a dict from seed to Outcome.

    `deliver(change)` is called in the sweep's own thread with what is to be done to this object
    (results put in, its state changed), for the owner to do when it likes.
    """

    def __init__(
        self,
        cells: Sequence[Sequence[RunConfig]],
        seeds: int,
        epochs: int,
        own: Table | None,
        deliver: Callable[[Callable[[], None]], None],
    ) -> None:
        self.cells, self.seeds, self.epochs, self.own = cells, seeds, epochs, own
        self.outcomes: list[list[dict[int, Outcome]]] = [[{} for _ in row] for row in cells]
        self.state = "waiting"  # running, resting, done, cancelled, failed
        self.problem = ""
        self.landed = 0  # how many results there are
        self._deliver = deliver
        self._cancelled, self._rests = threading.Event(), threading.Event()
        self._known: set[int] = set()  # places whose results there are
        # Cell by cell: the first cells are complete before the last ones begin.
        self._places = [
            (row, column, seed)
            for row in range(len(cells))
            for column in range(len(cells[row]))
            for seed in range(seeds)
        ]
        _ALL.add(self)
        self._start()

    def _start(self) -> None:
        threading.Thread(target=self._work, name="sweep", daemon=True).start()

    @property
    def total(self) -> int:
        """How many runs there are."""
        return len(self._places)

    @property
    def goes_on(self) -> bool:
        """Whether it waits or runs, and was not told to stop."""
        return self.state in ("waiting", "running") and not self._unwanted()

    def cancel(self) -> None:
        """Stop soon; what there is stays."""
        self._cancelled.set()

    def rest(self) -> None:
        """Stop soon, until `go_on`."""
        if self.goes_on:
            self._rests.set()

    def go_on(self) -> None:
        """Compute what is missing, if it rests."""
        if self.state == "resting":
            self._rests.clear()
            self.state = "waiting"
            self._start()

    def _unwanted(self) -> bool:
        return self._cancelled.is_set() or self._rests.is_set()

    def _stopped(self) -> str:
        return "cancelled" if self._cancelled.is_set() else "resting"

    # ------------------------------------------------------- the sweep's own thread

    def _work(self) -> None:
        while not _SLOTS.acquire(timeout=_POLL):
            if self._unwanted():
                self._end(self._stopped())
                return
        try:
            self._end("running")
            sweep(
                [with_seed(self.cells[row][column], seed) for row, column, seed in self._places],
                self.epochs,
                done=self._done,
                cancelled=self._unwanted,
                known=self._known,
                scheduler=os.environ.get(SCHEDULER) or None,
                data=self.own,
            )
            self._end(self._stopped() if self._unwanted() else "done")
        except (ValueError, SchedulerError) as error:  # they say what is the matter
            self._end("failed", str(error))
        except Exception:
            if self._cancelled.is_set():  # its processes were ended under it
                self._end("cancelled")
                return
            _LOG.exception("a sweep ended early")
            self._end("failed", "The sweep ended early, because something went wrong; try again.")
        finally:
            _SLOTS.release()

    def _done(self, results: Sequence[tuple[int, Outcome]]) -> None:
        def put() -> None:
            for index, outcome in results:
                row, column, seed = self._places[index]
                self.outcomes[row][column][seed] = outcome
            self.landed += len(results)

        self._known.update(index for index, _ in results)
        self._deliver(put)

    def _end(self, state: str, problem: str = "") -> None:
        def change() -> None:
            self.state, self.problem = state, problem

        self._deliver(change)


def end_all() -> None:
    """Stop all sweeps and their processes: the server ends."""
    for each in list(_ALL):
        each.cancel()
    end_processes()
