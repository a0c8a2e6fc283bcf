"""Keeps the document's histogram up to date: at once for small data, on a thread of its own for large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from core.binning import Histogram, counted, equal_bins, freedman_diaconis
from core.data import Array, Data, Levels
from core.whole_numbers import whole_bins
from emgui.document import Document
from emgui.jobs import Job, Report

AT_ONCE = 200_000
"""Up to so many rows counting takes no time that a person would notice."""
SAMPLE = 100_000
"""Most rows drawn from the mixture for the sample overlay."""


class Counter(QObject):
    """Counts the rows in bins whenever the data, the bins or the label column change."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._counted: tuple[Any, ...] = ()
        self._sampled: tuple[Any, ...] = ()
        self._jobs: list[Job] = []
        document.data_changed.connect(self._count)
        document.view_changed.connect(self._count)
        document.options_changed.connect(self._count)
        for signal in (document.moved, document.playing_changed, document.view_changed, document.histogram_changed):
            signal.connect(self._draw_sample)
        self._count()

    def close(self, seconds: float = 10.0) -> bool:
        """Ends all counting; whether every thread has ended."""
        for job in self._jobs:
            job.abandon()
        return not [job for job in self._jobs if not job.join(seconds)]

    # ---- counting

    def _count(self) -> None:
        document = self.document
        whole = document.family.discrete
        key = (document.data, document.view.n_bins, document.view.label, whole)
        if key == self._counted:
            return
        self._counted = key
        for job in self._jobs:
            job.abandon()
        self._jobs = [job for job in self._jobs if not job.join(0)]
        if document.data is None:
            return
        work = counting(document.data, document.view.n_bins, document.shown_levels, whole)
        if len(document.data) <= AT_ONCE:
            document.set_histogram(work(_silent))
            return
        job = Job(work, "histogram", self)
        self._jobs.append(job)
        job.finished.connect(document.set_histogram)
        job.start()

    # ---- the sample overlay

    def _draw_sample(self) -> None:
        """Rows drawn from the mixture and counted in the same bins: what the data would look like if it were true."""
        document = self.document
        bins, data, moment = document.histogram, document.data, document.moment
        if not document.view.sample or bins is None or data is None or moment is None:
            self._sampled = ()
            self._show_sample(None)
            return
        key = (bins, moment.mixture)
        if (document.playing and document.fast) or key == self._sampled:
            return
        self._sampled = key
        n = int(min(SAMPLE, max(1.0, data.n_samples)))
        with np.errstate(over="ignore"):
            drawn, _ = moment.mixture.plain.sample(n, np.random.default_rng(document.options.seed))
        if data.form.truncate is not None:
            drawn = drawn[(drawn > data.form.truncate[0]) & (drawn < data.form.truncate[1])]
        counts = _counts_within(drawn, bins) * (data.n_samples / max(1, len(drawn)))
        self._show_sample(Histogram(bins.edges, counts, open_ends=bins.open_ends))

    def _show_sample(self, sample: Histogram | None) -> None:
        if sample is not None or self.document.sample_histogram is not None:
            self.document.sample_histogram = sample
            self.document.histogram_changed.emit()


def counting(data: Data, n_bins: int, levels: Levels | None, whole: bool = False) -> Callable[[Report], Histogram]:
    """The work of counting a column in n_bins bins, 0 for as many as Freedman and Diaconis would take.

    whole: the bins are centred on whole numbers, or hold equally many of them.
    """

    def work(report: Report) -> Histogram:
        report(0.0)
        edges = whole_bins(data, n_bins) if whole else None
        if edges is None:
            edges = equal_bins(data, n_bins) if n_bins > 0 else freedman_diaconis(data)
        report(0.1)
        codes = None if levels is None else levels.codes
        made = counted(data, edges, codes, 0 if levels is None else len(levels.names))
        if data.groups is not None:
            report(0.6)
            made = replace(made, groups=counted(data, edges, data.groups.codes, len(data.groups.names)).levels)
        report(1.0)
        return made

    return work


def _counts_within(values: Array, bins: Histogram) -> Array:
    """How many values fall into each bin, (B,); those beyond an end that is open fall into the last one."""
    at = np.searchsorted(bins.edges, values, side="right") - 1
    n_bins = len(bins.counts)
    at[(at < 0) & bins.open_ends[0]] = 0
    at[(at >= n_bins) & bins.open_ends[1]] = n_bins - 1
    return np.bincount(at[(at >= 0) & (at < n_bins)], minlength=n_bins).astype(np.float64)


def _silent(_: float) -> None:
    pass
