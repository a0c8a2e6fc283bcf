"""Draws pictures of the window in its states, to be looked at: `make screenshots`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from core.constraints.parsing import parse
from core.roles import Roles
from core.samples import THREE_COMPONENTS, list_samples
from core.table import Dialect
from core.thresholds.rules import parsed
from emgui import app
from emgui.dialogs.columns import ColumnPicker
from emgui.dialogs.sources import of_text
from emgui.holding import held_to
from emgui.matching import changed
from emgui.sheets.compare import CompareSheet
from emgui.sheets.goodness import GoodnessSheet
from emgui.sheets.sureness import SurenessSheet
from emgui.window import Window

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIZES = {"": (1280, 800), "-1024": (1024, 700)}
State = Callable[[Window], None]


def pump(window: Window, until: Callable[[], bool], seconds: float = 20.0) -> None:
    """Lets the window work until something is so."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)
    for _ in range(20):
        QApplication.processEvents()
        time.sleep(0.01)


def is_ready(window: Window) -> bool:
    """Whether start and histogram are there."""
    return window.document.moment is not None and window.document.histogram is not None


def sample(window: Window, name: str) -> None:
    """Opens a sample and waits for its start."""
    window.opener.open_sample(next(s for s in list_samples() if s.id == name))
    pump(window, lambda: window.document.table is not None and is_ready(window))


def settled(window: Window) -> None:
    """Waits until nothing runs."""
    pump(window, lambda: not window.document.playing)


def empty(window: Window) -> None:
    """Nothing loaded."""


def start(window: Window) -> None:
    """Data loaded, the start drawn."""
    window.document.set_options(replace(window.document.options, start="random", seed=4))
    sample(window, "faithful")


def m_step(window: Window) -> None:
    """After the M step of iteration 4: gap open, dotted curves before."""
    start(window)
    window.transport.go_to(8)
    pump(window, lambda: window.document.position == 8)


def e_step(window: Window) -> None:
    """After the E step of iteration 4, at a slow speed."""
    start(window)
    window.transport.go_to(9)
    pump(window, lambda: window.document.position == 9)
    window.toolbar.slider.setValue(1)
    window.transport.run()
    pump(window, lambda: False, 0.1)


def finished(window: Window) -> None:
    """Three runs, the second one shown."""
    start(window)
    window.transport.run()
    settled(window)
    for options in ({"covariance": "tied"}, {"n_components": 3, "covariance": "full", "start": "kmeans"}):
        window.document.set_options(replace(window.document.options, **options))  # type: ignore[arg-type]
        pump(window, lambda: is_ready(window))
        window.transport.run()
        settled(window)
    window.transport.select_run(window.document.runs[0])
    pump(window, lambda: False, 0.3)


def compared(window: Window) -> None:
    """The third run laid over the first."""
    finished(window)
    pump(window, lambda: window.results.parameters.rows.has_errors, 5.0)
    window.document.compare(window.document.runs[2])
    pump(window, lambda: False, 0.3)


def many(window: Window) -> None:
    """Twelve components on drawn data, looking back along the tape."""
    k = 12
    means, weights = tuple(30.0 * i + 20 for i in range(k)), tuple([1 / k] * k)
    recipe = replace(
        THREE_COMPONENTS, weights=weights, means=means, sds=tuple(7.0 + i / 2 for i in range(k)), n_samples=6000
    )
    window.document.set_options(replace(window.document.options, tolerance=1.0))
    window.opener.draw(recipe)
    pump(window, lambda: is_ready(window) and window.document.moment.mixture.n_components == k)  # type: ignore[union-attr]
    window.transport.run()
    settled(window)
    window.transport.go_to(41)


def degenerate(window: Window) -> None:
    """A component that collapsed."""
    from core.families.gaussian import Gaussian
    from core.mixture import Mixture

    sample(window, "faithful")
    import numpy as np

    parameters = {"mean": np.array([55.0, 80.0, 90.2]), "sd": np.array([6.0, 6.0, 0.4])}
    window.transport.set_given(Mixture(Gaussian(), np.array([0.4, 0.55, 0.05]), parameters), "given")
    pump(window, lambda: is_ready(window))
    window.transport.run()
    settled(window)


def error_file(window: Window) -> None:
    """A file that cannot be used."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_text("name\nalice\nbob\n", encoding="utf-8")
        window.opener.open_path(path)
        pump(window, lambda: window.document.message is not None)


def long_names(window: Window) -> None:
    """A long file name, a long column name and a long unit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a-very-long-file-name-of-measurements-2019-to-2026-final-version.csv"
        name = "concentration of the <b>substance</b> in the second sample of the morning & evening"
        path.write_text(f'"{name}"\n' + "\n".join(str(1e6 + (i * 37 % 101) / 7) for i in range(400)), encoding="utf-8")
        window.opener.open_path(path)
        pump(window, lambda: is_ready(window))
        window.document.set_unit("micrograms per litre")
        window.transport.run()
        settled(window)


