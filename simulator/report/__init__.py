"""From the folder of a run to what a person reads: findings, figures, tables, and one HTML file that works offline.

Everything here is computed from the recorded tables alone, so a report can be written again at any time. Nothing here
runs a simulation. Public: `write_report`, `read_run`, `RunData`, `find`, `Finding`, `Tone`.
"""

from simulator.report.findings import Finding, Tone, find
from simulator.report.page import write_report
from simulator.report.run_data import RunData, read_run

__all__ = ["Finding", "RunData", "Tone", "find", "read_run", "write_report"]
