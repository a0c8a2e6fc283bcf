"""emgui's numerics: data, mixtures, and EM as one generator. Knows no window.

>>> import numpy as np
>>> from core import Data, FitOptions, fit
>>> result, history = fit(Data(np.array([1.0, 1.2, 0.9, 5.1, 4.8, 5.3, 5.0]), ("x",)), FitOptions(n_components=2))
>>> result.outcome.status
'converged'
"""

import os

# Threads are our own (core.engine): a linear algebra that starts more waits for them, spinning, and adds up in another
# order on other machines. It reads this when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from core.data import Data as Data
from core.errors import InputError as InputError
from core.expectation import Problem as Problem
from core.fit import Fit as Fit
from core.fit import fit as fit
from core.history import History as History
from core.mixture import Mixture as Mixture
from core.options import FitOptions as FitOptions
