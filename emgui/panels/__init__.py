"""The panels around the document; adding one is a file and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from emgui.document import Document
    from emgui.theme import Theme


@dataclass(frozen=True)
class Panel:
    """A panel: what it is called, where it stands (left, centre or right), its class, and if it can be hidden."""

    title: str
    place: str
    made_by: str
    can_hide: bool = True

    def make(self, document: Document, theme: Theme) -> QWidget:
        """The panel. Only now its module is imported: the plots take longer than the rest of the window."""
        module, _, name = self.made_by.rpartition(".")
        made: QWidget = getattr(import_module(f"emgui.panels.{module}"), name)(document, theme)
        return made


PANELS: dict[str, Panel] = {
    "setup": Panel("Set-up", "left", "setup.SetupPanel"),
    "histogram": Panel("Histogram", "centre", "histogram.HistogramPanel", can_hide=False),
    "posterior": Panel("Posterior", "centre", "posterior.PosteriorPanel"),
    "timeline": Panel("Log-likelihood", "centre", "timeline.TimelinePanel"),
    "results": Panel("Results", "right", "results.ResultsPanel"),
}
"""Name → panel, in the order in which they stand."""
