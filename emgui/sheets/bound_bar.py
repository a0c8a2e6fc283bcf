"""The bar of the lower bound: what the M step lifted, what the E step closed, and how far the log-likelihood is."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core import formatting
from core.explaining.amounts import amount
from core.explaining.half_step import E, HalfStep, Heights, M
from emgui import theme as look
from emgui.theme import Theme

BAR, CAPTIONS, LEAST = 20.0, 40.0, 3.0
"""Height of the bar and of the numbers under it, and the least width of a part that is not nothing, in px."""
GROUND = 0.3
"""Share of the bar that stands for the lower bound before: where that begins would be far outside."""


class Part(NamedTuple):
    """A stretch of the bar from one height to another; open: not reached yet; is_now: what this half-step did."""

    low: float
    high: float
    open: bool
    is_now: bool


class BoundBar(QWidget):
    """Draws the heights of a half-step."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._heights: Heights | None = None
        self._phase = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Lower bound and log-likelihood")

    def restyle(self, theme: Theme) -> None:
        """Takes on a theme."""
        self.theme = theme
        self.update()

    def show_step(self, step: HalfStep | None) -> None:
        """Shows a half-step; None for nothing."""
        self._heights, self._phase = (step.heights, step.phase) if step is not None else (None, "")
        self.setAccessibleDescription("; ".join(f"{name}: {value}" for name, value in self.told))
        self.setVisible(step is not None)
        self.update()

    @property
    def told(self) -> list[tuple[str, str]]:
        """The numbers under the bar, with what they are."""
        heights, found = self._heights, []
        if heights is None:
            return []
        before, after_m, after_e, log_likelihood, _ = heights
        if isfinite(before):
            found.append(("Lower bound before", formatting.log_likelihood(before)))
        if isfinite(after_m) and isfinite(before):
            found.append(("M step", _signed(after_m - before)))
        if self._phase == E and isfinite(after_e):
            known = [one for one in (after_m, before) if isfinite(one)]
            if known:
                found.append(("E step" if isfinite(after_m) else "This iteration", _signed(after_e - known[0])))
            found.append(("Gap left", _gap(log_likelihood - after_e, log_likelihood)))
        elif self._phase == M and isfinite(after_m):
            found.append(("Gap", _gap(log_likelihood - after_m, log_likelihood)))
        found.append(("Log-likelihood", formatting.log_likelihood(log_likelihood)))
        return found

    @property
    def parts(self) -> list[Part]:
        """The stretches of the bar."""
        if self._heights is None:
            return []
        before, after_m, after_e, top, _ = self._heights
        found, at = [], before
        if isfinite(after_m):
            if isfinite(before):
                found.append(Part(min(before, after_m), max(before, after_m), after_m < before, self._phase == M))
            at = after_m
        if self._phase == E and isfinite(after_e):
            if isfinite(at):
                found.append(Part(min(at, after_e), max(at, after_e), after_e < at, True))
            at = after_e
        if isfinite(at) and top > at:
            found.append(Part(at, top, True, False))
        return [part for part in found if part.high > part.low]

    def sizeHint(self) -> QSize:  # noqa: N802
        """The bar and the numbers under it."""
        return QSize(look.px(320), look.px(BAR) + look.px(CAPTIONS) + look.px(8))

    minimumSizeHint = sizeHint  # noqa: N815

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws bar and numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bar(painter)
        self._paint_told(painter)
        painter.end()

    def _paint_bar(self, painter: QPainter) -> None:
        theme, parts, height = self.theme, self.parts, float(look.px(BAR))
        whole = QRectF(0.5, 0.5, self.width() - 1.0, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.bars))
        if not parts:
            painter.drawRect(whole)
            return
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        begin = whole.left() + GROUND * whole.width()
        painter.drawRect(QRectF(whole.left(), whole.top(), begin - whole.left(), height))
        for part in parts:
            left, right = (
                begin + (one - low) / (high - low) * (whole.right() - begin) for one in (part.low, part.high)
            )
            box = QRectF(left, whole.top(), max(right - left, LEAST), height)
            colour = QColor(theme.accent) if part.is_now else QColor(theme.future)
            painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine) if part.open else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if part.open else colour)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5) if part.open else box)
        painter.setPen(QPen(QColor(theme.ink), 2.0))
        painter.drawLine(whole.topRight(), whole.bottomRight())

    def _paint_told(self, painter: QPainter) -> None:
        theme, told = self.theme, self.told
        if not told:
            return
        top, wide, line = look.px(BAR) + look.px(6), self.width() / len(told), look.px(CAPTIONS) / 2
        for place, (name, value) in enumerate(told):
            align = Qt.AlignmentFlag.AlignRight if place == len(told) - 1 else Qt.AlignmentFlag.AlignLeft
            box = QRectF(place * wide, top, wide, line)
            now = name in ("M step", "E step", "This iteration") and name == (
                self._phase if name != "This iteration" else name
            )
            painter.setFont(look.font(look.CAPTION))
            painter.setPen(QColor(theme.accent if now else theme.ink2))
            painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(look.font(look.TEXT, 600 if now else 400))
            painter.setPen(QColor(theme.accent if now else theme.ink))
            painter.drawText(box.translated(0.0, line), align | Qt.AlignmentFlag.AlignVCenter, value)


def _signed(value: float) -> str:
    return "0" if value == 0.0 else f"{'+' if value > 0.0 else formatting.MINUS}{amount(value)}"


def _gap(value: float, log_likelihood: float) -> str:
    """The gap, 0 where rounding is all there is of it."""
    return "0" if abs(value) <= 1e-9 * max(1.0, abs(log_likelihood)) else amount(value)
