"""Compare models, driven: choices, a live table, other criteria, a click that shows a fit, and the test of K + 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.constraints import Constraints
from core.constraints.parsing import parse
from core.io import read_table
from core.selection.likelihood_ratio import LikelihoodRatio
from core.selection.models import Skipped
from core.selection.ranking import Made
from emgui import theme
from emgui.document import Document
from emgui.sheets.compare import CompareSheet
from emgui.sheets.compare_words import outcome_of
from emgui.window import Window

PATIENCE = 60_000


@pytest.fixture
def sheet(qtbot: QtBot, faithful: Path) -> Iterator[CompareSheet]:
    document = Document()
    document.set_table(read_table(faithful), "waiting")
    made = CompareSheet(document, theme.LIGHT)
    made.refresh()
    made.show()
    made.form.most.setValue(3)
    made.form.restarts.setValue(2)
    yield made
    made.close()
    made.end()
    made.deleteLater()


def started(qtbot: QtBot, sheet: CompareSheet) -> None:
    qtbot.mouseClick(sheet.form.start, Qt.MouseButton.LeftButton)
    assert sheet.is_busy
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)


def cells(sheet: CompareSheet, name: str) -> list[str]:
    rows = sheet.table.rows
    return [rows.cell(row, name) for row in range(rows.rowCount())]


def choose(qtbot: QtBot, sheet: CompareSheet, title: str) -> None:
    sheet.criterion.setFocus()
    qtbot.keyClicks(sheet.criterion, title)
    assert sheet.criterion.currentText() == title


def test_every_combination_is_fitted_and_ranked_by_bic(qtbot: QtBot, sheet: CompareSheet) -> None:
    assert "Start" in sheet.plot.accessibleDescription()
    started(qtbot, sheet)
    assert cells(sheet, "model") == [
        "Gaussian tied",
        "Gaussian",
        "Gaussian tied",
        "Gaussian",
        "Gaussian",
        "Gaussian tied",
    ]
    assert cells(sheet, "components") == ["2", "2", "3", "3", "1", "1"]
    assert cells(sheet, "rank") == ["1", "2", "3", "4", "5", ""]
    assert cells(sheet, "bic")[0] == "2090.43"
    assert cells(sheet, "ended")[-1].startswith("not fitted: With one component it is the same model")
    assert "BIC is lowest for Gaussian tied, 2 components." in sheet.words.text()
    assert "best: Gaussian tied, 2 components" in sheet.plot.accessibleDescription()


def test_another_criterion_ranks_the_same_fits_at_once(qtbot: QtBot, sheet: CompareSheet) -> None:
    started(qtbot, sheet)
    fits = {one.made.fit for one in sheet.table.rows.models}
    choose(qtbot, sheet, "AIC")
    assert not sheet.is_busy
    assert {one.made.fit for one in sheet.table.rows.models} == fits
    values = [float(text) for text in cells(sheet, "aic") if text]
    assert values == sorted(values)
    assert sheet.words.text().startswith("AIC is lowest")


def test_cross_validation_is_made_when_it_is_asked_for(qtbot: QtBot, sheet: CompareSheet) -> None:
    assert not sheet.validate.isVisible()
    sheet.form.most.setValue(2)
    started(qtbot, sheet)
    choose(qtbot, sheet, "CV log-likelihood")
    assert sheet.validate.isVisible()
    assert set(cells(sheet, "ended")[:3]) == {"converged"}
    sheet.folds.setValue(3)
    qtbot.mouseClick(sheet.validate, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)
    assert "CV log-likelihood is highest for Gaussian" in sheet.words.text()
    assert "(standard error" in sheet.words.text()
    assert cells(sheet, "difference")[0] == "0.00"
    assert cells(sheet, "components")[2] == "1"


def test_other_folds_are_not_ranked_against_the_old_ones(qtbot: QtBot, sheet: CompareSheet) -> None:
    sheet.form.most.setValue(2)
    started(qtbot, sheet)
    choose(qtbot, sheet, "CV log-likelihood")
    sheet.folds.setValue(3)
    qtbot.mouseClick(sheet.validate, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)
    sheet.folds.setValue(2)
    qtbot.mouseClick(sheet.validate, Qt.MouseButton.LeftButton)
    assert all(one.cross_validation is None for one in sheet._made.values())
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)
    assert "CV log-likelihood is highest for Gaussian" in sheet.words.text()


def test_enter_on_a_row_asks_for_that_fit(qtbot: QtBot, sheet: CompareSheet) -> None:
    started(qtbot, sheet)
    sheet.table.setFocus()
    sheet.table.selectRow(0)
    qtbot.keyClick(sheet.table, Qt.Key.Key_Down)
    with qtbot.waitSignal(sheet.fit_wanted) as caught:
        qtbot.keyClick(sheet.table, Qt.Key.Key_Return)
    assert caught.args is not None
    wanted = caught.args[0]
    assert (wanted.options.n_components, wanted.options.covariance) == (2, "full")
    assert wanted.mixture is sheet.table.rows.models[1].fit.mixture


def test_a_click_on_a_point_asks_for_that_fit(qtbot: QtBot, sheet: CompareSheet) -> None:
    started(qtbot, sheet)
    sheet.plot.flush()
    one = sheet.table.rows.models[3]
    at = sheet.plot.box.mapFromView(QPointF(*sheet.plot._place(one)))
    place = sheet.plot.plot.mapFromScene(sheet.plot.box.mapToScene(at))
    with qtbot.waitSignal(sheet.fit_wanted) as caught:
        qtbot.mouseClick(sheet.plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args is not None
    assert caught.args[0].mixture is one.fit.mixture
    assert sheet.table.currentIndex().row() == 3


def test_the_table_is_copied_with_all_digits(qtbot: QtBot, sheet: CompareSheet) -> None:
    started(qtbot, sheet)
    sheet.table.setFocus()
    qtbot.keyClick(sheet.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["rank", "Model", "K"]
    bic = float(lines[1].split("\t")[lines[0].split("\t").index("BIC")])
    assert bic == sheet.table.rows.models[0].value


def test_cancel_keeps_the_models_that_are_there(qtbot: QtBot, sheet: CompareSheet) -> None:
    sheet.form.most.setValue(6)
    sheet.form.restarts.setValue(300)
    qtbot.mouseClick(sheet.form.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(sheet.table.rows.models), timeout=PATIENCE)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)
    assert 1 <= len(sheet.table.rows.models) < 11
    assert "Cancelled" in sheet.foot_words.text()


def test_the_test_of_one_component_more_grows_and_gives_a_p_value(qtbot: QtBot, sheet: CompareSheet) -> None:
    sheet.form.most.setValue(2)
    sheet.form.covariances["full"].setChecked(False)
    started(qtbot, sheet)
    assert not sheet.test.isEnabled()
    sheet.table.selectRow(sheet.table.rows.rowCount() - 1)
    assert sheet.test.text() == "Test 1 against 2"
    sheet.replicates.setValue(19)
    qtbot.mouseClick(sheet.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)
    assert (
        "likelihood ratio 122.57, p = 0.050 (19 of 19 simulated sets), the smallest p that 19 sets can give."
        in sheet.verdict.text()
    )
    assert "Another component is called for." in sheet.verdict.text()
    sheet.ratios.flush()
    assert "0 of them are at least as large as the 122.57 of the data" in sheet.ratios.accessibleDescription()
    sheet.table.selectRow(0)
    assert sheet.test.text() == "Test 2 against 3"
    assert "p =" not in sheet.verdict.text()


def test_what_cannot_be_tested_is_said(qtbot: QtBot, sheet: CompareSheet) -> None:
    sheet.document.set_options(replace(sheet.document.options, algorithm="hard"))
    sheet.form.most.setValue(1)
    started(qtbot, sheet)
    sheet.table.selectRow(0)
    qtbot.mouseClick(sheet.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not sheet.is_busy, timeout=PATIENCE)
    assert "to which hard does not lead" in sheet.foot_words.text()


def test_families_that_cannot_take_the_values_cannot_be_chosen(sheet: CompareSheet) -> None:
    boxes = sheet.form.families
    assert boxes["poisson"].isEnabled()
    assert not boxes["binomial"].isEnabled()
    table = read_table(Path(__file__).parents[2] / "resources" / "samples" / "galaxies.csv")
    sheet.document.set_table(table, table.columns[0].name)
    assert not boxes["poisson"].isEnabled()
    assert boxes["poisson"].toolTip().startswith("Takes")


def test_nothing_chosen_is_said_in_a_sentence(qtbot: QtBot, sheet: CompareSheet) -> None:
    sheet.form.families["gaussian"].setChecked(False)
    qtbot.mouseClick(sheet.form.start, Qt.MouseButton.LeftButton)
    assert not sheet.is_busy
    assert sheet.foot_words.text() == "Choose at least one family."


def test_constraints_are_kept_where_that_is_ticked(qtbot: QtBot, sheet: CompareSheet) -> None:
    assert not sheet.form.constraints.isVisible()
    held = Constraints((parse("fix", "mean[1]=55"),))
    sheet.document.set_options(replace(sheet.document.options, constraints=held))
    sheet.refresh()
    assert sheet.form.constraints.isVisible()
    sheet.form.most.setValue(2)
    started(qtbot, sheet)
    assert all(one.fit.mixture.parameters["mean"][0] == 55.0 for one in sheet.table.rows.models)


def test_the_ends_of_the_numbers_push_each_other(sheet: CompareSheet) -> None:
    sheet.form.fewest.setValue(5)
    assert sheet.form.most.value() == 5
    sheet.form.most.setValue(2)
    assert sheet.form.fewest.value() == 2


def test_other_data_take_the_models_away(qtbot: QtBot, sheet: CompareSheet, faithful: Path) -> None:
    sheet.form.most.setValue(1)
    started(qtbot, sheet)
    assert sheet.table.rows.rowCount() == 2
    sheet.document.set_table(read_table(faithful), "eruptions")
    assert sheet.table.rows.rowCount() == 0
    assert sheet.words.text() == ""


def test_a_degenerate_fit_is_last_and_says_so(sheet: CompareSheet, faithful: Path) -> None:
    import numpy as np

    from core.data import Data
    from core.selection.models import combinations, fit_each

    values = np.concatenate([np.zeros(50), np.random.default_rng(0).normal(10.0, 1.0, 50)])
    models, _ = combinations([1, 2], ["gaussian"], ["full"])
    sheet.take(list(fit_each(Data(values, ("x",)), models)))
    assert cells(sheet, "components") == ["1", "2"]
    assert cells(sheet, "ended")[1].startswith("degenerate: Component")
    assert cells(sheet, "rank")[1] == ""
    assert sheet.table.rows.is_muted(1)
    sheet.table.selectRow(1)
    assert not sheet.test.isEnabled()


def test_parts_arrive_in_any_order(sheet: CompareSheet) -> None:
    sheet.take([Skipped(3, "gaussian", "full", "Too few rows.")])
    assert cells(sheet, "ended") == ["not fitted: Too few rows."]
    assert sheet.table.current is None
    assert all(not isinstance(one, Made) for one in sheet.table.rows.models)


def test_an_unfinished_test_concludes_nothing() -> None:
    test = LikelihoodRatio(2, "gaussian", "full", 3.0, 4, 0, (1.0, 2.0))
    assert outcome_of(test) == "2 components against 3: likelihood ratio 3.00, p = 0.33 (2 of 4 simulated sets)."
    whole = replace(test, ratios=(1.0, 4.0, 5.0, 6.0))
    assert outcome_of(whole).endswith("Nothing calls for another component.")
    assert outcome_of(replace(test, ratios=(1.0,) * 4)).endswith(
        "p = 0.20 (4 of 4 simulated sets), the smallest p that 4 sets can give. More sets are needed to tell."
    )


def test_the_window_shows_the_chosen_model_and_the_table_marks_it(qtbot: QtBot, faithful: Path) -> None:
    window = Window()
    window.show()
    window.opener.open_path(faithful, column="waiting")
    qtbot.waitUntil(lambda: window.document.moment is not None, timeout=PATIENCE)
    window.open_sheet("compare")
    sheet = window.sheets["compare"]
    assert isinstance(sheet, CompareSheet)
    sheet.form.most.setValue(3)
    sheet.form.restarts.setValue(1)
    started(qtbot, sheet)
    place = sheet.table.visualRect(sheet.table.rows.index(3, 1)).center()
    made = sheet.table.rows.models[3].made
    qtbot.mouseClick(sheet.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: sheet.table.rows.shown == made.place, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not window.document.playing, timeout=PATIENCE)
    current = window.document.current
    assert current is not None
    assert current.options.n_components == made.fit.options.n_components == 3
    assert current.log_likelihood == pytest.approx(made.fit.log_likelihood, abs=1e-5)
    for run in window.document.runs:
        run.saved = True
    window.close()
    window.deleteLater()


def test_what_makes_no_sense_is_one_line_in_the_windows_words(sheet: CompareSheet) -> None:
    reason = "--covariance tied is of Gaussian components; to share a parameter of gamma, tie it."
    sheet.take([Skipped(n, "gamma", "tied", reason) for n in (2, 1, 3)])
    sheet.take([Skipped(2, "binomial", "full", "--floor sd: has no sd.")])
    assert cells(sheet, "components") == ["1–3", "2"]
    assert cells(sheet, "model") == ["Gamma tied", "Binomial"]
    assert cells(sheet, "ended")[0] == "not fitted: tied is for Gaussian components"
    assert "--" not in sheet.table.rows.text()
