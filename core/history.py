"""The tape of a run: enough of every iteration to redraw each panel, and to go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.em import KEPT, Iteration, Stretch
from core.mixture import Mixture
from core.stopping import Outcome

SCALARS = ("log_likelihood", "bound_after_m", "bound_after_e", "entropy", "seconds", "n_passes")


@dataclass(frozen=True, eq=False)
class Tape:
    """A whole history as a value, to be written down and taken up again.

    names: what the rows of scalars (s, n) are, of n iterations. parameters (m, p): of every stride-th iteration, each
    as one row, weights first, in the shapes of `pattern`, the start (None where n is 0). noted (q,): further iterations
    of which the parameters are kept, noted_parameters (q, p). kept: mixtures kept at most. last: the whole last
    iteration.
    """

    names: tuple[str, ...]
    scalars: Array
    kept: int
    stride: int
    parameters: Array
    pattern: Mixture | None
    noted: NDArray[np.int64]
    noted_parameters: Array
    notes: Mapping[int, str]
    last: Iteration | None


class History:
    """Append-only record of a run: scalars of every iteration, and the parameters of all up to KEPT, then evenly fewer.

    Iterations are numbered from 0, the start. notes: what is to be said of single iterations; their parameters, which
    follow from no M step, are never thinned away.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._stride = 1
        self._n = 0
        self._scalars = np.empty((len(SCALARS), 64))
        self._parameters = np.empty((0, 0))
        self._family_mixture: Mixture | None = None
        self._noted: dict[int, Mixture] = {}
        self.notes: dict[int, str] = {}
        self._last: Iteration | Stretch | None = None

    def __len__(self) -> int:
        return self._n

    @property
    def last(self) -> Iteration | None:
        """The whole last iteration, from which the run can go on."""
        if isinstance(self._last, Stretch):
            self._last = self._last.iteration(len(self._last) - 1)
        return self._last

    @property
    def outcome(self) -> Outcome | None:
        """How the run ended, or None while it may go on."""
        return None if self.last is None else self.last.outcome

    def append(self, iteration: Iteration, always: bool = False) -> None:
        """Records the next iteration; always: never to be thinned away. Raises ValueError when it is not the next."""
        if iteration.number != self._n:
            raise ValueError(f"iteration {iteration.number} does not follow {self._n - 1}")
        self._grow(1)
        self._scalars[:, self._n] = (
            iteration.log_likelihood,
            iteration.bound_after_m,
            iteration.bound_after_e,
            iteration.state.statistics.entropy,
            iteration.seconds,
            iteration.n_passes,
        )
        if iteration.note:
            self.notes[self._n] = iteration.note
        if iteration.note or always:
            self._noted[self._n] = iteration.mixture
        self._record(iteration.mixture)
        self._n += 1
        self._last = iteration

    def extend(self, stretch: Stretch) -> None:
        """Records the next iterations, made at a stretch."""
        if self._n == 0 or stretch.last.number != self._n - 1:
            raise ValueError(f"iteration {stretch.last.number + 1} does not follow {self._n - 1}")
        n, last, steps = len(stretch), stretch.last, stretch.steps
        self._grow(n)
        place, counted = slice(self._n, self._n + n), np.arange(1.0, n + 1.0)
        self._scalars[:, place] = (
            steps.log_likelihoods,
            steps.bounds_after_m,
            steps.bounds_after_e,
            steps.entropies,
            last.seconds + counted * stretch.seconds,
            last.n_passes + counted,
        )
        numbers = np.arange(self._n, self._n + n)
        while len(kept := numbers[numbers % self._stride == 0]) and kept[-1] // self._stride >= self._kept:
            self._thin()
        if len(kept):
            self._make_room(int(kept[-1]) // self._stride + 1)
            self._parameters[kept // self._stride] = steps.parameters[kept - self._n]
        self._n += n
        self._last = stretch

    def snapshot(self) -> History:
        """The tape as it is now, for reading, while this one grows on another thread.

        The arrays are shared: what is appended comes after the part that the copy sees, and thinning makes new ones.
        """
        still = copy(self)
        still._noted, still.notes = dict(self._noted), dict(self.notes)
        return still

    def tape(self) -> Tape:
        """All of it as it is now; the arrays are shared, see `snapshot`."""
        held = 0 if self._family_mixture is None else -(-self._n // self._stride)
        noted = [_flat(mixture) for mixture in self._noted.values()]
        return Tape(
            SCALARS,
            self._scalars[:, : self._n],
            self._kept,
            self._stride,
            self._parameters[:held],
            self._family_mixture,
            np.array(list(self._noted), dtype=np.int64),
            np.array(noted) if noted else np.empty((0, self._parameters.shape[1])),
            dict(self.notes),
            self.last,
        )

    @classmethod
    def of(cls, tape: Tape) -> History:
        """The history that a tape is of. Raises ValueError where its parts do not fit each other."""
        history, n, pattern = cls(tape.kept), tape.scalars.shape[-1], tape.pattern
        if tape.scalars.shape != (len(tape.names), n) or tape.kept < 1 or tape.stride < 1:
            raise ValueError("the scalars are not those of a tape")
        if (pattern is None) != (n == 0) or (tape.last is None) != (n == 0):
            raise ValueError("a tape has a start and an end, or no iteration")
        if pattern is None or tape.last is None:
            return history
        size = len(_flat(pattern))
        if tape.last.number != n - 1 or not _alike(tape.last.mixture, pattern):
            raise ValueError("the last iteration is not that of the tape")
        if tape.parameters.shape != (-(-n // tape.stride), size) or tape.noted_parameters.shape != (
            *tape.noted.shape,
            size,
        ):
            raise ValueError("the parameters are not those of the iterations")
        if not all(0 <= number < n for number in [*tape.noted.tolist(), *tape.notes]):
            raise ValueError("an iteration that is noted is not on the tape")
        history._n, history._stride, history._family_mixture = n, tape.stride, pattern
        history._scalars = np.full((len(SCALARS), n), np.nan)
        for row, name in enumerate(SCALARS):
            if name in tape.names:
                history._scalars[row] = tape.scalars[tape.names.index(name)]
        history._parameters = tape.parameters
        numbers = tape.noted.tolist()
        history._noted = {
            number: _unflat(pattern, row) for number, row in zip(numbers, tape.noted_parameters, strict=True)
        }
        history.notes = dict(tape.notes)
        history._last = tape.last
        return history

    def scalar(self, name: str) -> Array:
        """One of SCALARS at every iteration, (n,), read-only."""
        view = self._scalars[SCALARS.index(name), : self._n]
        view.flags.writeable = False
        return view

    def parameters(self, number: int, again: Callable[[Mixture, int], Mixture] | None = None) -> Mixture:
        """The mixture of an iteration.

        A thinned one is made again by `again(mixture, steps)` from the kept one before it (see `em.replay`); without
        `again` it raises LookupError, since no other iteration's will do. Raises IndexError outside the tape.
        """
        if not 0 <= number < self._n:
            raise IndexError(f"there is no iteration {number} on this tape")
        if self.last is not None and number == self.last.number:
            return self.last.mixture
        if number == 0 and self._family_mixture is not None:
            return self._family_mixture
        nearest = number - number % self._stride
        noted = max((i for i in self._noted if i <= number), default=-1)
        kept = self._noted[noted] if noted > nearest else self._mixture(nearest // self._stride)
        missing = number - max(noted, nearest)
        if missing and again is None:
            raise LookupError(f"the parameters of iteration {number} were thinned away and must be made again")
        return kept if missing == 0 or again is None else again(kept, missing)

    def is_kept(self, number: int) -> bool:
        """Whether the parameters of an iteration are on the tape, not thinned away."""
        return number % self._stride == 0 or number in self._noted or number == self._n - 1

    def _record(self, mixture: Mixture) -> None:
        if self._family_mixture is None:
            self._family_mixture = mixture
            self._parameters = np.empty((64, len(_flat(mixture))))
        if self._n % self._stride:
            return
        row = self._n // self._stride
        if row == self._kept:
            self._thin()
            if self._n % self._stride:
                return
            row = self._n // self._stride
        self._make_room(row + 1)
        self._parameters[row] = _flat(mixture)

    def _thin(self) -> None:
        """Keeps every second of the kept mixtures.

        In a new array, so that a copy of this tape that another thread reads stays as it was.
        """
        held = self._parameters[: -(-self._n // self._stride) : 2]
        spare = np.empty((max(0, self._kept - len(held)), held.shape[1]))
        self._parameters = np.concatenate([held, spare])
        self._stride *= 2

    def _grow(self, n: int) -> None:
        """Room for the scalars of so many more iterations."""
        short = self._n + n - self._scalars.shape[1]
        if short > 0:
            more = np.empty((len(SCALARS), max(short, self._scalars.shape[1])))
            self._scalars = np.concatenate([self._scalars, more], axis=1)

    def _make_room(self, rows: int) -> None:
        """Room for so many kept mixtures."""
        held = len(self._parameters)
        if rows > held:
            grown = max(rows, min(2 * held, self._kept))
            self._parameters = np.concatenate([self._parameters, np.empty((grown - held, self._parameters.shape[1]))])

    def _mixture(self, row: int) -> Mixture:
        assert self._family_mixture is not None
        return _unflat(self._family_mixture, self._parameters[row])


def _flat(mixture: Mixture) -> Array:
    return np.concatenate([mixture.weights, *(array.ravel() for array in mixture.parameters.values())])


def _unflat(pattern: Mixture, row: Array) -> Mixture:
    arrays = (pattern.weights, *pattern.parameters.values())
    parts = np.split(row, np.cumsum([array.size for array in arrays])[:-1])
    weights, *parameters = (part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True))
    return Mixture(pattern.family, weights, dict(zip(pattern.parameters, parameters, strict=True)), pattern.ids)


def _alike(one: Mixture, other: Mixture) -> bool:
    """Whether two mixtures are of one family, with as many components of the same numbers."""
    return one.family == other.family and one.ids == other.ids and len(_flat(one)) == len(_flat(other))
