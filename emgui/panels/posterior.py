"""Who a value belongs to: P(component | x), under the responsibilities that are in force."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF

from core.scale import Scale
from emgui.comparing import comparison
from emgui.document import Document
from emgui.grouped import of_all_rows
from emgui.panels.compared_curves import ComparedCurves
from emgui.panels.component_lines import ComponentLines
from emgui.panels.curves import posteriors
from emgui.panels.plot import WIDEST, PlotPanel, cells_of, extent_of, scale_of
from emgui.panels.readout import Guide
from emgui.sharing import Sharing
from emgui.theme import Theme

EMPTY = "Which component a value belongs to is drawn here once there is a start."


class PosteriorPanel(PlotPanel):
    """A line for each component from 0 to 1, over the same x axis as the histogram."""

    NAME = "Posterior"

    def __init__(self, document: Document, theme: Theme, figure: float = 0.0) -> None:
        super().__init__(document, theme, figure)
        document.data_changed.connect(self.reset)
        document.histogram_changed.connect(self.reset)
        for signal in (document.moved, document.selection_changed, document.view_changed):
            signal.connect(self.schedule)
        for signal in (document.runs_changed, document.compared_changed):
            signal.connect(self.schedule)
        document.previewed.connect(self.schedule)
        self.reset()

    def build(self) -> None:
        """Makes the items of this plot."""
        self.left.fixed = (0.0, 0.5, 1.0)
        self.lines = ComponentLines(self, 10.0)
        self.compared = ComparedCurves(self, 15.5)
        self.baseline = self.line(1.0, antialias=False)
        self.guide = Guide(self)
        self.box.clicked.connect(self._select_at)
        self.box.setMouseEnabled(x=True, y=False)
        self.box.setLimits(**WIDEST)

    def style_items(self) -> None:
        """Colours of the theme."""
        self.lines.restyle()
        self.guide.restyle()
        self.compared.restyle()
        self.baseline.setPen(self.pen(self.theme.edge, 1.0))

    def reset(self) -> None:
        """Shows the whole column again."""
        self.box.setXRange(*extent_of(self.document), padding=0)
        self.schedule()

    def _select_at(self, at: QPointF) -> None:
        x, y = at.x(), at.y()
        self.document.select(self.lines.at(x, y) or self.lines.under(x, y))

    def draw(self) -> None:
        """The lines of the moment."""
        document, moment = self.document, self.document.moment
        self.bottom.read(None if document.data is None else scale_of(document))
        height = max(40.0, float(self.box.height()))
        self.box.setYRange(-1.0 / height, 1.0 + 9.0 / height, padding=0)
        if document.data is None or moment is None:
            self.lines.hide()
            self.compared.hide()
            self.baseline.setData([], [])
            has_data = document.data is not None
            self.left.read(None)
            self.set_captions("", f"{document.axis} →" if has_data else "")
            self.hint(EMPTY if has_data else "")
            self.describe("Empty until there is a start.")
            return
        self.left.read(Scale())
        self.hint("")
        sharing = moment.sharing or Sharing(moment.mixture)
        if document.preview is not None:  # follows the hand
            sharing = Sharing(document.preview)
        sharing = replace(sharing, mixture=sharing.mixture.plain)  # along the values, however rows are seen
        remark = f", {sharing.remark}" if sharing.remark else ""
        self.set_captions(
            f"↑ P(component | {document.column}){remark}{of_all_rows(document.data)}", f"{document.axis} →"
        )
        left, right, _, _ = self.box.seen()
        x, shares = posteriors(sharing, scale_of(document), left, right, cells_of(document))
        self.lines.show(sharing.ids, x, shares, document.selected)
        self.baseline.setData([left, right], [0.0, 0.0])
        self.guide.draw()
        found = comparison(document)
        if found is None:
            self.compared.hide()
        else:
            theirs = Sharing(found.mixture)
            self.compared.show(found, *posteriors(theirs, scale_of(document), left, right, cells_of(document)))
        self.describe(f"Posterior of {sharing.n_components} components along {document.column}{remark}.")
