"""When a reconstruction has diverged, and which of its epochs are good."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from tqdm.auto import tqdm

from .epochs import Epoch
from .phase_retrieval import Sweep

# Loss above that of the start, as a share of all electrons. Adam's first steps move all phases by `step`, those of all
# slices alike, and so raise it by about the square of `step` times slices, however weak the object is: 0.001 by
# default, 0.004 in many batches, 0.06 for ten slices. Later steps undo it. A diverging object is far above at every
# dose: one that explains nothing has 1.2 more than no object without noise, 0.4 at 100 electrons a pattern, 0.12 at 10.
_DOUBTED, _LOST = 0.01, 0.1


def good_epochs(
    sweeps: Iterator[Sweep], judged: Callable[[Epoch], float], count: int, first: Epoch, progress: bool
) -> Iterator[Epoch]:
    """Epochs that have been judged: those in doubt wait for a better one, those that are lost are not given.

    Parameters
    ----------
    sweeps : loss, slices and probe each time that all patterns have been used
    judged : loss of an epoch's object, as a share of all electrons
    count : how many epochs there may be
    first : the start, which is given at once
    progress : show a progress bar

    Warns
    -----
    UserWarning : when an epoch is lost; it names the one that is the result
    """
    start = judged(first)
    with tqdm(desc="reconstruct", total=count, disable=not progress) as bar:
        yield first
        good, waiting = 0, []
        for number in range(1, count + 1):
            loss, slices, probe = next(sweeps)
            epoch = replace(first, number=number, loss=float(loss), slices=slices.copy(), probe=probe.copy())
            worse = np.inf
            if all(np.isfinite(x).all() for x in (loss, slices, probe)):
                # few electrons are explained by noise in an object, better than by none: the way there betrays it
                worse = max(judged(epoch) - start, loss - first.loss)
            if not worse <= _LOST:
                _warn_of_divergence(number, good, worse)
                return
            bar.set_postfix(loss=f"{loss:.3g}", refresh=False)
            bar.update()
            waiting.append(epoch)
            if worse <= _DOUBTED or number == count:
                yield from waiting
                good, waiting = number, []


def _warn_of_divergence(number: int, good: int, worse: float) -> None:
    reason = f"explains the patterns worse than no object, by {worse:.3g} of their electrons"
    warnings.warn(
        f"the reconstruction diverged in epoch {number}, which {reason if np.isfinite(worse) else 'holds no number'}; "
        f"the result is epoch {good}{'' if good else ', the start'}. Try a smaller step",
        stacklevel=3,
    )
