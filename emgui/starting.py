"""Where the next run begins: at a start made by rule, or at parameters from a file, another run or a person's hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from core import em
from core.errors import InputError
from core.families.family import Family
from core.mixture import Mixture
from core.models import MODELS
from core.options import FitOptions, like
from emgui.document import Document, Message
from emgui.matching import kept_constraints
from emgui.run import Run

GIVEN = "given"
"""The start of a run that begins from a mixture: of a file, of another run, or edited."""
OWN_START = "start of its own"
"""What the start of a model that is no mixture is called."""


class Starter:
    """Makes the run that the document's options ask for, and keeps the parameters that were given as a start."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.is_adopting = False
        self._given: Mixture | None = None
        self._label = ""

    def adopt(self, options: FitOptions, given: Mixture | None = None, label: str = "") -> None:
        """Shows options in the form without making a start by them; given: the start that belongs to them."""
        self.keep(given, label)
        with self.adopting():
            self.document.set_options(options)

    @contextmanager
    def adopting(self) -> Iterator[None]:
        """What the document is told within comes with a start, or with none: no start is to be made for it."""
        was, self.is_adopting = self.is_adopting, True
        try:
            yield
        finally:
            self.is_adopting = was

    def keep(self, given: Mixture | None, label: str) -> None:
        """The parameters that the options mean by a given start."""
        self._given, self._label = given, label

    def forget(self) -> None:
        """The given start belonged to other data."""
        self._given = None

    def made(self) -> Run | None:
        """A run by the options, its start not yet made; says why where there can be none."""
        document = self.document
        if document.data is None:
            return None
        if document.options.start == GIVEN and not self._fits():
            # The form shows it: a given start of another model cannot be kept.
            self.adopt(replace(document.options, start=FitOptions().start))
        options = document.options
        try:
            em.check(document.data, options)
        except InputError as error:
            document.say(Message("error", "These data cannot be fitted with this model", str(error)))
            return None
        if document.message is not None and document.message.kind == "error":
            document.say(None)
        if options.start != GIVEN or self._given is None:
            label = OWN_START if options.family in MODELS else start_title(options.start)
            return Run(document.data, options, label)
        return Run(document.data, options, self._label, options.constraints.starting(self._given))

    def _fits(self) -> bool:
        given, options = self._given, self.document.options
        return (
            given is not None
            and given.n_components == options.n_components
            and _kinds(given.family) == _kinds(em.family_of(options))
        )


def _kinds(family: Family) -> tuple[list[str], str, int | None]:
    """What makes two families the same but for the order of the components."""
    return sorted(family.of_components or (family.name,)), family.covariance, family.trials


def given_options(options: FitOptions, given: Mixture) -> FitOptions:
    """The options for a run from a given mixture: a model like its own, held to what still makes sense for it."""
    model = like(given)
    kept = kept_constraints(options.constraints, given.family, given.n_components)
    return replace(options, **model, constraints=kept, start=GIVEN)


def start_title(name: str) -> str:
    """What a person reads for the name of a start."""
    titles: dict[str, str] = FitOptions.__dataclass_fields__["start"].metadata["titles"]
    return titles.get(name, name)
