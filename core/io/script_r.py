"""A fit as an R script: plain R that recomputes the log-likelihood, and what mclust and mixtools take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InputError, shown
from core.io.script_data import MOST_EMBEDDED, known_numbers, scripted
from core.mixture import Mixture

if TYPE_CHECKING:
    from core.fit import Fit

DENSITIES = {
    "gaussian": "dnorm(x, {mean}, {sd}, log = TRUE)",
    "student_t": "dt((x - {location}) / {scale}, {degrees_of_freedom}, log = TRUE) - log({scale})",
    "lognormal": "dlnorm(x, {log_mean}, {log_sd}, log = TRUE)",
    "gamma": "dgamma(x, {shape}, scale = {scale}, log = TRUE)",
    "weibull": "dweibull(x, {shape}, {scale}, log = TRUE)",
    "exponential": "dexp(x, {rate}, log = TRUE)",
    "poisson": "dpois(x, {rate}, log = TRUE)",
    "binomial": "dbinom(x, {trials}, {probability}, log = TRUE)",
    "uniform": "dunif(x, {low}, {high}, log = TRUE)",
}
"""Family → its log-density in R."""
NORMAL = """
log_normal <- function(x, mean, covariance) {
  upper <- chol(covariance)
  z <- backsolve(upper, t(x) - mean, transpose = TRUE)
  -0.5 * colSums(z^2) - sum(log(diag(upper))) - 0.5 * length(mean) * log(2 * pi)
}
"""
END = """
log_sum <- function(joint) {
  top <- apply(joint, 1, max)
  top + log(rowSums(exp(joint - top)))
}
densities <- log_sum(joint)
responsibilities <- exp(joint - densities)
colnames(responsibilities) <- paste0("component", ids)
log_likelihood <- sum(counts * densities)
cat("log-likelihood", format(log_likelihood, digits = 17), "\\n")
if (!(abs(log_likelihood - fitted) <= 1e-8 * max(1, abs(fitted))))
  stop("this is not the log-likelihood of the fit, ", format(fitted, digits = 17))
