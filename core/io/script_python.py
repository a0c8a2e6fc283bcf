"""A fit as a Python script that needs NumPy only, or that builds scikit-learn's GaussianMixture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.io.script_data import Rows, rows_of, scripted
from core.mixture import Mixture

if TYPE_CHECKING:
    from core.fit import Fit

STIRLING = '''
def lgamma(x):
    """log Γ(x) of each number."""
    distinct, place = np.unique(x, return_inverse=True)
    return np.array([math.lgamma(one) for one in distinct])[place].reshape(np.shape(x))


def remainder(x):
    """x log x - x - log Γ(x), by Stirling's series where the terms would cancel."""
    small = np.clip(x, 1e-300, 30.0)
    large = np.maximum(x, 30.0)
    series = 0.5 * np.log(large / (2.0 * np.pi)) - 1.0 / (12.0 * large) + 1.0 / (360.0 * large**3)
    series = series - 1.0 / (1260.0 * large**5) + 1.0 / (1680.0 * large**7)
    return np.where(x < 30.0, small * np.log(small) - small - lgamma(small), series)
'''
DENSITIES = {
    "gaussian": '''
def gaussian(x, mean, sd):
    """Natural log of the normal density."""
    z = (x - mean) / sd
    return -0.5 * z * z - np.log(sd) - 0.5 * math.log(2.0 * math.pi)
''',
    "gaussians": '''
def gaussians(x, mean, covariance):
    """Natural log of the normal density of several columns."""
    lower = np.linalg.cholesky(np.array(covariance))
    z = np.linalg.solve(lower, (x - np.array(mean)).T)
    return -0.5 * (z * z).sum(axis=0) - np.log(np.diag(lower)).sum() - 0.5 * len(mean) * math.log(2.0 * math.pi)
''',
    "student_t": '''
def student_t(x, location, scale, degrees_of_freedom):
    """Natural log of Student's t density."""
    half = 0.5 * np.float64(degrees_of_freedom)
    constant = half * np.log1p(0.5 / half) + 0.5 * np.log(half + 0.5) - 0.5 + remainder(half) - remainder(half + 0.5)
    constant = constant - 0.5 * np.log(2.0 * half * np.pi) - math.log(scale)
    return constant - (half + 0.5) * np.log1p(((x - location) / scale) ** 2 / (2.0 * half))
''',
    "lognormal": '''
def lognormal(x, log_mean, log_sd):
    """Natural log of the lognormal density."""
    logs = np.log(np.where(x > 0, x, 1.0))
    z = (logs - log_mean) / log_sd
    return np.where(x > 0, -0.5 * z * z - math.log(log_sd) - 0.5 * math.log(2.0 * math.pi) - logs, -np.inf)
''',
    "gamma": '''
def gamma(x, shape, scale):
    """Natural log of the gamma density."""
    held = np.where(x > 0, x, 1.0)
    ratio = held / scale / shape
    away = ratio - 1.0
    found = remainder(np.float64(shape)) - np.log(held) - shape * np.where(
        np.abs(away) < 0.5, away - np.log1p(np.maximum(away, -0.5)), away - np.log(ratio)
    )
    return np.where(x > 0, found, -np.inf)
''',
    "weibull": '''
def weibull(x, shape, scale):
    """Natural log of the Weibull density."""
    logs = np.log(np.where(x > 0, x, 1.0))
    t = shape * (logs - math.log(scale))
    return np.where(x > 0, math.log(shape) - logs + t - np.exp(t), -np.inf)
''',
    "exponential": '''
def exponential(x, rate):
    """Natural log of the exponential density."""
    return np.where(x >= 0, math.log(rate) - rate * x, -np.inf)
''',
    "poisson": '''
