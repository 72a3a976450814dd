"""Static configuration of `ExpectedShortfallMargin`, as the contract and the mirror share it."""

from dataclasses import dataclass
from typing import Literal

from simulator.errors import DataError
from simulator.risk.inputs import require_level
from simulator.wads import wad

Measure = Literal["var", "es"]


@dataclass(frozen=True, slots=True)
class ExpectedShortfallConfig:
    """Configuration of `ExpectedShortfallMargin`.

    measure : expected shortfall or value at risk
    maintenance_level, initial_level : levels of the tail, in (0, 1), the second at least the first
    stale_factor : what losses count for while the scenario set on chain is older than its maximum age, at least 1
    the rest : as in `ScenarioConfig`

    Raises
    ------
    DataError
        Levels or factors outside their ranges.
    """

    measure: Measure = "es"
    maintenance_level: float = 0.99
    initial_level: float = 0.99
    maintenance_factor: float = 1.0
    initial_factor: float = 1.25
    short_option_maintenance: float = 0.005
    short_option_initial: float = 0.005
    stale_factor: float = 1.5

    def __post_init__(self):
        if self.measure not in ("var", "es"):
            raise DataError(f"measure {self.measure!r}: var or es")
        require_level(self.maintenance_level)
        if require_level(self.initial_level) < self.maintenance_level:
            raise DataError(f"initial_level {self.initial_level} is below maintenance_level {self.maintenance_level}")
        if not 0 < self.maintenance_factor <= self.initial_factor <= 10:
            raise DataError(
                f"maintenance_factor {self.maintenance_factor}, initial_factor {self.initial_factor}: "
                "0 < maintenance_factor <= initial_factor <= 10 is needed"
            )
        for name in ("short_option_maintenance", "short_option_initial"):
            if not 0 <= getattr(self, name) <= 1:
                raise DataError(f"{name} is {getattr(self, name)}: a fraction in [0, 1] is needed")
        if not 1 <= self.stale_factor <= 10:
            raise DataError(f"stale_factor is {self.stale_factor}: it must lie in [1, 10]")


def contract_shortfall_config(config: ExpectedShortfallConfig) -> tuple:
    """`ShortfallConfig` of contracts/margin/ShortfallConfig.sol."""
    return (
        ("es", "var").index(config.measure),
        wad(config.maintenance_level),
        wad(config.initial_level),
        wad(config.maintenance_factor),
        wad(config.initial_factor),
        wad(config.short_option_maintenance),
        wad(config.short_option_initial),
        wad(config.stale_factor),
    )