def labelled(window: Window) -> None:
    """Heights coloured by sex, with a sample from the fit laid over."""
    sample(window, "galton")
    window.transport.run()
    settled(window)
    window.change_view(label="sex", sample=None)
    pump(window, lambda: False, 0.3)


def choose(window: Window, **changes: object) -> None:
    """Makes choices in the form, and waits for the start that comes of them."""
    window.document.set_options(changed(window.document.options, window.document.data, **changes))
    pump(window, lambda: is_ready(window))


def mixed(window: Window) -> None:
    """Two Gaussians on a uniform background, one value held, after an E step."""
    sample(window, "faithful")
    choose(window, family="gaussian+gaussian+uniform")
    window.transport.run()
    settled(window)
    window.transport.toggle_held(1, "mean")
    pump(window, lambda: is_ready(window))
    window.transport.go_to(5)
    pump(window, lambda: window.document.position == 5)
    window.document.select(1)


def counts(window: Window) -> None:
    """Whole numbers: two Poissons, after an M step."""
    sample(window, "deaths")
    window.transport.go_to(8)
    pump(window, lambda: window.document.position == 8)


def variants(window: Window) -> None:
    """Five variants on the same data, by passes over them."""
    sample(window, "galaxies")
    for name in ("em", "incremental", "anderson", "gradient", "squarem"):
        choose(window, algorithm=name)
        window.transport.run()
        settled(window)
    window.change_view(by_passes=True)


def hard(window: Window) -> None:
    """Winner takes all: shares are 0 or 1, and the lower bound does not touch."""
    start(window)
    choose(window, algorithm="hard")
    window.transport.go_to(5)
    pump(window, lambda: window.document.position == 5)


def held(window: Window) -> None:
    """Student's t with all kinds of constraints, and the list of them."""
    sample(window, "faithful")
    choose(window, family="student_t")
    lines = (("tie", "scale"), ("bound", "location[1]=50:60"), ("fix", "degrees_of_freedom[1]=5"))
    options = held_to(window.document.options, tuple(parse(*line) for line in lines))
    window.transport.set_constraints(options)
    pump(window, lambda: is_ready(window))
    window.transport.run()
    settled(window)


def fast(window: Window) -> None:
    """Many rows, a few iterations of EM, and the rest at once."""
    window.document.set_options(replace(window.document.options, n_components=3, start="quantiles"))
    window.opener.draw(replace(THREE_COMPONENTS, n_samples=50_000))
    pump(window, lambda: is_ready(window))
    window.transport.go_to(9)
    pump(window, lambda: window.document.position == 9)
    window.transport.finish()
    settled(window)


def opened(window: Window, text: str, roles: Roles, unit: str, n_components: int = 2) -> None:
    """Opens a text with roles for its columns, and waits for its start."""
    window.document.set_options(replace(window.document.options, n_components=n_components))
    table = of_text(text, "clipboard").read(Dialect(), lambda fraction: None)
    window.opener.take(replace(table, source="measured.csv"), roles, unit)
    pump(window, lambda: is_ready(window))


def drawn(n_samples: int) -> list[tuple[float, str]]:
    """Rows drawn from three components, with the name of the component that each came from."""
    value, component = replace(THREE_COMPONENTS, n_samples=n_samples).generate().columns
    assert value.values is not None
    assert component.levels is not None
    names = [component.levels.names[code] for code in component.levels.codes]
    return list(zip((value.values * 4.0 + 20.0).round(2).tolist(), names, strict=True))


def binned(window: Window) -> None:
    """The bins of a histogram, of two widths and open at both ends."""
    edges = [8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 28.0, 32.0, 36.0]
    values = [value for value, _ in drawn(800)]
    lines = []
    for low, high in zip(["", *edges], [*edges, ""], strict=True):
        count = sum((low == "" or value > float(low)) and (high == "" or value <= float(high)) for value in values)
        lines.append(f"{low},{high},{count}")
    roles = Roles(lower="lower", upper="upper", counts="count")
    opened(window, "lower,upper,count\n" + "\n".join(lines), roles, "cm")
    window.transport.run()
    settled(window)


def censored(window: Window) -> None:
    """Values of which those above an end are only known to be larger."""
    rows = [f"{min(value, 24.0)},{int(value < 24.0)}" for value, _ in drawn(400)]
    opened(window, "time,observed\n" + "\n".join(rows), Roles(("time",), observed="observed"), "h")
    window.transport.run()
    settled(window)


