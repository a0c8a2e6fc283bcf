"""Makes wide_beside_narrow.json: drawn and rounded rows, and the optimum that scipy finds from many starts.

Nothing of emgui is used: the log-likelihood is scipy's densities, its maximum BFGS's and then Nelder and Mead's.
Run it as `python tests/core/certify_wide_beside_narrow.py`.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm

CASES = {
    # name: seed, rows, weights, means, sds, decimals
    "two": (0, 150, (0.6, 0.4), (33.0, 34.2), (5.0, 0.4), 1),
    "three": (0, 240, (0.3, 0.5, 0.2), (5.0, 5.4, 12.0), (0.25, 1.8, 0.8), 2),
}
STARTS = 400
LEAST_SD, LEAST_ROWS = 2.0, 5.0
"""Rounding units of an sd, and rows of a component, below which an optimum is a spike and does not count."""


def drawn(seed, n, weights, means, sds, decimals):
    """Rows of a mixture, rounded."""
    rng = np.random.default_rng(seed)
    of = rng.choice(len(weights), n, p=weights)
    return np.round(np.array(means)[of] + np.array(sds)[of] * rng.standard_normal(n), decimals)


def joint(theta, rows):
    """ln(weight × density), components by rows. theta: logits, means, logs of sds."""
    logits, means, logs = theta.reshape(3, -1)
    return log_softmax(logits)[:, None] + norm.logpdf(rows, means[:, None], np.exp(logs)[:, None])


def minus_log_likelihood(theta, rows):
    """What is to be made small."""
    return -logsumexp(joint(theta, rows), axis=0).sum()


def gradient(theta, rows):
    """Its gradient."""
    _, means, logs = theta.reshape(3, -1)
    terms = joint(theta, rows)
    shares = np.exp(terms - logsumexp(terms, axis=0))
    z = (rows - means[:, None]) / np.exp(logs)[:, None]
    weights = np.exp(log_softmax(theta.reshape(3, -1)[0]))
    of_logits = shares.sum(axis=1) - len(rows) * weights
    return -np.concatenate([of_logits, (shares * z).sum(axis=1) / np.exp(logs), (shares * (z**2 - 1)).sum(axis=1)])


def is_proper(theta, rows, unit):
    """Whether no component is a spike."""
    terms = joint(theta, rows)
    held = np.exp(terms - logsumexp(terms, axis=0)).sum(axis=1)
    return np.exp(theta.reshape(3, -1)[2]).min() >= LEAST_SD * unit and held.min() >= LEAST_ROWS


def optimum(rows, k, unit):
    """The highest proper optimum of all starts."""
    rng, best = np.random.default_rng(1), None
    for _ in range(STARTS):
        sds = np.log(rows.std() * rng.uniform(0.03, 1.2, k))
        start = np.concatenate([rng.normal(0, 0.5, k), rng.choice(rows, k), sds])
        with np.errstate(all="ignore"):
            found = minimize(minus_log_likelihood, start, (rows,), "BFGS", gradient, options={"gtol": 1e-6})
        proper = np.isfinite(found.fun) and is_proper(found.x, rows, unit)
        if proper and np.abs(gradient(found.x, rows)).max() < 1e-2 and (best is None or found.fun < best.fun):
            best = found
    return minimize(
        minus_log_likelihood, best.x, (rows,), "Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 20_000, "maxfev": 20_000},
    )  # fmt: skip


def certified(name):
    """A case as the file holds it."""
    seed, n, weights, means, sds, decimals = CASES[name]
    rows = drawn(*CASES[name])
    found = optimum(rows, len(weights), 10.0**-decimals)
    logits, means_found, logs = found.x.reshape(3, -1)
    order = np.argsort(means_found)
    parameters = {"weights": np.exp(log_softmax(logits)), "means": means_found, "sds": np.exp(logs)}
    truth = {"weights": weights, "means": means, "sds": sds}
    optimum_found = {key: [round(float(v), 6) for v in values[order]] for key, values in parameters.items()}
    log_likelihood = round(-float(found.fun), 6)
    recipe = {"seed": seed, "n": n, **truth, "decimals": decimals}
    return {"recipe": recipe, "rows": rows.tolist(), "optimum": {"log_likelihood": log_likelihood, **optimum_found}}


if __name__ == "__main__":
    text = json.dumps({name: certified(name) for name in CASES})
    Path(__file__).with_name("wide_beside_narrow.json").write_text(text + "\n", encoding="utf-8")
