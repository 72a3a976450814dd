"""Maximum-likelihood fits of GARCH(1,1) and GJR-GARCH(1,1) with Student-t errors, by the `arch` library.

    h' = omega + (alpha + gamma [r < 0]) r^2 + beta h,      r = sqrt(h) z,  z Student-t of unit variance

gamma = 0 is Bollerslev's GARCH, else the asymmetric model of Glosten, Jagannathan and Runkle. The mean is zero, as it
is for returns of hours and days beside their deviation.

Sources: Bollerslev (1986), Journal of Econometrics 31, 307-327, and (1987), Review of Economics and Statistics 69,
542-547 (Student-t); Glosten, Jagannathan and Runkle (1993), Journal of Finance 48(5), 1779-1801.
"""

from dataclasses import dataclass

import numpy as np

LEAST_RETURNS = 250
"""Fewer leave the likelihood so flat that persistence is anything between 0 and 1."""
LARGEST_PERSISTENCE = 0.9995
"""From here on the long-run variance is an accident of rounding; EWMA is the model that such data ask for."""
_TOLERANCE = 1e-9
"""Of the likelihood. Optima of data that differ in the last bit then agree to some five digits."""
_DIGITS = 4
"""Digits kept of a fit: fewer than the optimiser leaves open, so that its last ones seldom change a run, and more than
the data determine (standard errors of persistence are some 0.003 at a thousand returns)."""


@dataclass(frozen=True, slots=True)
class GarchFit:
    """A stationary fit. omega is in squared returns per bar; nu are the degrees of freedom of the errors."""

    omega: float
    alpha: float
    gamma: float
    beta: float
    nu: float
    log_likelihood: float
    observations: int

    @property
    def persistence(self) -> float:
        """alpha + gamma / 2 + beta: the share of a shock to variance that is left a bar later; errors symmetric."""
        return self.alpha + 0.5 * self.gamma + self.beta

    @property
    def long_run_variance(self) -> float:
        """Of a bar."""
        return self.omega / (1 - self.persistence)

    def next_variance(self, variance, returns):
        """h' after a bar of variance h and return r; floats or arrays of one shape."""
        return self.omega + (self.alpha + self.gamma * (returns < 0)) * returns**2 + self.beta * variance

    def filtered(self, returns: np.ndarray) -> float:
        """Variance of the bar after `returns` ((n,), oldest first), from the long run at the start."""
        variance = self.long_run_variance
        for one in returns.tolist():
            variance = self.next_variance(variance, one)
        return float(variance)


def fit_garch(returns: np.ndarray, asymmetric: bool) -> GarchFit | str:
    """Fit one series, or say in words why there is no usable fit.

    Parameters
    ----------
    returns : (n,)
        Log returns of bars of equal length, oldest first.
    asymmetric : bool
        Whether falls may count for more (GJR).
    """
    if len(returns) < LEAST_RETURNS:
        return f"{len(returns)} of {LEAST_RETURNS} returns"
    scale = float(np.sqrt(np.mean(returns**2)))
    if scale == 0.0:
        return "the price did not move"
    # Importing arch takes seconds, and only these two estimators need it.
    from arch import arch_model

    model = arch_model(returns / scale, mean="Zero", vol="GARCH", p=1, o=int(asymmetric), q=1, dist="t", rescale=False)
    try:
        result = model.fit(disp="off", show_warning=False, options={"ftol": _TOLERANCE, "maxiter": 1000})
    except (ValueError, np.linalg.LinAlgError) as error:
        return f"the fit failed: {error}"
    if result.convergence_flag != 0:
        return "the fit did not converge"
    found = result.params
    alpha = round(float(found["alpha[1]"]), _DIGITS)
    fit = GarchFit(
        omega=_significant(found["omega"] * scale**2),
        alpha=alpha,
        # A fall may count for nothing, but rounding must not make it lower variance.
        gamma=max(round(float(found.get("gamma[1]", 0.0)), _DIGITS), -alpha),
        beta=round(float(found["beta[1]"]), _DIGITS),
        nu=_significant(found["nu"]),
        log_likelihood=round(float(result.loglikelihood) - len(returns) * float(np.log(scale)), _DIGITS),
        observations=len(returns),
    )
    if not np.isfinite([fit.omega, fit.persistence, fit.nu]).all() or fit.omega <= 0:
        return "the fit is degenerate"
    if fit.persistence >= LARGEST_PERSISTENCE:
        return f"not stationary: persistence {fit.persistence:.5g}"
    return fit


def _significant(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