def truncated(window: Window) -> None:
    """Values that could be recorded between two ends only, after an E step."""
    rows = [str(value) for value, _ in drawn(600) if 12.0 < value < 30.0]
    opened(window, "size\n" + "\n".join(rows), Roles(("size",), truncate=(12.0, 30.0)), "mm")
    window.transport.go_to(9)
    pump(window, lambda: window.document.position == 9)


def partly_known(window: Window) -> None:
    """Some rows with a known component, after an E step."""
    rows = [f"{value},{name if i % 6 == 0 else ''}" for i, (value, name) in enumerate(drawn(500))]
    opened(window, "size,kind\n" + "\n".join(rows), Roles(("size",), labels="kind"), "mm", 3)
    window.transport.go_to(9)
    pump(window, lambda: window.document.position == 9)


def grouped(window: Window) -> None:
    """Twelve groups that share their components."""
    rows = [
        f"{value},site {(i * 7 + (name[-1] == '2') * (i % 3)) % 12 + 1}" for i, (value, name) in enumerate(drawn(1500))
    ]
    opened(window, "size,site\n" + "\n".join(rows), Roles(("size",), group="site", share="components"), "mm", 3)
    window.transport.run()
    settled(window)


def grips(window: Window) -> None:
    """A component selected, with its grips; thresholds between the components."""
    sample(window, "faithful")
    window.transport.finish()
    settled(window)
    window.change_view(thresholds=None)
    window.document.select(1)
    pump(window, lambda: window.results.parameters.rows.has_errors, 5.0)


def steered(window: Window) -> None:
    """A component split by hand, the runs named, one of them being renamed."""
    sample(window, "faithful")
    window.transport.finish()
    settled(window)
    window.rename_run(window.document.runs[0], "Two eruptions")
    window.document.select(2)
    window.steering.split()
    pump(window, lambda: window.document.moment is not None)
    window.transport.finish()
    settled(window)
    window.document.select(3)
    window.begin_rename()
    pump(window, lambda: False, 0.3)


def sureness(window: Window) -> None:
    """The sheet that says how sure the fit is, with replicates."""
    sample(window, "faithful")
    window.transport.finish()
    settled(window)
    pump(window, lambda: window.document.sure is not None, 5.0)
    window.open_sheet("sureness")
    sheet = window.sheets["sureness"]
    assert isinstance(sheet, SurenessSheet)
    sheet.count.setValue(400)
    sheet.start()
    pump(window, lambda: not sheet.is_busy, 60.0)
    sheet.table.selectRow(1)
    sheet.start_profile()
    pump(window, lambda: not sheet.is_busy)
    sheet.which.button(0).setChecked(True)
    pump(window, lambda: False, 0.3)


def profile(window: Window) -> None:
    """The same sheet with a profile."""
    sureness(window)
    sheet = window.sheets["sureness"]
    assert isinstance(sheet, SurenessSheet)
    sheet.table.selectRow(2)
    sheet.start_profile()
    pump(window, lambda: not sheet.is_busy)


def bands(window: Window) -> None:
    """A run that has ended, with bands around its curves."""
    sample(window, "faithful")
    window.transport.finish()
    settled(window)
    window.change_view(bands=None)
    pump(window, lambda: window.results.parameters.rows.has_errors, 5.0)


def thresholds(window: Window) -> None:
    """The sheet of thresholds: two kinds, one moved by hand and selected."""
    grips(window)
    window.document.select(0)
    parting = window.document.parting
    parting.choose(parsed("equal") + parsed("error=0.01"))
    parting.move(parting.shown.thresholds[1], 68.5)
    window.open_sheet("thresholds")
    pump(window, lambda: False, 0.5)


def columns(window: Window) -> None:
    """The open dialog: what the columns are for."""
    rows = [f"{i},{value},{1 + i % 4},{name},{i % 5 / 10}" for i, (value, name) in enumerate(drawn(300), 1)]
    window.opener.paste("id,length,count,kind,error\n" + "\n".join(rows))
    pump(window, lambda: window.opener.dialog is not None)
    dialog = window.opener.dialog
    assert isinstance(dialog, ColumnPicker)
    dialog.give("kind", "labels")
    pump(window, lambda: bool(dialog._says.text()))
    pump(window, lambda: False, 0.5)


