"""Forms made from dataclasses: every option has its row, and an edit gives a new dataclass."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.options import FitOptions
from emgui.forms import Form


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    """The form of the fit's options."""
    made = Form(FitOptions())
    qtbot.addWidget(made)
    return made


def test_every_option_has_an_editor_with_a_name_and_a_tool_tip(form: Form) -> None:
    for item in (item for item in fields(FitOptions) if "section" in item.metadata):
        editor = form.editor(item.name)
        assert editor.accessibleName()
        assert editor.toolTip()


def test_an_edit_gives_a_new_dataclass_and_leaves_the_old(qtbot: QtBot, form: Form) -> None:
    before = form.value
    editor = form.editor("n_components")
    assert isinstance(editor, QSpinBox)
    with qtbot.waitSignal(form.edited) as caught:
        editor.setValue(4)
    assert caught.args is not None
    assert caught.args[0].n_components == 4
    assert before.n_components == 2


def test_showing_a_value_emits_nothing(qtbot: QtBot, form: Form) -> None:
    with qtbot.assertNotEmitted(form.edited):
        form.show_value(FitOptions(n_components=5, covariance="tied", tolerance=1e-3))
    covariance, tolerance = form.editor("covariance"), form.editor("tolerance")
    assert isinstance(covariance, QComboBox)
    assert isinstance(tolerance, QLineEdit)
    assert covariance.currentData() == "tied"
    assert tolerance.text() == "0.001"


def test_a_value_out_of_range_is_refused_in_words_and_taken_back(qtbot: QtBot, form: Form) -> None:
    editor = form.editor("tolerance")
    assert isinstance(editor, QLineEdit)
    editor.setText("-1")
    with qtbot.waitSignal(form.refused) as caught:
        editor.editingFinished.emit()
    assert caught.args is not None
    assert caught.args[0] == "Tolerance must be 0 or a positive number; -1.0 is not."
    assert form.value.tolerance == 1e-6
    assert editor.text() == "1e−6"
