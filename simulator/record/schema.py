"""The tables of a run directory (DESIGN of the record): names, columns and types, shared by writer and readers.

Every table is a folder `<name>.parquet/` of parts written whole, so that a run killed at any moment is readable up to
its last flushed block; pandas, pyarrow and DuckDB read such a folder as one table. Quote amounts are float64 for
analysis; the exact integers are in `events` and `transactions`.
"""

from collections.abc import Iterable

import pyarrow as pa

BLOCKS = pa.schema(
    [
        ("number", pa.int64()),
        ("timestamp", pa.int64()),
        ("phase", pa.string()),
        ("base_fee_gwei", pa.float64()),
        ("gas_used", pa.int64()),
        ("background_gas", pa.int64()),
        ("transactions", pa.int32()),
        ("failed", pa.int32()),
        ("waiting", pa.int32()),
        ("reorged_by", pa.int64()),
    ]
)
TRANSACTIONS = pa.schema(
    [
        ("block", pa.int64()),
        ("index", pa.int32()),
        ("sender", pa.string()),
        ("to", pa.string()),
        ("function", pa.dictionary(pa.int32(), pa.string())),
        ("data", pa.binary()),
        ("succeeded", pa.bool_()),
        ("revert_reason", pa.string()),
        ("gas_used", pa.int64()),
        ("max_fee_gwei", pa.float64()),
        ("tip_gwei", pa.float64()),
        ("submitted_block", pa.int64()),
        ("reorged_by", pa.int64()),
    ]
)
UNINCLUDED = pa.schema(
    [
        ("sender", pa.string()),
        ("to", pa.string()),
        ("function", pa.dictionary(pa.int32(), pa.string())),
        ("data", pa.binary()),
        ("max_fee_gwei", pa.float64()),
        ("tip_gwei", pa.float64()),
        ("submitted_block", pa.int64()),
        ("left_block", pa.int64()),
        ("reason", pa.dictionary(pa.int32(), pa.string())),
        ("reorged_by", pa.int64()),
    ]
)
EVENTS = pa.schema(
    [
        ("block", pa.int64()),
        ("transaction", pa.int32()),
        ("index", pa.int32()),
        ("contract", pa.dictionary(pa.int32(), pa.string())),
        ("event", pa.dictionary(pa.int32(), pa.string())),
        ("arguments", pa.string()),
        ("reorged_by", pa.int64()),
    ]
)
REORGS = pa.schema(
    [
        ("reorg", pa.int64()),
        ("head", pa.int64()),
        ("timestamp", pa.int64()),
        ("depth", pa.int32()),
    ]
)
SETTLEMENTS = pa.schema(
    [
        ("settlement", pa.int64()),
        ("category", pa.string()),
        ("account", pa.int64()),
        ("counterparty", pa.int64()),
        ("fraction", pa.float64()),
        ("payment", pa.float64()),
        ("fee", pa.float64()),
        ("equity", pa.float64()),
        ("maintenance_margin", pa.float64()),
        ("bad_debt", pa.float64()),
        ("from_fund", pa.float64()),
        ("socialised", pa.float64()),
        ("breach_block", pa.int64()),
        ("submitted_block", pa.int64()),
        ("included_block", pa.int64()),
        ("included_time", pa.int64()),
        ("safe_block", pa.int64()),
        ("safe_time", pa.int64()),
        ("final_block", pa.int64()),
        ("final_time", pa.int64()),
        ("status", pa.string()),
        ("attempt", pa.int32()),
    ]
)
ACCOUNTS = pa.schema(
    [
        ("block", pa.int64()),
        ("timestamp", pa.int64()),
        ("account", pa.int64()),
        ("kind", pa.dictionary(pa.int32(), pa.string())),
        ("equity", pa.float64()),
        ("initial_margin", pa.float64()),
        ("maintenance_margin", pa.float64()),
        ("cash", pa.float64()),
        ("collateral_value", pa.float64()),
        ("gross_notional", pa.float64()),
        ("positions", pa.string()),
    ]
)
PARAMETERS = pa.schema(
    [
        ("block", pa.int64()),
        ("timestamp", pa.int64()),
        ("underlying", pa.string()),
        ("parameter", pa.string()),
        ("before", pa.float64()),
        ("after", pa.float64()),
        ("accepted", pa.bool_()),
        ("reason", pa.string()),
        ("inputs", pa.string()),
    ]
)
TABLES = {
    "blocks": BLOCKS,
    "transactions": TRANSACTIONS,
    "unincluded": UNINCLUDED,
    "events": EVENTS,
    "reorgs": REORGS,
    "settlements": SETTLEMENTS,
    "accounts": ACCOUNTS,
    "parameters": PARAMETERS,
}
"""Tables with fixed columns. The key of `settlements` is (settlement, attempt): see simulator.finality.Settlement.

`reorged_by` of a block, its transactions and its events is the number of the reorganisation (table `reorgs`) that undid
them, and empty for what stands. Rows are in the order of execution: an undone block comes before what replaced it.
`reorgs`: number from 1, the head that was undone down to head - depth, and the time of the next block after it.

`unincluded` has the bids of agents and keepers that left the mempool other than into a block, and why (`Reason` in
`simulator.record.unincluded`). `left_block` and `reorged_by` name the block before which one left, both empty if it
still waited at the end: the block may have been undone, the departure was not.
"""
STANDING = ("blocks", "transactions", "events")
"""Tables that also hold what was undone."""

METRICS = "metrics"
"""Per-block series of the model's DataCollector, whose columns come from the run: number, timestamp, then
spot_<SYMBOL>, mark_vol_<SYMBOL>, realised_vol_<SYMBOL>, oracle_spot_<SYMBOL>, spot_shock_<SYMBOL>, haircut_<SYMBOL> per
asset, and equity, initial_margin, maintenance_margin (sums over accounts of equity and of the two requirements),
accounts_below_maintenance, accounts_below_initial, open_interest, fund_assets, socialised_loss, liquidations
(cumulative), bad_debt (cumulative), base_fee_gwei, waiting. Health of accounts is `maintenance_margin / gross_notional`
in `accounts`."""


def metrics_schema(columns: Iterable[str]) -> pa.Schema:
    """Types of `metrics`: integers for number and timestamp, floats for every series."""
    integers = ("number", "timestamp")
    return pa.schema([(name, pa.int64() if name in integers else pa.float64()) for name in columns])