def compare(window: Window) -> None:
    """The sheet of models: two families, ranked, the second shown, one component more put to the test."""
    sample(window, "faithful")
    window.open_sheet("compare")
    sheet = window.sheets["compare"]
    assert isinstance(sheet, CompareSheet)
    sheet.form.families["gamma"].setChecked(True)
    sheet.form.restarts.setValue(2)
    sheet.start()
    pump(window, lambda: not sheet.is_busy, 60.0)
    sheet.show_model(sheet.table.rows.models[1].made)
    settled(window)
    sheet.replicates.setValue(49)
    sheet.test_more()
    pump(window, lambda: not sheet.is_busy, 60.0)


def compare_empty(window: Window) -> None:
    """The sheet of models before anything was fitted."""
    sample(window, "faithful")
    window.open_sheet("compare")
    pump(window, lambda: False, 0.2)


def goodness(window: Window, n_components: int = 2, picture: int = 0) -> None:
    """The sheet of goodness of fit, with p-values by simulated sets."""
    sample(window, "faithful")
    choose(window, n_components=n_components)
    window.transport.finish()
    settled(window)
    window.open_sheet("goodness")
    sheet = window.sheets["goodness"]
    assert isinstance(sheet, GoodnessSheet)
    pump(window, lambda: sheet.start.isEnabled() and not sheet.is_busy)
    sheet.n_sets.setValue(200)
    sheet.start.click()
    pump(window, lambda: not sheet.is_busy, 60.0)
    sheet.segments.button(picture).click()
    pump(window, lambda: False, 0.2)


def residuals(window: Window) -> None:
    """The same sheet with the residuals of a fit that is no good."""
    goodness(window, 1, 3)


def explained(window: Window) -> None:
    """What the M step of iteration 4 did, with the numbers of a row."""
    m_step(window)
    window.document.pick(173)
    window.document.select(2)
    window.open_sheet("explain")
    pump(window, lambda: window.document.picked is not None)


def read_off(window: Window) -> None:
    """The histogram read between two components, with one component laid underneath."""
    finished(window)
    window.change_view(single=True)
    pump(window, lambda: window.document.single is not None)
    window.centre.histogram.readout.step(0)
    pump(window, lambda: window.centre.histogram.readout.reading is not None)


def optima(window: Window) -> None:
    """The map of the optima of four components."""
    sample(window, "galaxies")
    choose(window, n_components=4)
    window.transport.run()
    settled(window)
    window.open_sheet("optima")
    sheet = window.sheets["optima"]
    sheet.go.click()  # type: ignore[attr-defined]
    pump(window, lambda: not sheet.is_busy, 60.0)
    sheet.table.selectRow(1)  # type: ignore[attr-defined]


def raced(window: Window) -> None:
    """A race of the variants that go to the maximum."""
    sample(window, "galaxies")
    choose(window, n_components=3)
    window.open_sheet("race")
    sheet = window.sheets["race"]
    sheet.go.click()  # type: ignore[attr-defined]
    pump(window, lambda: not sheet.is_busy, 60.0)
    sheet.table.selectRow(1)  # type: ignore[attr-defined]


STATES: dict[str, State] = {
    "compared": compared,
    "optima": optima, "race": raced,
    "explain": explained, "reading": read_off,
    "steered": steered, "goodness": goodness, "residuals": residuals,
    "compare": compare, "compare-empty": compare_empty,
    "thresholds": thresholds,
    "columns": columns, "grips": grips, "bands": bands, "sureness": sureness, "profile": profile,
    "binned": binned, "censored": censored, "truncated": truncated,
    "partly-known": partly_known, "groups": grouped,
    "empty": empty, "start": start, "mstep": m_step, "running": e_step, "finished": finished, "many": many,
    "mixed": mixed, "counts": counts, "variants": variants, "hard": hard, "held": held, "fast": fast,
    "degenerate": degenerate, "error-file": error_file, "long-names": long_names, "labelled": labelled,
}  # fmt: skip


def main(names: list[str]) -> int:
    """Writes docs/screenshots/STATE[-1024]-THEME.png for all states, or those named."""
    application = app.make_application(["emgui"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as settings:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
        for name in names or STATES:
            for theme in ("light", "dark"):
                QSettings().clear()
                QSettings().setValue("appearance", theme)
                window = Window()
                window.show()
                STATES[name](window)
                for suffix, size in SIZES.items():
                    window.resize(*size)
                    pump(window, lambda: False, 0.1)
                    dialog = window.opener.dialog
                    shown = dialog if dialog is not None and dialog.isVisible() else window
                    shown.grab().save(str(FOLDER / f"{name}{suffix}-{theme}.png"))
                for sheet in window.sheets.values():
                    if sheet.isVisible():
                        sheet.grab().save(str(FOLDER / f"{name}-sheet-{theme}.png"))
                for run in window.document.runs:
                    run.saved = True
                window.close()
                window.deleteLater()
                application.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
