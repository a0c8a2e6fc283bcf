"""In which order Tab goes through a window: part by part, and within each as it is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLayout,
    QScrollArea,
    QSplitter,
    QWidget,
)


def put_in_order(parts: Iterable[QWidget]) -> None:
    """Has Tab go through these parts of a window, one after the other."""
    for one, following in pairwise(dict.fromkeys(stop for part in parts for stop in stops(part))):
        QWidget.setTabOrder(one, following)


def stops(widget: QWidget) -> Iterator[QWidget]:
    """Where Tab stops at or within a widget, shown or not, in the order in which they are laid out."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
        yield widget
    for inside in _inside(widget):
        yield from stops(inside)


def _inside(widget: QWidget) -> Iterator[QWidget]:
    if isinstance(widget, QScrollArea):
        content: QWidget | None = widget.widget()
        if content is not None:
            yield content
    elif isinstance(widget, QSplitter):
        for place in range(widget.count()):
            if place:
                yield widget.handle(place)
            part = widget.widget(place)
            if part is not None:
                yield part
    elif not isinstance(widget, (QAbstractScrollArea, QAbstractSpinBox, QComboBox)):
        layout = widget.layout()
        laid_out = list(_widgets(layout)) if layout is not None else []
        yield from laid_out
        beside = (child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow())
        yield from (child for child in beside if child not in laid_out)


def _widgets(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _widgets(inner)
