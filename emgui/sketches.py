"""The samples as small pictures for the first page: bars, and the curves of a quick fit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core import Data, FitOptions, fit
from core.binning import equal_bins, histogram
from core.samples import Sample
from core.whole_numbers import whole_bins


@dataclass(frozen=True, eq=False)
class Sketch:
    """A sample as a small picture: bar heights and component curves, all from 0 to 1."""

    bars: np.ndarray[Any, np.dtype[np.float64]]
    curves: np.ndarray[Any, np.dtype[np.float64]]


@cache
def sketch_of(sample: Sample) -> Sketch:
    """Bars of the sample and curves of a quick fit to it, made once. Our own files need no careful reader."""
    with sample.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = np.array([float(row[sample.counts]) for row in rows]) if sample.counts is not None else None
    data = Data(np.array([float(row[sample.column]) for row in rows]), (sample.column,), counts=counts)
    options = FitOptions(n_components=sample.n_components, family=sample.family, max_iterations=100)
    result, _ = fit(data, options)
    whole = whole_bins(data) if result.mixture.family.discrete else None
    bars = histogram(data, equal_bins(data, 28) if whole is None else whole)
    x = np.linspace(bars.edges[0], bars.edges[-1], 80)
    if whole is not None:
        x = np.asarray(np.round(x), dtype=np.float64)
    curves = result.mixture.densities(x) * data.n_samples * bars.width
    top = max(float(bars.counts.max()), float(curves.max()))
    return Sketch(bars.counts / top, curves / top)
