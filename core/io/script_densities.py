"""The log-densities of all families, and probabilities between two numbers, as Python source that needs NumPy only."""

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
