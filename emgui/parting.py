"""The thresholds of what is shown, and what a person does to them: drag, put back, add, remove, choose the kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.data import Array, Data
from core.mixture import Mixture
from core.thresholds.beside import Beside
from core.thresholds.placing import Placed, Placing, by_hand, computed
from core.thresholds.rules import AT, Rule, rules_of, text_of
from emgui.jobs import Job, Report

if TYPE_CHECKING:
    from emgui.document import Document

AT_ONCE = 200_000
"""Up to so many rows sorting takes no time that a person would notice."""


@dataclass(frozen=True)
class Held:
    """A threshold under a drag: its rule before and now."""

    before: Rule
    now: Rule


class Parting(QObject):
    """What thresholds a document wants and has. The rules stand in its view, so that sessions keep them.

    `changed`: other thresholds, another one selected, or rows can be counted now. While one is held the document has
    not changed; `let_go` makes it a change that can be undone.
    """

    changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.document = document
        self.selected: Rule | None = None
        self._held: Held | None = None
        self._text, self._rules = "", tuple[Rule, ...]()
        self._of: tuple[Mixture, tuple[Rule, ...], Array | None] | None = None
        self._computed = Placing()
        self._beside: Beside | None = None
        self._beside_of: tuple[Data, bool] | None = None
        self._jobs: list[Job] = []
        document.data_changed.connect(self._forget)
        document.view_changed.connect(self._look)
        document.scored.connect(self.changed)

    def close(self) -> None:
        """Ends the sorting and waits for it."""
        for job in self._jobs:
            job.abandon()
        for job in self._jobs:
            job.join()

    # ---- what there is

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Where thresholds are wanted, whatever is dragged now."""
        text = self.document.view.threshold_rules
        if text != self._text:
            self._text, self._rules = text, rules_of(text)
        return self._rules

    @property
    def is_held(self) -> bool:
        """Whether one is being dragged."""
        return self._held is not None

    def placing(self, mixture: Mixture | None) -> Placing:
        """The thresholds of a mixture by the rules, with the one that is dragged where it is now."""
        data = self.document.data
        if mixture is None or mixture.family.shared or (data is not None and data.n_features > 1):
            return Placing()
        rules = self.rules if self._held is None else _with(self.rules, self._held.before, self._held.now)
        covariance = self._covariance(mixture)
        by_themselves = tuple(rule for rule in rules if not rule.by_hand)
        of = self._of
        if of is None or of[0] is not mixture or of[1] != by_themselves or of[2] is not covariance:
            self._of = mixture, by_themselves, covariance
            self._computed = computed(mixture, by_themselves, covariance)
        return by_hand(mixture, self._computed, rules)

    @property
    def shown(self) -> Placing:
        """The thresholds of the mixture under the cursor."""
        moment = self.document.moment
        return self.placing(None if moment is None else moment.mixture)

    def rows(self, value: float) -> tuple[float, float] | None:
        """How many rows are below a value, and how many are not; None until they are sorted, after which it says so."""
        document = self.document
        if document.data is None or document.data.n_features > 1:
            return None
        moment = document.moment
        wanted = document.data, document.family.discrete if moment is None else moment.mixture.plain.family.discrete
        if self._beside_of is None or self._beside_of[0] is not wanted[0] or self._beside_of[1] != wanted[1]:
            self._beside, self._beside_of = None, wanted
            self._sort(*wanted)
        return None if self._beside is None else self._beside.rows(value)

    # ---- what a person does

    def select(self, rule: Rule | None) -> None:
        """Selects a threshold everywhere, by its `moved` rule; None for none."""
        rule = None if rule is None else _key(rule)
        if rule != self.selected:
            self.selected = rule
            self.changed.emit()

    def is_selected(self, one: Placed) -> bool:
        """Whether a threshold is the selected one."""
        return _key(one.moved) == self.selected

    def hold(self, one: Placed, value: float) -> None:
        """Drags a threshold to a value, between its neighbours."""
        before = self._held.before if self._held is not None else one.rule
        low, high = self.room(one)
        self._held = Held(before, replace(one.moved, number=min(max(value, low), high)))
        self.selected = _key(self._held.now)
        self.changed.emit()

    def let_go(self) -> None:
        """Leaves the dragged threshold where it is now."""
        held, self._held = self._held, None
        if held is not None and held.now != held.before:
            with self.document.changing("move threshold"):
                self._set(_with(self.rules, held.before, held.now))
        self.changed.emit()

    def give_up(self) -> None:
        """Ends a drag as if it had not been."""
        if self._held is not None:
            self._held = None
            self.changed.emit()

    def move(self, one: Placed, value: float) -> None:
        """Puts a threshold to a value, between its neighbours. Several moves of one, one after the other, are one."""
        low, high = self.room(one)
        now = replace(one.moved, number=min(max(value, low), high))
        with self.document.changing("move threshold", f"threshold {_key(now).text if now.kind != AT else AT}"):
            self.selected = _key(now)
            self._set(_with(self.rules, one.rule, now))

    def put_back(self, one: Placed) -> None:
        """Puts a threshold that was moved by hand back to where its rule places it."""
        if one.rule.between is not None:
            with self.document.changing("put threshold back"):
                self._set(tuple(rule for rule in self.rules if rule != one.rule))

    def add(self, value: float) -> None:
        """Adds a threshold at a value of a person's own."""
        rule = Rule(AT, value)
        with self.document.changing("add threshold"):
            self.selected = rule
            self._set((*self.rules, rule))

    def remove(self, one: Placed) -> None:
        """Takes a threshold away that was added by hand."""
        if one.rule.kind == AT:
            with self.document.changing("remove threshold"):
                self._set(tuple(rule for rule in self.rules if rule != one.rule))

    def choose(self, rules: tuple[Rule, ...]) -> None:
        """Takes rules that place thresholds; what was added and moved by hand stays."""
        kept = tuple(rule for rule in self.rules if rule.by_hand)
        with self.document.changing("set kind of thresholds", "kind of thresholds"):
            self._set((*rules, *kept))

    def room(self, one: Placed) -> tuple[float, float]:
        """Between which values a threshold can be moved: between its neighbours of the same kind."""
        kind, own = one.rule.kind, _key(one.moved)
        same = [other for other in self.shown.thresholds if other.rule.kind == kind != AT]
        others = [other.value for other in same if _key(other.moved) != own]
        low = max((value for value in others if value <= one.value), default=float("-inf"))
        high = min((value for value in others if value > one.value), default=float("inf"))
        return low, high

    # ---- inside

    def _set(self, rules: tuple[Rule, ...]) -> None:
        document = self.document
        document.set_view(replace(document.view, threshold_rules=text_of(tuple(dict.fromkeys(rules)))))

    def _covariance(self, mixture: Mixture) -> Array | None:
        """That of the parameters at the end of a run, once it is found."""
        moment, sure = self.document.moment, self.document.sure
        return sure.covariance if sure is not None and moment is not None and mixture is moment.mixture else None

    def _look(self) -> None:
        if self.document.view.threshold_rules != self._text:
            self.changed.emit()

    def _forget(self) -> None:
        self._held = self.selected = None
        self._beside = self._beside_of = None
        for job in self._jobs:
            job.abandon()
        self._jobs = [job for job in self._jobs if not job.join(0)]

    def _sort(self, data: Data, discrete: bool) -> None:
        if len(data) <= AT_ONCE:
            self._beside = Beside.of(data, discrete)
            return
        job = Job(partial(_sorted, data, discrete), "thresholds", self)
        job.finished.connect(partial(self._take, data, discrete))
        self._jobs.append(job)
        job.start()

    def _take(self, data: Data, discrete: bool, beside: Beside) -> None:
        wanted = self._beside_of
        if wanted is not None and wanted[0] is data and wanted[1] == discrete:
            self._beside = beside
            self.changed.emit()


def _sorted(data: Data, discrete: bool, report: Report) -> Beside:
    return Beside.of(data, discrete, report)


def _key(rule: Rule) -> Rule:
    """What stays of a threshold's rule when it is moved; one that was added is told by its value alone."""
    return rule if rule.kind == AT else replace(rule, number=0.0)


def _with(rules: tuple[Rule, ...], before: Rule, now: Rule) -> tuple[Rule, ...]:
    """Rules with another one in place of that which was moved by hand before, or beside that which placed it."""
    if before.by_hand:
        return tuple(now if rule == before else rule for rule in rules)
    return (*(rule for rule in rules if rule.between is None or _key(rule) != _key(now)), now)
