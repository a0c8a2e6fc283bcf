"""What the window says when a run ends otherwise than well."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from core.constraints.constraint import Floor
from core.errors import InputError
from core.families.family import spoken
from core.stopping import DEGENERATE
from emgui.document import Message
from emgui.holding import spread_name
from emgui.matching import shares_variance
from emgui.run import Run

log = logging.getLogger(__name__)


def message_of(run: Run) -> Message | None:
    """The message for a collapsed run, with what can be done; None for one that ended well."""
    if run.outcome is None or run.outcome.status != DEGENERATE:
        return None
    fault, _, remedy = run.outcome.message.partition(". ")
    where = f"{run.name} stopped at iteration {run.last_number}" if run.last_number else "This start cannot be run"
    return Message("warning", f"{where}: {fault[0].lower()}{fault[1:]}", remedy, tuple(_remedies(run)))


def _remedies(run: Run) -> Iterator[tuple[str, str]]:
    """What can be done by a button."""
    name = spread_name(run.mixture(0).family)
    if shares_variance(run.options.family) and run.options.covariance != "tied":
        yield "tie", "Tie the sds"
    if name is not None and not any(isinstance(one, Floor) for one in run.options.constraints.items):
        yield "floor", f"Add a floor under the {spoken(name)}"
    yield "new_seed", "Start with another seed"


def message_of_fault(error: Exception) -> Message:
    """The message for a fit that could not be made; a fault of ours goes to the log."""
    if isinstance(error, InputError):
        return Message("error", "The fit could not be made", str(error))
    if isinstance(error, MemoryError):
        return Message("error", "There is not enough memory for this fit", "Close other programs, or fit fewer rows.")
    log.error("a fit failed", exc_info=error)
    text = "This is a fault of emgui. What was recorded is as it was; the log has the details."
    return Message("error", "Something went wrong in the fit", text, (("log", "Show log"),))
