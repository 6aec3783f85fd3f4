"""What the views of growing runs have been sent, so that only what is new travels, and not too often."""

from __future__ import annotations

import time

from .runs import Runs

_INTERVAL = 0.05  # s between two updates; more often, nobody could see
_AHEAD = 4  # updates that may come sooner: an epoch that comes early, before one that takes long, need not wait for it


class News:
    """Says what to send of runs that grow: mostly what is new, and all whenever there is twice as much as last time.

    Views that have come since the last time thus get all before long, for no more than twice the traffic.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._room_from = 0.0  # when every update so far will have had an interval of its own
        self.all_sent()

    def due(self) -> bool:
        """Tell whether there is room for an update: for one in each interval, and a few that come sooner."""
        return time.monotonic() >= self._room_from - _AHEAD * _INTERVAL

    def many(self) -> bool:
        """Tell whether there are twice as many epochs as when all were sent."""
        return self._count() >= 2 * self._whole

    def take(self, label: str) -> dict:
        """Return what a run has gained since the last update, as `Runs.packed_after` does; it counts as sent."""
        self._count_update()
        after, self._sent[label] = self._sent[label], self._runs.numbers(label)[-1]
        return self._runs.packed_after(label, after)

    def all_sent(self) -> None:
        """Note that all has been sent."""
        self._count_update()
        self._whole = self._count()
        self._sent = {label: self._runs.numbers(label)[-1] for label in self._runs.labels}

    def _count_update(self) -> None:
        self._room_from = max(self._room_from, time.monotonic()) + _INTERVAL

    def _count(self) -> int:
        return sum(len(self._runs.numbers(label)) for label in self._runs.labels)
