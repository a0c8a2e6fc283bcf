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


@dataclass(frozen=True, eq=False)
class Sketch:
    """A sample as a small picture: bar heights and component curves, all from 0 to 1."""

    bars: np.ndarray[Any, np.dtype[np.float64]]
    curves: np.ndarray[Any, np.dtype[np.float64]]


@cache
def sketch_of(sample: Sample) -> Sketch:
    """Bars of the sample and curves of a quick fit to it, made once. Our own files need no careful reader."""
    with sample.path.open(encoding="utf-8", newline="") as file:
        values = [float(row[sample.column]) for row in csv.DictReader(file)]
    data = Data(np.array(values), (sample.column,))
    bars = histogram(data, equal_bins(data, 28))
    result, _ = fit(data, FitOptions(n_components=sample.n_components, max_iterations=100))
    x = np.linspace(bars.edges[0], bars.edges[-1], 80)
    curves = result.mixture.densities(x) * data.n_samples * bars.width
    top = max(float(bars.counts.max()), float(curves.max()))
    return Sketch(bars.counts / top, curves / top)
