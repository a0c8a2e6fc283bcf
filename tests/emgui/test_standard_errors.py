"""Standard errors beneath the parameters, where a run has ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.io import read_table
from core.options import FitOptions
from core.samples import list_samples
from emgui.document import Document
from emgui.panels.parameter_cells import TALL
from emgui.panels.results import ResultsPanel
from emgui.scoring import Scorer
from emgui.theme import LIGHT
from emgui.transport import Transport


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[tuple[Document, Transport, ResultsPanel]]:
    """Old Faithful's waits with the panels that show what came out."""
    document = Document()
    transport, results, scorer = Transport(document), ResultsPanel(document, LIGHT), Scorer(document)
    qtbot.addWidget(results)
    results.resize(344, 700)
    results.show()
    sample = list_samples()[0]
    document.set_data(read_table(sample.path).data(sample.column), options=FitOptions())
    qtbot.waitUntil(lambda: document.moment is not None, timeout=10_000)
    yield document, transport, results
    transport.close()
    scorer.close()


def test_they_stand_beneath_the_numbers_at_the_end_of_a_run_and_nowhere_else(
    qtbot: QtBot, desk: tuple[Document, Transport, ResultsPanel]
) -> None:
    document, transport, results = desk
    table = results.parameters
    assert not table.rows.has_errors
    transport.finish()
    qtbot.waitUntil(lambda: table.rows.has_errors, timeout=10_000)
    assert [table.rows.error_text(table.rows.index(0, column)) for column in (1, 2, 3)] == [
        "± 0.031",
        "± 0.70",
        "± 0.54",
    ]
    assert table.rowHeight(0) == TALL
    words = str(table.rows.index(0, 2).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "standard error 0.70, 95 % interval 53.2" in words
    transport.back()
    qtbot.waitUntil(lambda: not table.rows.has_errors, timeout=10_000)
    assert table.rowHeight(0) < TALL
    assert document.moment is not None
