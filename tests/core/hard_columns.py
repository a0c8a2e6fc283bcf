"""Columns that are hard to press into nodes or hard to climb, each with a start: drawn alike whatever their length."""

import numpy as np
from cases import mixture

MODERATE_3 = ((0.3, 0.5, 0.2), (-2.0, 0.8, 3.5), (0.8, 1.0, 0.6))
MODERATE_5 = ((0.15, 0.25, 0.3, 0.2, 0.1), (-4.0, -1.5, 0.5, 2.5, 6.0), (0.7, 0.9, 0.5, 0.8, 1.2))


def quantile_start(x, k, covariance="full"):
    *means, low, high = np.quantile(x, [*((np.arange(k) + 0.5) / k), 0.16, 0.84])
    return mixture(np.full(k, 1.0 / k), means, np.full(k, 0.6 * (high - low) / k), covariance)


def even(k):
    return np.full(k, 1.0 / k)


NORMALS = {
    "moderate 2": ((0.4, 0.6), (-1.5, 1.5), (1.0, 1.2)),
    "heavy 2": ((0.4, 0.6), (-0.6, 0.6), (1.0, 1.4)),
    "moderate 3": MODERATE_3,
    "heavy 3": ((0.3, 0.4, 0.3), (-1.5, 0.0, 1.6), (0.8, 1.0, 0.9)),
    "moderate 5": MODERATE_5,
    "heavy 5": (even(5), (-3.0, -1.5, 0.0, 1.5, 3.0), (0.8, 0.9, 0.8, 0.7, 0.8)),
    "moderate 8": (
        (0.1, 0.15, 0.1, 0.15, 0.15, 0.1, 0.1, 0.15),
        (-9.0, -6.0, -3.5, -1.0, 1.5, 4.0, 7.0, 10.0),
        (0.8, 0.9, 0.6, 0.7, 0.8, 0.7, 1.0, 1.1),
    ),
    "heavy 8": (even(8), 1.6 * np.arange(8) - 5.6, (0.8, 0.9, 0.8, 0.7, 0.8, 0.75, 0.85, 0.8)),
    "separated 5": (even(5), (-16.0, -8.0, 0.0, 8.0, 16.0), (1.0, 0.9, 1.1, 1.0, 1.0)),
    "narrow and wide": ((0.5, 0.5), (0.0, 5.0), (0.001, 2.0)),
    "little and narrow": ((0.01, 0.99), (1.0, 5.0), (0.0005, 2.0)),
}
FITTED_BY = {"t": 4, "cauchy": 4, "laplace": 3, "lognormal": 4, "wide lognormal": 4, "uniform": 4, "gamma": 3}


def drawn_from(name, n, rng):
    """The values of a case; its number of components."""
    if name in NORMALS:
        return mixture(*NORMALS[name]).sample(n, rng)[0], len(NORMALS[name][0])
    draws = {
        "t": lambda: rng.standard_t(2, n),
        "cauchy": lambda: rng.standard_cauchy(n),
        "laplace": lambda: rng.laplace(size=n),
        "lognormal": lambda: np.exp(rng.normal(size=n)),
        "wide lognormal": lambda: np.exp(2.0 * rng.normal(size=n)),
        "uniform": lambda: rng.uniform(size=n),
        "gamma": lambda: rng.gamma(0.7, size=n),
    }
    return draws[name](), FITTED_BY[name]


def hard_column(name, n):
    """Values (n,) and a start."""
    rng = np.random.default_rng(len(name))
    if name in NORMALS or name in FITTED_BY:
        x, k = drawn_from(name, n, rng)
        return x, quantile_start(x, k)
    if name in ("coincident 2", "coincident 3"):
        k = int(name[-1])
        return rng.normal(size=n), mixture(even(k), 0.1 * np.arange(k) - 0.05 * (k - 1), np.ones(k))
    if name == "nearly coincident":
        x = rng.normal(size=n) + 0.05 * (np.arange(n) % 2)
        return x, quantile_start(x, 2)
    x = mixture(*MODERATE_3).sample(n, rng)[0]
    start = quantile_start(x, 3)
    if name == "outliers":
        x[: min(20, n)] = rng.choice([-1.0, 1.0], 20) * 10.0 ** rng.uniform(3, 6, 20)
    elif name == "a component for outliers":
        x[:20] = rng.choice([-1.0, 1.0], 20) * 10.0 ** rng.uniform(3, 6, 20)
        start = mixture(even(4), [-2.0, 0.0, 0.8, 3.5], [1.0, 1e5, 1.0, 1.0])
    elif name == "offset":
        x, start = x + 1e9, mixture(start.weights, start.parameters["mean"] + 1e9, start.parameters["sd"])
    elif name == "sorted":
        x = np.sort(x)
    elif name == "periodic":
        x = np.resize(np.sort(x[:1000]), n) + rng.normal(0, 0.01, n)
    elif name == "integers":
        x = np.round(mixture((0.3, 0.4, 0.3), (12, 24, 36), (4, 4, 5)).sample(n, rng)[0])
        start = quantile_start(x, 3)
    elif name == "rounded":
        x = np.round(mixture(*MODERATE_5).sample(n, rng)[0], 2)
        start = quantile_start(x, 5)
    elif name == "a component outside":
        start = mixture(even(3), [-2.0, 0.8, 30.0], [2.0, 2.0, 2.0])
    elif name == "a few close together":
        x[:300] = 1.5 + 1e-6 * rng.normal(size=300)
        start = mixture(even(4), [-2.0, 0.8, 1.5, 3.5], [0.8, 1.0, 1e-5, 0.6])
    elif name.startswith("sds 1 to 1e"):
        ratio = float(name.rpartition(" ")[2])
        x = mixture((0.3, 0.7), (1.0, 0.0), (1.0 / ratio, 1.0)).sample(n, rng)[0]
        start = mixture((0.4, 0.6), (1.0, 0.0), (2.0 / ratio, 1.0))
    else:
        raise KeyError(name)
    return x, start


PROPER = (
    *NORMALS,
    *FITTED_BY,
    "nearly coincident",
    "coincident 2",
    "coincident 3",
    "outliers",
    "a component for outliers",
    "offset",
    "sorted",
    "periodic",
    "integers",
    "rounded",
    "a component outside",
    "a few close together",
    "sds 1 to 1e5",
    "sds 1 to 1e7",
    "sds 1 to 1e8",
)
"""Cases with a proper maximum where their starts lead."""
