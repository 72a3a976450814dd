"""How losses spread: cascades of liquidations, the loss waterfall, contagion through mutual claims.

Works on tables of a run and on arrays; nothing here knows a chain or an agent. Public: `liquidations`, `clusters`,
`share_by_hour`, `loss_waterfall`, `delays`, `clearing_vector`, `debt_rank`.
"""

from simulator.systemic.cascade import clusters, delays, liquidations, loss_waterfall, share_by_hour
from simulator.systemic.contagion import clearing_vector, debt_rank

__all__ = [
    "clearing_vector",
    "clusters",
    "debt_rank",
    "delays",
    "liquidations",
    "loss_waterfall",
    "share_by_hour",
]
