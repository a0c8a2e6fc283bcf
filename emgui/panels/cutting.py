"""Lines cut to what is in view: an SVG file would show the rest, and a dashed line would be dashed all the way."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from core.data import Array
from emgui.panels.bars import Layer
from emgui.panels.box import PlotBox, Seen


def cut_to_view(box: PlotBox) -> None:
    """Cuts all lines and bars of a plot to its view, for good."""
    seen = box.seen()
    for item in box.childGroup.childItems():
        if isinstance(item, Layer):
            _cut_bars(item, seen)
        elif isinstance(item, pg.PlotCurveItem):
            _cut_line(item, seen)


def cut(x: Array, y: Array, seen: Seen) -> tuple[Array, Array]:
    """A line with points where it leaves the view, and NaN beyond."""
    if len(x) < 2:
        return x, y
    where = [np.arange(len(x), dtype=float)]
    for values, bound in ((x, seen.left), (x, seen.right), (y, seen.bottom), (y, seen.top)):
        with np.errstate(invalid="ignore"):
            at = np.flatnonzero((values[:-1] - bound) * (values[1:] - bound) < 0)
        where.append(at + (bound - values[at]) / (values[at + 1] - values[at]))
    steps = np.sort(np.concatenate(where))
    xs, ys = (np.interp(steps, np.arange(len(x)), values) for values in (x, y))
    return xs, np.where(_is_in(xs, seen.left, seen.right) & _is_in(ys, seen.bottom, seen.top), ys, np.nan)


def _is_in(values: Array, low: float, high: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    margin = 1e-9 * (high - low)
    return np.asarray((values >= low - margin) & (values <= high + margin))


def _cut_line(item: pg.PlotCurveItem, seen: Seen) -> None:
    x, y = item.getData()
    if x is None or len(x) == 0:
        item.setVisible(False)
    elif item.opts["connect"] == "pairs":
        there = _is_in(x, seen.left, seen.right)
        item.setData(x[there], y[there])
    elif item.opts["fillLevel"] is not None:
        item.setData(x, np.clip(y, seen.bottom, seen.top))
    else:
        item.setData(*cut(x, y, seen), connect="finite", skipFiniteCheck=False)


def _cut_bars(layer: Layer, seen: Seen) -> None:
    x0, x1 = (np.clip(layer.opts[name], seen.left, seen.right) for name in ("x0", "x1"))
    y0, y1 = (np.clip(layer.opts[name], seen.bottom, seen.top) for name in ("y0", "y1"))
    there = (x1 > x0) & (y1 > y0)
    layer.setOpts(x0=x0[there], x1=x1[there], y0=y0[there], y1=y1[there])
