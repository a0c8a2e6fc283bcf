"""What the sheet of goodness of fit has looked for on a thread: the rows against one moment, and sets drawn from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.binning import Histogram, has_own_bins
from core.data import Array, Data
from core.errors import InputError
from core.goodness.bootstrap import Replicate, bootstrap_of, refitted_envelope, sets
from core.goodness.classification import Classification, classification
from core.goodness.empirical import Empirical, empirical
from core.goodness.fitted import Fitted
from core.goodness.judgement import Goodness, concluded
from core.goodness.measuring import measured, points_of
from core.goodness.points import Envelope, Points, drawn_envelope
from core.goodness.residuals import Residuals, residuals
from core.mixture import Mixture
from core.options import FitOptions
from emgui.jobs import Report

BETWEEN = 0.5
"""Seconds between two envelopes of refitted sets."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What is looked at: data, parameters as the rows show them, options, and whether it is where a run ended."""

    data: Data
    mixture: Mixture
    options: FitOptions
    is_fit: bool

    def is_like(self, other: Seen | None) -> bool:
        """Whether there is nothing new to look at."""
        return other is not None and self.mixture is other.mixture and self.is_fit == other.is_fit

    def residuals(self, histogram: Histogram | None) -> Residuals | str:
        """The residuals of the bars of the histogram; or why there are none."""
        if histogram is None or self.mixture.family.shared:
            return "The bars of the histogram stand here once they are counted."
        if self.data.form.errors:
            return "Each value has an error of its own, so that bars have no one distribution to be compared with."
        if histogram.hidden is not None or (self.data.form.intervals and not has_own_bins(self.data)):
            return "Bars of rows whose values are not known have no residuals."
        return residuals(Fitted(self.mixture, self.data.form), histogram, self.data.form.intervals)


@dataclass(frozen=True, eq=False)
class Look:
    """What a look at the rows found."""

    goodness: Goodness
    envelope: Envelope | None
    bands: tuple[Array, Array] | None
    why_not: str
    empirical: Empirical | None


@dataclass(frozen=True, eq=False)
class Drawn:
    """What the sets that were drawn so far say."""

    goodness: Goodness
    envelope: Envelope | None
    bands: tuple[Array, Array] | None
    done: int


def looked(seen: Seen, known: Empirical | None, report: Report) -> Iterator[Look | Classification]:
    """Everything about one moment, on a thread."""
    report(0.0)
    data, mixture = seen.data, seen.mixture
    n_parameters = seen.options.constraints.n_parameters(mixture)
    points: Points | None = None
    envelope: Envelope | None = None
    bands: tuple[Array, Array] | None = None
    found, why_not = known, ""
    try:
        found = found or empirical(data)
        report(0.2)
        points = points_of(data, mixture, found)
        if not points.is_censored:
            envelope = drawn_envelope(points, np.random.default_rng(0))
            bands = _bands(mixture, data, envelope)
    except InputError as error:
        why_not = str(error)
    report(0.3)
    measures = measured(data, mixture, n_parameters, found, lambda done: report(0.3 + 0.2 * done))
    good = Goodness(data.columns[0], points, measures)
    if measures.statistics:
        try:
            bootstrap_of(data, mixture, seen.options, np.empty(0), measures)
        except InputError as error:
            good = replace(good, why_no_p=str(error))
    yield Look(good, envelope, bands, why_not, found)
    report(0.5)
    if not mixture.family.shared:
        yield classification(data, mixture, lambda done: report(0.5 + 0.5 * done))


def _bands(mixture: Mixture, data: Data, envelope: Envelope) -> tuple[Array, Array]:
    """The envelope as values, alone and at once."""
    fitted = Fitted(mixture, data.form)
    shares = (envelope.pointwise, envelope.simultaneous)
    return tuple(fitted.quantiles(one.ravel()).reshape(one.shape) for one in shares)  # type: ignore[return-value]


def drawn(seen: Seen, found: Look, wanted: int, report: Report) -> Iterator[Drawn]:
    """What more and more sets say, on a thread that shares them among the cores."""
    points = found.goodness.points
    p = points.p if points is not None else np.empty(0)
    shared = bootstrap_of(seen.data, seen.mixture, seen.options, p, found.goodness.measured)
    made: list[Replicate | None] = []
    envelope: Envelope | None = None
    bands: tuple[Array, Array] | None = None
    told = time.monotonic()
    drawing = sets(shared, wanted, seen.options.seed, lambda: report(len(made) / wanted))
    try:
        for one in drawing:
            made.append(one)
            if time.monotonic() - told > BETWEEN or len(made) == wanted:
                told = time.monotonic()
                envelope = refitted_envelope(made)
                bands = None if envelope is None else _bands(seen.mixture, seen.data, envelope)
            yield Drawn(concluded(found.goodness, made), envelope, bands, len(made))
    finally:
        drawing.close()
