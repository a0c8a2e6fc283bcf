"""The panels around the document; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from emgui.document import Document
from emgui.panels.histogram import HistogramPanel
from emgui.panels.posterior import PosteriorPanel
from emgui.panels.results import ResultsPanel
from emgui.panels.setup import SetupPanel
from emgui.panels.timeline import TimelinePanel
from emgui.theme import Theme


@dataclass(frozen=True)
class Panel:
    """A panel: what it is called, where it stands (left, centre or right), what makes it, and if it can be hidden."""

    title: str
    place: str
    make: Callable[[Document, Theme], QWidget]
    can_hide: bool = True


PANELS: dict[str, Panel] = {
    "setup": Panel("Set-up", "left", SetupPanel),
    "histogram": Panel("Histogram", "centre", HistogramPanel, can_hide=False),
    "posterior": Panel("Posterior", "centre", PosteriorPanel),
    "timeline": Panel("Log-likelihood", "centre", TimelinePanel),
    "results": Panel("Results", "right", ResultsPanel),
}
"""Name → panel, in the order in which they stand."""
