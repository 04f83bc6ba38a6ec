"""Inverse of the standard normal distribution function, with the same bits on every machine.

Method: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution",
Applied Statistics 37 (1988), routine PPND16: three ratios of polynomials of degree 7, relative
error about 1e-16. Only + - * / and sqrt are used, which IEEE 754 rounds the same way everywhere;
``numpy.log`` may differ in the last bit between processors, so the tail has a logarithm of its own.
"""

from __future__ import annotations

import numpy as np

# Each pair: coefficients of numerator and denominator, lowest power first.
CENTRE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
TAIL = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
FAR_TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)
LN2 = 0.6931471805599453


def normal_quantile(probability: np.ndarray) -> np.ndarray:
    """The z with P(Z <= z) = probability for a standard normal Z.

    Args:
        probability: float64 array in [0, 1); 0 is taken as 2**-54, half the step of the generator.

    >>> import numpy as np
    >>> from pycnn.initializers.normal_quantile import normal_quantile
    >>> normal_quantile(np.array([0.5, 0.975])).round(6)
    array([0.      , 1.959964])
    """
    probability = np.asarray(probability, np.float64)
    distance = probability - 0.5
    quantile = np.asarray(distance * _ratio(CENTRE, 0.180625 - distance * distance))
    outside = np.abs(distance) > 0.425
    tail = np.maximum(np.minimum(probability[outside], 1.0 - probability[outside]), 2.0**-54)
    radius = np.sqrt(-_log(tail))
    magnitude = np.where(radius <= 5.0, _ratio(TAIL, radius - 1.6), _ratio(FAR_TAIL, radius - 5.0))
    quantile[outside] = np.copysign(magnitude, distance[outside])
    return quantile


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: np.ndarray) -> np.ndarray:
    numerator, denominator = coefficients
    return _polynomial(numerator, x) / _polynomial(denominator, x)


def _polynomial(coefficients: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    value = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value *= x
        value += coefficient
    return value


def _log(x: np.ndarray) -> np.ndarray:
    """Natural logarithm: x = m * 2**e with m in [0.5, 1), log m = 2 artanh((m - 1) / (m + 1))."""
    mantissa, exponent = np.frexp(x)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    # |ratio| <= 1/3: the series of artanh converges to 1e-16 with 17 odd terms.
    series = _polynomial(tuple(1.0 / (2 * term + 1) for term in range(17)), ratio * ratio)
    return exponent * LN2 + 2.0 * ratio * series
