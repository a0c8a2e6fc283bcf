"""Windows beside the main one, each answering one question about the fit; adding one is a file and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from emgui.document import Document
    from emgui.sheets.sheet import Sheet
    from emgui.theme import Theme


@dataclass(frozen=True)
class Listed:
    """A sheet as the Analyse menu lists it: its entry, what it answers, its class, and its key.

    needs_start: whether there must be parameters to look at; else data are enough. one_column: whether rows must be
    values of one column.
    """

    text: str
    tip: str
    made_by: str
    key: str = ""
    needs_start: bool = True
    one_column: bool = False

    def make(self, document: Document, theme: Theme, parent: QWidget) -> Sheet:
        """The window. Only now its module is imported."""
        module, _, name = self.made_by.rpartition(".")
        made: Sheet = getattr(import_module(f"emgui.sheets.{module}"), name)(document, theme, parent)
        return made


SHEETS: dict[str, Listed] = {
    "compare": Listed(
        "&Compare models…",
        "Numbers of components, families and covariances, each fitted and ranked",
        "compare.CompareSheet",
        "Ctrl+K",
        needs_start=False,
    ),
    "thresholds": Listed(
        "&Thresholds…",
        "Where components part, how sure that is, and what is expected on the wrong side",
        "thresholds.ThresholdsSheet",
        "Ctrl+T",
        one_column=True,
    ),
    "explain": Listed(
        "&Explain…",
        "What the last half-step did, in words and with the numbers of a row",
        "explain.ExplainSheet",
        "Ctrl+I",
        one_column=True,
    ),
    "goodness": Listed(
        "&Goodness of fit…",
        "Rows against the fit: QQ, PP, residuals, tests by simulated sets, how sure memberships are",
        "goodness.GoodnessSheet",
        "Ctrl+J",
    ),
    "sureness": Listed(
        "How &sure…",
        "Standard errors, bias and intervals: by the curvature, by a bootstrap, by profiles",
        "sureness.SurenessSheet",
        "Ctrl+U",
    ),
    "optima": Listed(
        "Map of &optima…",
        "Where many starts end, how often each optimum is reached, and whether the best one is lonely",
        "optima.OptimaSheet",
        needs_start=False,
    ),
    "race": Listed(
        "&Race…",
        "The same start under several variants: how far each is from the maximum, by passes and by seconds",
        "race.RaceSheet",
    ),
}
"""Name → sheet, in the order of the menu."""