def poisson(x, rate):
    """Natural log of the Poisson probability."""
    if rate == 0.0:
        return np.where(x == 0, 0.0, -np.inf)
    held = np.where(x > 0, x, 1.0)
    away = (rate - held) / held
    logs = np.where(np.abs(away) < 0.5, np.log1p(np.maximum(away, -0.5)), math.log(rate) - np.log(held))
    found = remainder(held) - np.log(held) + held * (logs - away)
    return np.where((x < 0) | (x != np.floor(x)), -np.inf, np.where(x > 0, found, -rate))
''',
    "binomial": '''
def binomial(x, probability, trials):
    """Natural log of the binomial probability."""
    inside = (x >= 0) & (x <= trials) & (x == np.floor(x))
    hits = np.where(inside, x, 0.0)
    ways = math.lgamma(trials + 1.0) - lgamma(hits + 1.0) - lgamma(trials - hits + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(hits > 0, hits * np.log(probability), 0.0)
        no = np.where(hits < trials, (trials - hits) * np.log1p(-probability), 0.0)
    return np.where(inside, ways + yes + no, -np.inf)
''',
    "uniform": '''
def uniform(x, low, high):
    """Natural log of the uniform density."""
    return np.where((x >= low) & (x <= high), -math.log(high - low), -np.inf)
''',
}
"""Family → the function that gives its log-density."""
NORMAL_MASS = '''
def gaussian_mass(low, high, mean, sd):
    """Natural log of the normal probability between two numbers."""
    with np.errstate(all="ignore"):
        a, b = (low - mean) / sd, (high - mean) / sd
        right = a + b > 0  # there the other tail is taken, where small probabilities keep their digits
        a, b = np.where(right, -b, a), np.where(right, -a, b)
        return np.log(0.5 * (erfc(-b / math.sqrt(2.0)) - erfc(-a / math.sqrt(2.0))))


erfc = np.vectorize(math.erfc, otypes=[float])
'''
MASSES = {
    "gaussian": NORMAL_MASS,
    "lognormal": NORMAL_MASS
    + '''

def lognormal_mass(low, high, log_mean, log_sd):
    """Natural log of the lognormal probability between two numbers."""
    with np.errstate(divide="ignore"):
        return gaussian_mass(np.log(np.maximum(low, 0.0)), np.log(np.maximum(high, 0.0)), log_mean, log_sd)
''',
    "exponential": '''
def exponential_mass(low, high, rate):
    """Natural log of the exponential probability between two numbers."""
    low, high = np.maximum(low, 0.0), np.maximum(high, 0.0)
    with np.errstate(all="ignore"):
        return -rate * low + np.log(-np.expm1(-rate * (high - low)))
''',
    "weibull": '''
def weibull_mass(low, high, shape, scale):
    """Natural log of the Weibull probability between two numbers."""
    with np.errstate(all="ignore"):
        a, b = (np.maximum(low, 0.0) / scale) ** shape, (np.maximum(high, 0.0) / scale) ** shape
        return -a + np.log(-np.expm1(a - b))
''',
}
"""Family → the function that gives the logarithm of its probability between two numbers."""
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
        _imports(["math", *rows.modules]),
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
    return _laid_out(parts)


def _imports(modules: Iterable[str]) -> str:
    modules = sorted({"sys", *modules})
    return "".join(f"import {name}\n" for name in modules) + "\nimport numpy as np\n"


def _laid_out(parts: list[str]) -> str:
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


SKLEARN = '''"""A Gaussian mixture that was fitted by emgui, as scikit-learn's GaussianMixture, ready to predict.

    python {name}              the log-likelihood of the data, by scikit-learn

To be imported, too: model.predict(x) and model.predict_proba(x) take rows of the columns, (n, d).{scale}
"""

{imports}from sklearn.mixture import GaussianMixture

LOG_LIKELIHOOD = {log_likelihood!r}
NUMBERS = {ids!r}
"""What the fit calls the components, in the order of the model."""
model = GaussianMixture({k}, covariance_type={covariance!r})
model.weights_ = np.array({weights!r})
model.means_ = np.array({means!r})
model.covariances_ = np.array({covariances!r})
{precisions}
model.n_features_in_ = model.means_.shape[1]
model.converged_ = {converged!r}
model.n_iter_ = {n_iter!r}
model.lower_bound_ = LOG_LIKELIHOOD / {n!r}  # of a row, as scikit-learn has it
'''
SKLEARN_MAIN = '''
def main():
    """Prints the log-likelihood, recomputed."""
    _, values, counts = load()
    total = float((model.score_samples(values.reshape(len(values), -1)) * counts).sum())
    print("log-likelihood", repr(total))
    if not abs(total - LOG_LIKELIHOOD) <= 1e-8 * max(1.0, abs(LOG_LIKELIHOOD)):
        sys.exit(f"This is not the log-likelihood of the fit, {LOG_LIKELIHOOD!r}.")


if __name__ == "__main__":
    main()
'''
_CHOLESKY = {
    "full": "model.precisions_cholesky_ = np.stack("
    "[np.linalg.inv(np.linalg.cholesky(one)).T for one in model.covariances_])",
    "tied": "model.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(model.covariances_)).T",
    "diag": "model.precisions_cholesky_ = 1.0 / np.sqrt(model.covariances_)",
}
_PRECISIONS = {
    "full": "model.precisions_ = model.precisions_cholesky_ @ model.precisions_cholesky_.transpose(0, 2, 1)",
    "tied": "model.precisions_ = model.precisions_cholesky_ @ model.precisions_cholesky_.T",
    "diag": "model.precisions_ = model.precisions_cholesky_**2",
}


def sklearn_script(fit: Fit) -> str:
    """A script that builds a GaussianMixture with this fit's parameters. Raises InputError for what is none."""
    mixture = scripted(fit)
    if mixture.family.name != "gaussian":
        raise InputError("scikit-learn has mixtures of Gaussians only: write this fit as the NumPy script instead.")
    if not fit.data.form.is_plain:
        raise InputError(
            "scikit-learn's mixtures are of plain values only, not of intervals, labels or limits: "
            "write this fit as the NumPy script instead."
        )
    rows: Rows = rows_of(fit)
    order = np.argsort(mixture.ids)
    shape, means, covariances = _as_sklearn(mixture)
    kind = "diag" if shape == "spherical" else shape
    text = SKLEARN.format(
        name="fit.sklearn.py",
        scale=" Values are as they were fitted: see transformed(x)." if fit.data.transform else "",
        imports=_imports([*rows.modules, *(["math"] if "math." in rows.python else [])]),
        log_likelihood=float(fit.log_likelihood),
        ids=sorted(mixture.ids),
        k=mixture.n_components,
        covariance=shape,
        weights=mixture.weights[order].tolist(),
        means=means[order].tolist(),
        covariances=(covariances if shape == "tied" else covariances[order]).tolist(),
        precisions=f"{_CHOLESKY[kind]}\n{_PRECISIONS[kind]}",
        converged=fit.outcome.status == "converged",
        n_iter=fit.number,
        n=float(fit.data.n_samples),
    )
    return _laid_out([text, rows.python, SKLEARN_MAIN])


def _as_sklearn(mixture: Mixture) -> tuple[str, np.ndarray, np.ndarray]:
    """covariance_type, means (K, d) and covariances in its shape."""
    covariance = mixture.family.covariance
    if mixture.family.n_features == 1:
        means, squares = mixture.parameters["mean"][:, np.newaxis], np.square(mixture.parameters["sd"])
        return covariance, means, squares[0].reshape(1, 1) if covariance == "tied" else squares[:, None, None]
    means, covariances = mixture.parameters["mean"], mixture.parameters["covariance"]
    if covariance == "tied":
        return covariance, means, covariances[0]
    if covariance == "diag":
        return covariance, means, np.diagonal(covariances, axis1=1, axis2=2)
    return covariance, means, covariances[:, 0, 0] if covariance == "spherical" else covariances
