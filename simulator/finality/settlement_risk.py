"""What can be lost while a settlement is not final: diffusion over the lag.

Zero-drift lognormal prices; s is the standard deviation of the log price over the lag. Diffusion alone makes a short
lag look free: crashes jump, and reorganisations come with them, so these are lower bounds.
"""

import math

from scipy.special import ndtr

SECONDS_PER_YEAR = 365 * 86_400


def deviation(volatility: float, seconds: float) -> float:
    """s = sigma sqrt(t), with annualised volatility (365 days)."""
    return volatility * math.sqrt(seconds / SECONDS_PER_YEAR)


def liquidator_loss_probability(bonus: float, s: float) -> float:
    """Probability that collateral bought with a bonus b is worth less than was paid when it becomes final.

    P = Phi((-ln(1 + b) + s^2 / 2) / s), with s > 0.
    """
    return float(ndtr((-math.log1p(bonus) + 0.5 * s * s) / s))


def expected_bad_debt(collateral: float, debt: float, s: float, reversal_probability: float) -> float:
    """Expected shortfall of collateral under debt if the liquidation is reversed at the end of the lag.

    rho Put(C, D, s) = rho (D Phi(-d2) - C Phi(-d1)), d1 = ln(C / D) / s + s / 2, d2 = d1 - s, with s > 0.
    """
    d1 = math.log(collateral / debt) / s + 0.5 * s
    put = debt * ndtr(s - d1) - collateral * ndtr(-d1)
    return float(reversal_probability * put)


def finality_adjusted_haircut(z: float, volatility: float, margin_period: float, lag: float) -> float:
    """Haircut that covers the margin period of risk and the lag until final, both in seconds.

    H = 1 - exp(-z sigma sqrt(MPOR + t)), z the normal quantile of the confidence level.
    """
    return -math.expm1(-z * deviation(volatility, margin_period + lag))
