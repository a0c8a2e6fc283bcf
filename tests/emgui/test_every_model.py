"""Every family and every variant in the window: run, stepped by half-steps, scrubbed, branched, held and exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core import Data
from core.algorithms import ALGORITHMS
from core.families import FAMILIES
from core.io import read_table
from core.samples import list_samples
from emgui.document import Document
from emgui.exporting import Exporter
from emgui.matching import changed
from emgui.panels.centre import Centre
from emgui.panels.results import ResultsPanel
from emgui.run import Phase
from emgui.theme import DARK, LIGHT
from emgui.transport import Transport

HORSE_KICKS = np.repeat([0.0, 1.0, 2.0, 3.0, 4.0], [109, 65, 22, 3, 1])
"""Deaths by horse kick, a year and corps each: Bortkiewicz, Das Gesetz der kleinen Zahlen (1898)."""
WHOLE = ("poisson", "binomial")
MIXED = "gaussian+gaussian+uniform"
QUICK = {
    "stochastic": (("average", 5), ("burn_in", 5)),
    "online": (("batch", 40),),
    "annealed": (("cooling", 0.5), ("temperature", 2.0)),
}
"""Options with which a variant is through in a moment."""


class Desk:
    """A document, what plays it, and the panels that show it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.document = Document()
        self.transport = Transport(self.document)
        self.centre = Centre(self.document, LIGHT)
        self.results = ResultsPanel(self.document, LIGHT)
        self.exporter = Exporter(self.document)
        self.exporter.arrangement = lambda: self.centre.arrangement
        for widget, size in ((self.centre, (700, 600)), (self.results, (344, 600))):
            qtbot.addWidget(widget)
            widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            widget.resize(*size)
            widget.show()

    def open(self, family: str, variant: str) -> None:
        """Data for a family, and a start for a variant of EM."""
        if family in WHOLE:
            self.document.set_data(Data(HORSE_KICKS, ("deaths",)))
        else:
            self.document.set_data(read_table(list_samples()[0].path).data("waiting"), "min")
        options = changed(self.document.options, self.document.data, family=family)
        options = changed(options, self.document.data, algorithm=variant, settings=QUICK.get(variant, ()))
        options = changed(options, self.document.data, max_iterations=40)
        self.document.set_options(options)
        self.qtbot.waitUntil(lambda: self.document.moment is not None)

    def half_step(self) -> bool:
        """One half-step on, drawn; whether there was one: a component that loses all its rows ends a run."""
        run, position = self.document.current, self.document.position + 1
        assert run is not None
        self.transport.half_forward()
        self.qtbot.waitUntil(lambda: self.document.position == position or run.is_over, timeout=20_000)
        self.draw()
        return self.document.position == position

    def run(self) -> None:
        """To the end of the run, drawn."""
        self.transport.finish()
        self.qtbot.waitUntil(lambda: not self.document.playing, timeout=60_000)
        self.draw()

    def draw(self) -> None:
        """All plots and tables as they are now."""
        for panel in self.centre.panels.values():
            panel.schedule()
        self.centre.flush()
        self.results.refresh()

    def export(self, kind: str, path: Path) -> None:
        """Writes an export and waits for it."""
        run = self.document.current
        assert run is not None
        with self.qtbot.waitSignal(self.exporter.noted, timeout=20_000):
            self.exporter.write(kind, run, run.last_number, path)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.transport.close()
    made.exporter.close()
    made.centre.close()
    made.results.close()


def walk(desk: Desk, family: str, variant: str, folder: Path) -> None:
    """All that a person does with a run."""
    document, transport = desk.document, desk.transport
    desk.open(family, variant)
    for phase in (Phase.E, Phase.M, Phase.E):
        assert desk.half_step()
        assert document.moment is not None
        assert document.moment.phase is phase
        assert document.moment.entropy is not None
    desk.run()
    first = document.current
    assert first is not None
    assert first.outcome is not None, "the run came to an end"
    assert document.message is None, "and not to a bad one"
    table = desk.results.parameters.rows
    assert table.columnCount() == 2 + len(first.mixture(0).parameters)
    for position in (0, 2, first.last_position // 2, 1):
        transport.go_to(position)
        desk.draw()
        assert document.position == position
    before = first.mixture(0)
    transport.run()
    desk.qtbot.waitUntil(lambda: not document.playing, timeout=60_000)
    second = document.current
    assert second is not None
    assert second is not first
    np.testing.assert_array_equal(second.mixture(0).weights, before.weights)
    assert second.options.family == family
    assert second.options.algorithm == variant
    assert second.options.settings == QUICK.get(variant, ())
    desk.export("result", folder / "fit.json")
    result = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
    assert result["model"]["family"] == family
    assert result["fit"]["algorithm"] == variant
    desk.export("trace", folder / "trace.csv")
    assert len((folder / "trace.csv").read_text().splitlines()) == second.last_number + 2
    desk.export("figure", folder / "figure.svg")


@pytest.mark.parametrize("variant", ALGORITHMS)
def test_a_variant_is_run_stepped_scrubbed_branched_and_exported(desk: Desk, variant: str, tmp_path: Path) -> None:
    walk(desk, "gaussian", variant, tmp_path)


@pytest.mark.parametrize("family", [*(name for name in FAMILIES if name != "gaussian"), MIXED])
def test_a_family_is_run_stepped_scrubbed_branched_and_exported(desk: Desk, family: str, tmp_path: Path) -> None:
    walk(desk, family, "em", tmp_path)


@pytest.mark.parametrize(
    "family",
    [name if name in ("gaussian", "gamma") else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES],
)
def test_every_variant_fits_and_draws_the_family(desk: Desk, family: str) -> None:
    for variant in ALGORITHMS:
        desk.open(family, variant)
        while desk.half_step() and desk.document.position < 3:
            pass
        run = desk.document.current
        assert run is not None
        assert desk.document.message is None or run.is_over
        assert desk.document.moment is not None
        assert np.isfinite(desk.document.moment.log_likelihood)
        desk.centre.restyle(DARK)
        desk.draw()
        desk.transport.release()


@pytest.mark.parametrize("family", [*FAMILIES, MIXED])
def test_a_held_value_stays_and_the_old_run_is_kept(desk: Desk, family: str) -> None:
    document = desk.document
    desk.open(family, "em")
    desk.half_step()
    desk.half_step()
    moment, first = document.moment, document.current
    assert moment is not None
    name = next(name for name, array in moment.mixture.parameters.items() if np.isfinite(array[0]))
    identity, value = moment.mixture.ids[0], float(moment.mixture.parameters[name][0])
    desk.transport.toggle_held(identity, name)
    desk.qtbot.waitUntil(lambda: document.current is not first and document.moment is not None)
    assert [(cell.identity, cell.name) for cell in desk.results.parameters.rows.held()] == [(identity, name)]
    desk.run()
    assert document.runs[0] is first
    second = document.current
    assert second is not None
    for number in range(second.last_number + 1):
        held = second.mixture(number)
        assert held.parameters[name][held.ids.index(identity)] == pytest.approx(value, rel=1e-12)
    assert first is not None
    assert second.n_parameters == first.n_parameters - 1