"""
MCLUST = """
# For mclust: dens("{model}", data = x, parameters = parameters) and cdens(...).
parameters <- list(pro = weights, mean = {mean}, variance = {variance})
"""
MIXTOOLS = """
# For mixtools: normalmixEM(x, lambda = start$lambda, mu = start$mu, sigma = start$sigma) begins here.
start <- list(lambda = weights, mu = {mu}, sigma = {sigma})
"""
MODELS = {"full": "VVV", "tied": "EEE", "diag": "VVI", "spherical": "VII"}


def r_script(fit: Fit) -> str:
    """Plain R that recomputes the log-likelihood and memberships, with objects for mclust and mixtools of Gaussians.

    The rows are written into it. Raises InputError where the model or the data are of a kind for which it would not be
    right, or there are too many rows.
    """
    mixture, data = scripted(fit), fit.data
    if not (data.form.is_plain or data.form.columns == ("labels",)) or data.form.truncate is not None:
        raise InputError(
            "Intervals, limits, measurement errors and groups are not written as R: use the NumPy script instead."
        )
    if len(data) > MOST_EMBEDDED:
        raise InputError(
            f"An R script holds its rows, and {len(data):,} of {shown(data.source)} are too many: "
            f"it takes at most {MOST_EMBEDDED:,}; write the NumPy script instead."
        )
    order = np.argsort(mixture.ids)
    shape = "" if data.n_features == 1 else f", ncol = {data.n_features}, byrow = TRUE"
    values = _vector(data.values.ravel())
    parts = [
        "# A mixture that was fitted by emgui, in plain R: Rscript FILE prints its log-likelihood.",
        f"fitted <- {_number(fit.log_likelihood)}",
        f"x <- matrix({values}{shape})" if shape else f"x <- {values}",
        "counts <- 1" if data.counts is None else f"counts <- {_vector(data.counts)}",
        f"ids <- {_vector(sorted(mixture.ids))}",
        f"weights <- {_vector(mixture.weights[order])}",
    ]
    if data.n_features > 1:
        parts.append(NORMAL.strip("\n"))
    parts.append("joint <- cbind(\n" + ",\n".join(f"  {_joint(mixture, k)}" for k in order) + "\n)")
    if data.form.labels:
        parts.append(f"known <- {_vector(known_numbers(fit))}")
        parts.append("for (k in seq_along(ids)) joint[known > 0 & known != ids[k], k] <- -Inf")
    parts.append(END.strip("\n"))
    if mixture.family.name == "gaussian":
        parts.append(_for_packages(mixture, order))
    return "\n".join(parts) + "\n"


def _joint(mixture: Mixture, k: Any) -> str:
    """Log of weight times density of one component."""
    if mixture.family.n_features > 1:
        mean, covariance = (mixture.parameters[name][k] for name in ("mean", "covariance"))
        density = f"log_normal(x, {_vector(mean)}, {_matrix(covariance)})"
    else:
        families = mixture.family.of_components
        numbers = {name: _number(array[k]) for name, array in mixture.parameters.items() if np.isfinite(array[k])}
        numbers["trials"] = str(mixture.family.trials)
        density = DENSITIES[families[k] if families else mixture.family.name].format(**numbers)
    return f"log({_number(mixture.weights[k])}) + {density}"


def _for_packages(mixture: Mixture, order: Any) -> str:
    """What mclust and mixtools call the same parameters."""
    covariance, d = mixture.family.covariance, mixture.family.n_features
    if d == 1:
        means, sds = mixture.parameters["mean"][order], mixture.parameters["sd"][order]
        model = "E" if covariance == "tied" else "V"
        squares = np.square(sds[:1] if model == "E" else sds)
        variance = f'list(modelName = "{model}", d = 1, G = {len(order)}, sigmasq = {_vector(squares)})'
        text = MCLUST.format(model=model, mean=_vector(means), variance=variance)
        return text + MIXTOOLS.format(mu=_vector(means), sigma=_vector(sds)).rstrip("\n")
    covariances = mixture.parameters["covariance"][order]
    model, k = MODELS[covariance], len(order)
    sigma = f"array({_vector(covariances.ravel())}, c({d}, {d}, {k}))"
    more = f", Sigma = {_matrix(covariances[0])}" if model == "EEE" else ""
    more += f", sigmasq = {_vector(covariances[:, 0, 0])}" if model == "VII" else ""
    if model in ("VVV", "EEE"):
        factor = "apply(sigma, 3, chol)"
        more += (
            f", cholsigma = array({factor}, c({d}, {d}, {k}))" if model == "VVV" else ", cholSigma = chol(sigma[, , 1])"
        )
    if model == "VVI":
        more += ", scale = apply(sigma, 3, function(s) det(s)^(1 / nrow(s)))"
        more += ", shape = apply(sigma, 3, function(s) diag(s) / det(s)^(1 / nrow(s)))"
    variance = f'list(modelName = "{model}", d = {d}, G = {k}, sigma = sigma{more})'
    means = f"matrix({_vector(mixture.parameters['mean'][order].ravel())}, nrow = {d})"
    return f"sigma <- {sigma}\n" + MCLUST.format(model=model, mean=means, variance=variance).strip("\n")


def _vector(numbers: Any) -> str:
    texts = [_number(one) for one in np.asarray(numbers, dtype=np.float64)]
    lines = [", ".join(texts[first : first + 8]) for first in range(0, len(texts), 8)]
    return "c(" + ",\n  ".join(lines) + ")"


def _matrix(square: Any) -> str:
    return f"matrix({_vector(np.ravel(square))}, {len(square)})"


def _number(value: float) -> str:
    """A number as R reads it back to the last digit."""
    return repr(float(value)).removesuffix(".0")
