"""The thresholds of a document: what is sorted on a thread is kept only while it is still wanted."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core import Data
from core.thresholds.beside import Beside
from emgui.document import Document
from emgui.parting import Parting


def test_rows_sorted_for_another_kind_of_values_are_not_taken(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document()
    data = Data(np.array([1.0, 2.0, 2.0, 3.0]), ("x",))
    document.set_data(data)
    parting: Parting = document.parting
    monkeypatch.setattr(parting, "_sort", lambda *_: None)  # as if a thread were at it
    assert parting.rows(2.0) is None
    parting._take(data, True, Beside.of(data, True))
    assert parting.rows(2.0) is None
    with qtbot.waitSignal(parting.changed):
        parting._take(data, False, Beside.of(data, False))
    assert parting.rows(2.0) is not None
    document.deleteLater()
