"""A fit as a Python script that needs NumPy only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.io.script_data import rows_of, scripted
from core.io.script_densities import DENSITIES, MASSES, STIRLING
from core.mixture import Mixture

if TYPE_CHECKING:
    from core.fit import Fit

LOG_SUM = '''
def log_density(x):
    """Natural log of the mixture's density at each value."""
    return log_sum(log_joint(x))


def responsibilities(x):
    """P(component | value), a row for each component in the order of COMPONENTS."""
    joint = log_joint(x)
    return np.exp(joint - log_sum(joint))


def log_sum(joint):
    """Natural log of the sum over components."""
    with np.errstate(divide="ignore", invalid="ignore"):
        top = joint.max(axis=0)
        return top + np.log(np.exp(joint - top).sum(axis=0))
'''
LOG_JOINT = '''
def log_joint(x):
    """Natural log of weight times density, (components, values)."""
    with np.errstate(divide="ignore"):
        return np.stack([np.log(weight) + density(x, *of) for _, weight, density, of in COMPONENTS])

'''
MAIN = '''
def main():
    """Prints the log-likelihood, recomputed; with --memberships a line for each row."""
    rows, values, counts = load()
    joint = {joint}
    found = log_sum(joint)
    total = float((found * counts).sum())
    print("log-likelihood", repr(total))
    if not abs(total - LOG_LIKELIHOOD) <= 1e-8 * max(1.0, abs(LOG_LIKELIHOOD)):
        sys.exit(f"This is not the log-likelihood of the fit, {{LOG_LIKELIHOOD!r}}.")
    if "--memberships" in sys.argv[1:]:
        print(",".join(["row", *(f"component[{{one[0]}}]" for one in COMPONENTS)]))
        for row, shares in zip(rows, np.exp(joint - found).T.tolist()):
            print(",".join([str(row), *map(repr, shares)]))


if __name__ == "__main__":
    main()
'''
TOP = '''"""A mixture that was fitted by emgui, as a script that needs NumPy only.

    python {name}                  the log-likelihood, recomputed
    python {name} --memberships    and each row's P(component | value)

To be imported, too: log_density(x) and responsibilities(x) take any {values}.{scale}
"""
'''


def numpy_script(fit: Fit) -> str:
    """A script that reads the data again, and recomputes log-likelihood and memberships with NumPy alone.

    Raises InputError where the model or the data are of a kind for which it would not be right.
    """
    mixture = scripted(fit)
    rows = rows_of(fit)
    names = _families(mixture)
    observed = _observed(fit, names)
    parts = [
        TOP.format(
            name="fit.py",
            values="values" if mixture.family.n_features == 1 else "rows of the columns, (n, d)",
            scale=" Values are as they were fitted: see transformed(x)." if fit.data.transform else "",
        ),
        imports(["math", *rows.modules]),
        f"LOG_LIKELIHOOD = {float(fit.log_likelihood)!r}\n",
        rows.python,
    ]
    if {"student_t", "gamma", "poisson", "binomial"} & set(names):
        parts.append(STIRLING)
    parts += [DENSITIES[name] for name in dict.fromkeys(names)]
    if observed:
        parts += dict.fromkeys(MASSES[name] for name in dict.fromkeys(names) if name in MASSES)
    parts += [_components(mixture, names), LOG_JOINT, LOG_SUM, observed]
    parts.append(MAIN.format(joint="log_joint_of_rows(values)" if observed else "log_joint(values)"))
    return laid_out(parts)


def imports(modules: Iterable[str]) -> str:
    """The import lines of a script."""
    modules = sorted({"sys", *modules})
    return "".join(f"import {name}\n" for name in modules) + "\nimport numpy as np\n"


def laid_out(parts: list[str]) -> str:
    """The parts of a script, with two blank lines about each function."""
    text = "\n".join(parts)
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return re.sub(r"(?<=[^\n])\n{2}(?=def |COMPONENTS)", "\n\n\n", text)


def _families(mixture: Mixture) -> list[str]:
    """The name of each component's density in the script."""
    if mixture.family.n_features > 1:
        return ["gaussians"] * mixture.n_components
    return list(mixture.family.of_components or [mixture.family.name] * mixture.n_components)


def _components(mixture: Mixture, names: list[str]) -> str:
    """The list of components, in the order of their numbers: number, weight, density, parameters."""
    lines = []
    for k in np.argsort(mixture.ids):
        own = [array[k] for array in mixture.parameters.values()]
        numbers = [repr(one.tolist()) for one in own if not np.isnan(one).any()]
        if names[k] == "binomial":
            numbers.append(repr(mixture.family.trials))
        of = ", ".join(numbers) + "," * (len(numbers) == 1)
        lines.append(f"    ({mixture.ids[k]}, {float(mixture.weights[k])!r}, {names[k]}, ({of})),\n")
    return (
        f"COMPONENTS = [\n{''.join(lines)}]\n"
        + '"""Number, weight, log-density and its parameters, in the order of the function\'s arguments."""\n'
    )


OBSERVED = '''
def log_joint_of_rows(values):
    """Natural log of weight times what each component makes of each row, as it was seen."""
    joint = log_joint(values)
{lines}    return joint
'''
INTERVALS = """\
    hidden = lower != upper  # of these rows only the interval is known
    for k, (_, weight, density, of) in enumerate(COMPONENTS):
        mass = globals()[density.__name__ + "_mass"]
        joint[k, hidden] = np.log(weight) + mass(lower[hidden], upper[hidden], *of)
"""
ERRORS = """\
    for k, (_, weight, density, (mean, sd)) in enumerate(COMPONENTS):
        joint[k] = np.log(weight) + density(values, mean, np.hypot(sd, errors))  # measured with these sds
"""
TRUNCATION = """\
    whole = [np.log(one[1]) + globals()[one[2].__name__ + "_mass"](LOW, HIGH, *one[3]) for one in COMPONENTS]
    joint -= log_sum(np.reshape(whole, (-1, 1)))  # nothing outside could be recorded
"""
LABELS = """\
    for k, (number, *_) in enumerate(COMPONENTS):
        joint[k, (labels > 0) & (labels != number)] = -np.inf  # these rows' components are known
"""
GROUPS = """\
    joint += RELATIVE[:, groups]  # of each group, how much more or less often its rows are of a component
"""


def _observed(fit: Fit, names: list[str]) -> str:
    """What rows say beside their values; "" where they are values. Raises InputError where it cannot be written."""
    form = fit.data.form
    if form.is_plain:
        return ""
    without = [name for name in dict.fromkeys(names) if name not in MASSES]
    if (form.intervals or form.truncate is not None) and without:
        raise InputError(
            f"The probability of an interval under {without[0]} components needs more than NumPy, so this fit is not "
            "written as a script: save the result as JSON."
        )
    if form.errors and set(names) != {"gaussian"}:
        raise InputError(
            "Measurement errors are written as a script for Gaussian components only: save the result as JSON."
        )
    lines = [
        text
        for text, told in (
            (INTERVALS, form.intervals),
            (ERRORS, form.errors),
            (TRUNCATION, form.truncate is not None),
            (LABELS, bool(form.labels)),
            (GROUPS, bool(form.groups)),
        )
        if told
    ]
    return OBSERVED.format(lines="".join(lines))
