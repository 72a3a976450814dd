"""The run directory: what a run leaves on disk, written as it goes and read back.

Nothing here simulates. Public: `RunWriter`, `encode_arguments`, `Run`, `RunInfo`, `summarise`, `bad_debts`,
`sold_lots`.
"""

from simulator.record.arguments import encode_arguments
from simulator.record.bad_debt import bad_debts
from simulator.record.info import RunInfo
from simulator.record.lots import sold_lots
from simulator.record.reader import Run
from simulator.record.summary import summarise
from simulator.record.writer import RunWriter

__all__ = ["Run", "RunInfo", "RunWriter", "bad_debts", "encode_arguments", "sold_lots", "summarise"]
