"""Slow motion: one batch, or one example of it, and what it means to every weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.run import Run


@dataclass(frozen=True, eq=False)
class BatchStep:
    """What is shown of one batch: the step that it was, or one example of it before the step.

    A step holds the parameters before it; an example holds the gradient of its own loss (the
    batch's step follows the mean of these).
    """

    run: Run
    place: tuple[int, int]  # epoch and batch at which this is shown
    rows: np.ndarray  # the batch's training points
    values: np.ndarray  # float32, one for each parameter: what it was, or the gradient
    example: int | None = None  # which of the rows; None for the batch's step

    @classmethod
    def step(cls, run: Run) -> BatchStep:
        """The step that the run is about to do."""
        last = run.batch + 1 == run.n_batches
        place = (run.epoch + 1, 0) if last else (run.epoch, run.batch + 1)
        return cls(run, place, run.next_rows(), run.network.parameters.astype(np.float32))

    @classmethod
    def of_example(cls, run: Run, example: int) -> BatchStep:
        """One example (from 0) of the batch that the run is about to step by."""
        rows = run.next_rows()
        row = rows[example : example + 1]
        with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
            _, gradient = run.network.loss_and_gradient(
                run.data.X_train[row], run.data.y_train[row], run.loss
            )
        return cls(run, (run.epoch, run.batch), rows, gradient.astype(np.float32), example)

    def shows(self, run: Run) -> bool:
        """Whether the run still stands there."""
        return self.run is run and self.place == (run.epoch, run.batch)

    def next_example(self) -> BatchStep | None:
        """The batch's next example, or None after its last one."""
        if self.example is None or self.example + 1 >= len(self.rows):
            return None
        return BatchStep.of_example(self.run, self.example + 1)
