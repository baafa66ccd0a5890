"""What is wanted of a session's network: any thread may change it, the trainer's follows."""

from __future__ import annotations

import threading
from typing import Any

from pydantic import ValidationError

from nnlib.config import RunConfig, explain
from nnlib.data import Table
from nnlib.task import with_dataset


class Wanted:
    """The wanted settings and data, which belong together; what the run was last asked to be."""

    def __init__(self, config: RunConfig, own: Table | None) -> None:
        self._lock = threading.Lock()  # held where it is changed
        self.config, self.own = config, own
        self._tried = config

    def change(self, **changes: Any) -> list[str]:
        """Change settings; the sentences that say what is wrong, if anything is."""
        with self._lock:
            config = self.config
            try:
                if changes.get("dataset", config.dataset) != config.dataset:
                    config = with_dataset(config, changes["dataset"])
                self.config = config.replace(**changes)
            except ValidationError as error:
                return explain(error)
        return []

    def put(self, config: RunConfig, own: Table | None) -> None:
        """Want exactly this."""
        with self._lock:
            self.config, self.own = config, own

    def take(self) -> tuple[RunConfig, Table | None]:
        """What is wanted now; the run is about to become it."""
        with self._lock:
            self._tried = self.config
            return self.config, self.own

    def tried(self, config: RunConfig) -> None:
        """The run has become this."""
        with self._lock:
            self._tried = config

    def show(self, config: RunConfig, own: Table | None, *, always: bool) -> None:
        """Want what the run has, unless something newer is wanted (or `always`)."""
        with self._lock:
            if self.config is not self._tried and not always:
                return
            if config != self.config:
                self.config = config
            self.own, self._tried = own, self.config
