"""Price impact of executed flow."""

import math

from simulator.scenario.market import Impact


class SquareRootImpact:
    """Log displacement of one asset's price by flow: a square-root temporary part and a linear permanent part.

    Temporary, after flow q in one go: Y sigma sign(q) sqrt(|q| / V), with Y `coefficient`, sigma the daily volatility
    and V the daily volume (Toth et al. 2011, Physical Review X 1, 021006, eq. 1; measured from the smallest to the
    largest orders). It halves every `recovery_half_life_seconds`. What is left of earlier flow and new flow add in
    the square, displacement |displacement| = sum of c^2 q, so that an order cut into pieces moves the price as one.

    Permanent: Y p sigma q / V, with p `permanent_share` (linear in q as Almgren, Thum, Hauptmann, Li 2005, Risk 18,
    find; any other form would let round trips manipulate the price: Huberman and Stanzl 2004, Econometrica 72).
    """

    def __init__(self, section: Impact, daily_volume: float):
        self._coefficient = section.coefficient
        self._permanent_share = section.permanent_share
        self._half_life = section.recovery_half_life_seconds
        self._volume = daily_volume
        self._temporary = 0.0
        self._permanent = 0.0

    @property
    def displacement(self) -> float:
        """Log displacement of the price now."""
        return self._temporary + self._permanent

    def add_flow(self, quantity: float, daily_volatility: float) -> None:
        """Executed flow in units of the asset; positive buys."""
        scale = self._coefficient * daily_volatility
        self._permanent += scale * self._permanent_share * quantity / self._volume
        square = self._temporary * abs(self._temporary) + scale**2 * quantity / self._volume
        self._temporary = math.copysign(math.sqrt(abs(square)), square)

    def recover(self, seconds: float) -> None:
        """Let the temporary part decay over `seconds`."""
        self._temporary *= 0.5 ** (seconds / self._half_life)
