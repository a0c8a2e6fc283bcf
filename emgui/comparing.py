"""Another run laid over the one shown: whose components are whose, and by how much their numbers differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from core import criteria, formatting
from core.mixture import Mixture
from core.pairing import partners
from emgui.document import Document
from emgui.holding import WEIGHT
from emgui.run import Run


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is shown, less a run at the end of its tape.

    partners: number of a component → that of its counterpart in the run. differences: by component and name, where both
    have such a number; in_errors: the same in standard errors of what is shown, where those are known.
    """

    run: Run
    mixture: Mixture
    partners: Mapping[int, int]
    differences: Mapping[tuple[int, str], float]
    in_errors: Mapping[tuple[int, str], float]

    def text(self, identity: int, name: str) -> str:
        """The difference of a number: +0.42 · 1.3 SE; "" where there is none."""
        key = identity, name
        if key not in self.differences:
            return "" if identity in self.partners else "only here"
        text = formatting.difference(self.differences[key])
        return f"{text} · {_size(self.in_errors[key])} SE" if key in self.in_errors else text

    def words(self, identity: int, name: str) -> str:
        """The same as part of a sentence."""
        key = identity, name
        if key not in self.differences:
            return "" if identity in self.partners else f"no counterpart in {self.run.name}"
        text = f"{formatting.difference(self.differences[key])} against component {self.partners[identity]}"
        text += f" of {self.run.name}"
        return f"{text}, {_size(self.in_errors[key])} standard errors" if key in self.in_errors else text

    def note(self) -> str:
        """What the small numbers are, and which components of the run have no counterpart."""
        text = f"Small: what is shown less {self.run.name}"
        text += ", also in standard errors (SE) of what is shown." if self.in_errors else "."
        alone = sorted(set(self.mixture.ids) - set(self.partners.values()))
        if alone:
            what, has = ("Component", "has") if len(alone) == 1 else ("Components", "have")
            text += f" {what} {formatting.listed(alone)} of {self.run.name} {has} no counterpart here."
        return text


def comparison(document: Document) -> Comparison | None:
    """How the run that is laid over the one shown differs from it at the cursor; None where none is."""
    run, moment = document.compared, document.moment
    if run is None or moment is None:
        return None
    here, there = moment.mixture.plain, run.mixture(run.last_number).plain
    found = partners(here, there)
    ours, theirs = _numbers(here), _numbers(there)
    errors = _errors(document)
    differences: dict[tuple[int, str], float] = {}
    in_errors: dict[tuple[int, str], float] = {}
    for identity, partner in found.items():
        for name in ours:
            difference = ours[name][identity] - theirs.get(name, {}).get(partner, float("nan"))
            if not isfinite(difference):
                continue
            differences[identity, name] = difference
            error = errors.get(name, {}).get(identity, float("nan"))
            if isfinite(error) and error > 0.0:
                in_errors[identity, name] = difference / error
    return Comparison(run, there, found, differences, in_errors)


def figures_less(run: Run, document: Document) -> dict[str, str]:
    """How the figures at the cursor differ from those at the end of a run, by the names of AIC and the like."""
    shown, moment = document.current, document.moment
    if shown is None or moment is None or run.is_over or (moment.outcome is not None and shown.is_over):
        return {}
    theirs, ours = _criteria(run, run.log_likelihood), _criteria(shown, moment.log_likelihood)
    if run.icl is not None and shown.icl is not None and moment.outcome is not None:
        theirs["ICL"], ours["ICL"] = run.icl[1], shown.icl[1]
    found = {name: formatting.signed(ours[name] - theirs[name], 2) for name in theirs}
    return found | {
        "Log-likelihood": formatting.signed(moment.log_likelihood - run.log_likelihood, 3),
        "Free parameters": formatting.signed(shown.n_parameters - run.n_parameters, 0),
    }


def _criteria(run: Run, log_likelihood: float) -> dict[str, float]:
    comparable, k = criteria.comparable(log_likelihood, run.data), run.n_parameters
    return {"AIC": criteria.aic(comparable, k), "BIC": criteria.bic(comparable, k, run.data.n_samples)}


def _numbers(mixture: Mixture) -> dict[str, dict[int, float]]:
    columns = {WEIGHT: mixture.weights, **mixture.parameters}
    return {name: dict(zip(mixture.ids, values.tolist(), strict=True)) for name, values in columns.items()}


def _errors(document: Document) -> dict[str, dict[int, float]]:
    """Standard errors of what is shown, where it is the end of a run."""
    run, moment = document.current, document.moment
    if run is None or moment is None or moment.outcome is None or run.sure is None:
        return {}
    number, sure = run.sure
    if number != moment.number or sure is None:
        return {}
    ids = moment.mixture.ids
    return {name: dict(zip(ids, errors.tolist(), strict=True)) for name, errors in sure.standard_errors.items()}


def _size(value: float) -> str:
    return formatting.number(abs(value), 2 if abs(value) < 1.0 else 1 if abs(value) < 100.0 else 0)
