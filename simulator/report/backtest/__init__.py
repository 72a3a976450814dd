"""The page of a backtest: verdicts, figures and tables in one HTML file that works offline.

Draws what `simulator.backtest` computed and computes nothing itself. Public: `write_backtest_page`.
"""

from simulator.report.backtest.page import write_backtest_page

__all__ = ["write_backtest_page"]
