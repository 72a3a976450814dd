"""When a settlement is irrevocable: finality models, the tracker that follows settlements, the risk until final.

Nothing here reads or moves a chain; heads and blocks come in as numbers. Public: `finality_model`,
`blocks_to_finality`, `SettlementTracker`, `Settlement`, `Category`, `Status`, `FinalityModel`.
"""

from simulator.finality.drain import blocks_to_finality
from simulator.finality.factory import finality_model
from simulator.finality.protocol import FinalityModel, Status
from simulator.finality.settlement import Category, Settlement
from simulator.finality.tracker import SettlementTracker

__all__ = [
    "Category",
    "FinalityModel",
    "Settlement",
    "SettlementTracker",
    "Status",
    "blocks_to_finality",
    "finality_model",
]
