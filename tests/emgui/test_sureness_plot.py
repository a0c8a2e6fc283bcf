"""The plot beside the table of how sure a fit is."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from emgui.document import Document
from emgui.sheets.sureness_found import Number
from emgui.sheets.sureness_plot import SurenessPlot
from emgui.sheets.sureness_table import Line
from emgui.theme import LIGHT


def test_numbers_at_the_lines_have_the_digits_of_the_table(qtbot: QtBot) -> None:
    plot = SurenessPlot(Document(), LIGHT)
    qtbot.addWidget(plot)
    plot.resize(900, 400)
    plot.show()
    line = Line(Number(1, "mean"), True, ("", ""), 9.7390, (0.4012, None), None, (None, (9.32436, 10.2), None))
    plot.show_replicates(line, np.random.default_rng(0).normal(9.7, 0.4, 200))
    plot.flush()
    assert [words._text for words in plot._words if words.isVisible()] == ["9.74", "9.32", "10.20"]
    plot.close()
