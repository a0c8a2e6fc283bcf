"""What the window says when a run ends otherwise than well."""

from __future__ import annotations

import logging

from core.errors import InputError
from core.stopping import DEGENERATE
from emgui.document import Message
from emgui.run import Run

log = logging.getLogger(__name__)


def message_of(run: Run) -> Message | None:
    """The message for a collapsed run, with what can be done; None for one that ended well."""
    if run.outcome is None or run.outcome.status != DEGENERATE:
        return None
    fault, _, remedy = run.outcome.message.partition(". ")
    where = f"{run.name} stopped at iteration {run.last_number}" if run.last_number else "This start cannot be run"
    remedies = (("tie", "Tie the sds"), ("new_seed", "Start with another seed"))
    return Message("warning", f"{where}: {fault[0].lower()}{fault[1:]}", remedy, remedies)


def message_of_fault(error: Exception) -> Message:
    """The message for a fit that could not be made; a fault of ours goes to the log."""
    if isinstance(error, InputError):
        return Message("error", "The fit could not be made", str(error))
    if isinstance(error, MemoryError):
        return Message("error", "There is not enough memory for this fit", "Close other programs, or fit fewer rows.")
    log.error("a fit failed", exc_info=error)
    text = "This is a fault of emgui. What was recorded is as it was; the log has the details."
    return Message("error", "Something went wrong in the fit", text, (("log", "Show log"),))
