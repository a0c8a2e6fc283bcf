"""A fit as a Python script that builds scikit-learn's GaussianMixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.data import Array
from core.errors import InputError
from core.io.script_data import rows_of, scripted
from core.io.script_python import imports, laid_out
from core.mixture import Mixture

if TYPE_CHECKING:
    from core.fit import Fit

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
    rows = rows_of(fit)
    order = np.argsort(mixture.ids)
    shape, means, covariances = _as_sklearn(mixture)
    kind = "diag" if shape == "spherical" else shape
    text = SKLEARN.format(
        name="fit.sklearn.py",
        scale=" Values are as they were fitted: see transformed(x)." if fit.data.transform else "",
        imports=imports([*rows.modules, *(["math"] if "math." in rows.python else [])]),
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
    return laid_out([text, rows.python, SKLEARN_MAIN])


def _as_sklearn(mixture: Mixture) -> tuple[str, Array, Array]:
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
