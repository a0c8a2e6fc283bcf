"""Components added, removed, split and merged by hand: each makes a new start, from which Run makes a new run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from core import em
from core.constraints import Constraints
from core.constraints.constraint import Constraint, Fix, Tie
from core.errors import InputError
from core.mixture import Mixture
from core.options import MOST_COMPONENTS, FitOptions, like
from core.steering import added, merged, most_missing, partners, removed, renumbered, split, width_about
from emgui.document import Document, Message
from emgui.matching import kept_constraints
from emgui.starting import GIVEN
from emgui.transport import Transport


class Steering(QObject):
    """Changes the components under the cursor. `noted`: what became of constraints that named one of them."""

    noted = Signal(str)

    def __init__(self, document: Document, transport: Transport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.transport = document, transport

    # ---- what can be done now

    @property
    def can_add(self) -> bool:
        """Whether there is a start of a single column to which a component can be added."""
        mixture = self._mixture
        return mixture is not None and mixture.n_components < MOST_COMPONENTS and self.document.histogram is not None

    @property
    def can_remove(self) -> bool:
        """Whether the selected component can go: not the only one, nor one that a label stands for."""
        return self._selected is not None and not self._is_labelled(self.document.selected)

    @property
    def can_split(self) -> bool:
        """Whether the selected component can be halved."""
        return self.can_add and self.document.selected > 0

    @property
    def partners(self) -> tuple[int, ...]:
        """The components that the selected one can take in, the nearest first."""
        mixture = self._selected
        if mixture is None:
            return ()
        return tuple(one for one in partners(mixture, self.document.selected) if not self._is_labelled(one))

    @property
    def _mixture(self) -> Mixture | None:
        """The population under the cursor, where it is one of a single column."""
        moment = self.document.moment
        if moment is None or moment.mixture.family.n_features > 1 or moment.mixture.family.shared:
            return None
        return moment.mixture

    @property
    def _selected(self) -> Mixture | None:
        """The same, where one of several components is selected."""
        mixture = self._mixture
        several = mixture is not None and self.document.selected in mixture.ids and mixture.n_components > 1
        return mixture if several else None

    def _is_labelled(self, identity: int) -> bool:
        data = self.document.data
        return data is not None and identity <= len(data.form.labels)

    # ---- what a hand asks for

    def add(self, at: float | None = None) -> None:
        """One more component about a place of the column, by default where most rows are missing from the mixture."""
        mixture, histogram = self._mixture, self.document.histogram
        if mixture is None or histogram is None or not self.can_add:
            return
        if at is None:
            at = most_missing(mixture, histogram.edges, histogram.counts)
        width = width_about(histogram.edges, histogram.counts, at, 1.0 / (mixture.n_components + 1))
        place = at
        self._begin("add component", lambda: added(mixture, place, width))

    def remove(self) -> None:
        """Takes the selected component away."""
        mixture, one = self._selected, self.document.selected
        if mixture is not None and self.can_remove:
            self._begin(f"remove component {one}", lambda: removed(mixture, one), gone=one)

    def split(self) -> None:
        """Makes two of the selected component."""
        mixture, one = self._mixture, self.document.selected
        if mixture is not None and self.can_split:
            self._begin(f"split component {one}", lambda: split(mixture, one), altered=one, select=one)

    def merge(self, other: int | None = None) -> None:
        """Makes one of the selected component and another, by default the nearest."""
        mixture, one, able = self._selected, self.document.selected, self.partners
        if mixture is None or not able or other not in (None, *able):
            return
        with_one = able[0] if other is None else other
        self._begin(
            f"merge components {one} and {with_one}",
            lambda: merged(mixture, one, with_one),
            gone=with_one,
            altered=one,
            select=one,
        )

    def _begin(
        self, change: str, make: Callable[[], Mixture], gone: int = 0, altered: int = 0, select: int | None = None
    ) -> None:
        """A new start; the component to be selected is by default the one that is new."""
        document, before = self.document, self._mixture
        assert before is not None
        assert document.data is not None
        try:
            mixture = make()
            options, mixture, lost = carried(document.options, mixture, gone, altered)
            em.check(document.data, options)
        except InputError as error:
            document.say(Message("error", "That cannot be done with these components", str(error)))
            return
        new = [one for one in mixture.ids if one not in before.ids]
        document.select_once_there(select if select is not None else new[0] if new else 0)
        self.transport.begin_from(mixture, change, options)
        if lost:
            named = "; ".join(f"{one.kind} {one.text}" for one in lost)
            self.noted.emit(f"No longer held, since the components are others: {named}.")


def carried(
    options: FitOptions, mixture: Mixture, gone: int, altered: int
) -> tuple[FitOptions, Mixture, tuple[Constraint, ...]]:
    """The options for a mixture that was made by hand, the mixture as they number it, and the constraints that went.

    gone and altered: numbers of the component that is no more, and of the one whose values are others; 0 for none.
    Numbers in constraints go from 1 to K, so with such the components are numbered anew, in the order they had.
    """
    pairs = [(item, _without(item, gone, altered)) for item in options.constraints.items]
    if any(one is not None and one.components for _, one in pairs):
        places = {identity: place for place, identity in enumerate(sorted(mixture.ids), start=1)}
        mixture = renumbered(mixture)
        pairs = [
            (item, one and replace(one, components=tuple(places[i] for i in one.components))) for item, one in pairs
        ]
    plain = replace(options, **like(mixture), constraints=Constraints(), restarts=1, start=GIVEN)
    left = Constraints(tuple(one for _, one in pairs if one is not None))
    kept = kept_constraints(left, em.family_of(plain), plain.n_components)
    lost = tuple(item for item, one in pairs if one is None or one not in kept.items)
    return replace(plain, constraints=kept), mixture, lost


def _without(constraint: Constraint, gone: int, altered: int) -> Constraint | None:
    """A constraint without a component that is no more; None where nothing is left of it.

    A value that is another now is not held at the old one.
    """
    if not constraint.components:
        return constraint
    unheld = (gone, altered) if isinstance(constraint, Fix) else (gone,)
    left = tuple(one for one in constraint.components if one not in unheld)
    if not left or (isinstance(constraint, Tie) and len(left) < 2):
        return None
    return replace(constraint, components=left)
