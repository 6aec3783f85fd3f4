"""What the views of growing runs have been sent, so that only what is new travels, and not too often."""

from __future__ import annotations

import time

from .runs import Runs

_INTERVAL = 0.05  # s between two updates; more often, nobody could see


class News:
    """Says what to send of runs that grow: mostly what is new, and all whenever there is twice as much as last time.

    Views that have come since the last time thus get all before long, for no more than twice the traffic.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self.all_sent()

    def due(self) -> bool:
        """Tell whether the last update was long enough ago."""
        return time.monotonic() - self._when >= _INTERVAL

    def many(self) -> bool:
        """Tell whether there are twice as many epochs as when all were sent."""
        return self._count() >= 2 * self._whole

    def take(self, label: str) -> dict:
        """Return what a run has gained since the last update, as `Runs.packed_after` does; it counts as sent."""
        self._when = time.monotonic()
        after, self._sent[label] = self._sent[label], self._runs.numbers(label)[-1]
        return self._runs.packed_after(label, after)

    def all_sent(self) -> None:
        """Note that all has been sent."""
        self._when, self._whole = time.monotonic(), self._count()
        self._sent = {label: self._runs.numbers(label)[-1] for label in self._runs.labels}

    def _count(self) -> int:
        return sum(len(self._runs.numbers(label)) for label in self._runs.labels)
