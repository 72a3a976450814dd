"""Replays of recorded runs, and changes to what is recorded."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.chain.backends import connect
from simulator.record import Run
from simulator.record.replay import Replay, replay, start_of


def replayed(folder, chain="embedded", **options) -> Replay:
    """What a replay of the run in `folder` finds; `options` are those of `replay`."""
    run = Run.open(folder)
    backend = connect(chain, genesis_timestamp=start_of(run))
    try:
        return replay(run, backend, **options)
    finally:
        backend.close()


def rewrite(folder, table, change) -> None:
    """Let `change` edit the rows, a list of dicts, of the first part of `table`."""
    path = folder / f"{table}.parquet" / "part-000001.parquet"
    whole = pq.ParquetFile(path).read()
    rows = whole.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=whole.schema), path)


def edit_info(folder, **values) -> None:
    """Set values of the run.json in `folder`."""
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
