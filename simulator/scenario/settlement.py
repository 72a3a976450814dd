"""[settlement]: whether the ledger holds the proceeds of liquidations until they are final."""

from typing import Literal

from pydantic import Field

from simulator.scenario.section import Section


class Settlement(Section):
    """The hold policy of the settlement ledger.

    `none`: proceeds are cash at once. `depth`: they are held until `depth` blocks have been added. `checkpoint`: until
    a relay has posted that they are final by the model of [finality], or `timeout_seconds` have passed without.
    The bounds are those of SettlementLedger.sol.
    """

    hold: Literal["none", "depth", "checkpoint"] = "none"
    depth: int = Field(64, ge=1, le=1_000_000)
    timeout_seconds: int = Field(86_400, ge=1, le=2_592_000)

    @property
    def holds(self) -> bool:
        """Whether anything is held."""
        return self.hold != "none"
