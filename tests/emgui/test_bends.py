"""Lines have no more points than can be seen, and look the same."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication

from core.families.gaussian import Gaussian
from core.mixture import Mixture
from core.scale import Scale
from emgui.panels.bends import bends
from emgui.panels.curves import densities
from emgui.panels.screen_line import ScreenLine

PX = 1 / 300


@pytest.mark.parametrize("sd", [0.003, 0.05, 0.3, 2.0])
def test_no_point_that_was_left_out_is_seen_beside_the_line(sd: float) -> None:
    parameters = {"mean": np.array([0.3, 0.6]), "sd": np.array([sd, 0.2])}
    mixture = Mixture(Gaussian(), np.array([0.4, 0.6]), parameters)
    curves = densities(mixture, Scale(), -1.0, 2.0, -1.0)
    ys = np.vstack([curves.components, curves.mixture])
    needed = bends(curves.x, ys, PX)
    for y, kept in zip(ys, needed, strict=True):
        there = np.isfinite(y)
        line = np.interp(curves.x[there], curves.x[there & kept], y[there & kept])
        assert np.abs(line - y[there]).max() < 0.35 * PX
        assert (there & kept).sum() < 0.8 * there.sum()


def test_ends_steps_and_what_stands_beside_a_gap_stay() -> None:
    x = np.linspace(0.0, 1.0, 200)
    step = np.where(x < 0.5, 0.0, 1.0)
    gap = np.where((x > 0.2) & (x < 0.7), np.nan, 0.0)
    needed = bends(x, np.stack([step, gap]), PX)
    assert needed[:, [0, -1]].all()
    jump = int(np.argmax(np.diff(step)))
    assert needed[0, [jump, jump + 1]].all()
    beside = np.flatnonzero(np.diff(np.isnan(gap).astype(int)))
    assert needed[1, beside].any()
    assert needed[1, beside + 1].any()
    assert np.isfinite(gap[needed[1]]).any()
    assert np.isnan(gap[needed[1]]).any()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_short_lines_are_kept_whole(n: int) -> None:
    x = np.arange(n, dtype=float)
    assert bends(x, np.square(x)[np.newaxis], PX).all()


def test_a_line_on_the_screen_shows_the_points_it_was_given_last(qapp: QApplication) -> None:
    plot = pg.PlotWidget()
    line = ScreenLine(antialias=True)
    plot.addItem(line, ignoreBounds=True)
    plot.setXRange(0.0, 3.0, padding=0)
    plot.setYRange(0.0, 1.0, padding=0)
    for ys in ([0.1, 0.9, 0.2], [0.5, 0.5, 0.6]):
        line.setData(np.array([0.0, 1.0, 2.0]), np.array(ys))
        elements = line.getPath().elementAt(1)
        assert (elements.x, elements.y) == (1.0, ys[1])
        assert line.boundingRect() == line.getViewBox().viewRect()
    line.setData([], [])
    assert line.getPath().elementCount() == 0
    line.setData(np.array([0.0, 1.0]), np.array([0.3, 0.4]))
    assert line.getPath().elementCount() == 2
    plot.setXRange(1.0, 2.0, padding=0)
    plot.grab()
    assert line.boundingRect() == line.getViewBox().viewRect()
    plot.close()
    plot.deleteLater()
