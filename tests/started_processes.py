"""Processes that a test starts, directly or not, and that must have ended with it."""

import psutil


def running():
    """All processes that this one has started, and those that they have."""
    return set(psutil.Process().children(recursive=True))


def started_since(before):
    """Processes that are new, but for those of a process that ran before: a browser starts its own when it likes."""
    new = running() - before
    return {child for child in new if child.is_running() and before.isdisjoint(child.parents())}


def left_since(before):
    """Processes that are new and do not end; on a busy machine dying takes a moment."""
    return psutil.wait_procs(started_since(before), timeout=20)[1]
