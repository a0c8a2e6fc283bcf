"""What the Fit section says of how a run ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from core.io import read_table
from core.options import FitOptions
from core.samples import list_samples
from core.stopping import CAPPED, CONVERGED, Outcome
from emgui.document import Document
from emgui.panels.figures import FiguresPanel, percent, plainly
from emgui.status import StatusBar
from emgui.theme import LIGHT
from emgui.transport import Transport

USUAL = "Converged after 14 iterations: at most 8e-7 of log-likelihood still to be gained"


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[tuple[Document, Transport, FiguresPanel]]:
    """Old Faithful's waits with the figures of the fit."""
    document = Document()
    transport, panel = Transport(document), FiguresPanel(document, LIGHT)
    document.moved.connect(panel.refresh)
    qtbot.addWidget(panel)
    panel.show()
    sample = list_samples()[0]
    document.set_data(read_table(sample.path).data(sample.column), options=FitOptions())
    qtbot.waitUntil(lambda: document.moment is not None, timeout=10_000)
    yield document, transport, panel
    transport.close()


def shown(panel: FiguresPanel) -> dict[str, str]:
    return {name: value.text() for name, (_, value) in panel._lines.items() if value.isVisible()}


def test_a_run_that_converged_says_so_plainly_with_its_missing_information(
    qtbot: QtBot, desk: tuple[Document, Transport, FiguresPanel]
) -> None:
    document, transport, panel = desk
    transport.finish()
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.outcome is not None, timeout=10_000)
    assert panel._words.text() == "Converged: less than 0.000001 of log-likelihood is left to gain."
    run = document.current
    assert run is not None
    bar = StatusBar(document, transport)
    qtbot.addWidget(bar)
    bar.refresh()
    assert bar.sentence.full_text == (
        f"Converged after {run.last_number} iterations: less than 0.000001 of log-likelihood is left to gain."
    )
    # EM's rate on these data: what is left of the distance after an iteration.
    assert shown(panel)["Missing information"] == "66 %"
    assert float(shown(panel)["Left to gain"]) < 1e-6
    transport.back()
    qtbot.waitUntil(lambda: "Missing information" not in shown(panel))


def test_one_that_stopped_at_its_limit_says_what_is_still_to_be_had(
    qtbot: QtBot, desk: tuple[Document, Transport, FiguresPanel]
) -> None:
    document, transport, panel = desk
    document.set_options(replace(document.options, max_iterations=3))
    transport.finish()
    qtbot.waitUntil(lambda: document.moment is not None and document.moment.outcome is not None, timeout=10_000)
    text, left = panel._words.text(), shown(panel)["Left to gain"]
    assert (
        text
        == f"Stopped at the limit of 3 iterations, not converged; about {left} of log-likelihood still to be gained."
    )
    assert "Missing information" not in shown(panel)


@pytest.mark.parametrize(
    ("gain", "bound"), [(8e-7, "0.000001"), (1e-13, "0.000001"), (0.0, "0.000001"), (4.2e-5, "0.0001"), (0.4, "1")]
)
def test_the_bound_is_round_and_true(gain: float, bound: str) -> None:
    told = plainly(f"{USUAL}; components 1 and 2 nearly coincide.", Outcome(CONVERGED, "", gain, None))
    assert (
        told == f"Converged: less than {bound} of log-likelihood is left to gain; components 1 and 2 nearly coincide."
    )
    assert gain <= float(bound)


def test_other_endings_stay_as_they_are() -> None:
    assert plainly(f"{USUAL}.", Outcome(CAPPED, "", 1.0, None)) == f"{USUAL}."
    assert plainly(f"{USUAL}.", Outcome(CONVERGED, "", None, None)) == f"{USUAL}."


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.1328, "13 %"), (0.658, "66 %"), (0.95, "95.0 %"), (0.9996, "99.960 %"), (1.0, "100.00000000 %")],
)
def test_shares_have_the_digits_that_matter(share: float, text: str) -> None:
    assert percent(share) == text
