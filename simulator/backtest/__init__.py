"""Walk-forward backtests of margin rules: margins from the past alone, held against the losses that followed.

Reads prices, asks rules, computes statistics and verdicts, writes tables; nothing here draws or prints. Public:
`read_history`, `make_terms`, `choose_portfolios`, `chosen_rules`, `build_rules`, `walk`, `scores`, `results`,
`open_folder`, `record`.
"""

from simulator.backtest.choice import choose_portfolios
from simulator.backtest.history import PriceHistory, read_history
from simulator.backtest.record import open_folder, record
from simulator.backtest.rules import build_rules, chosen_rules
from simulator.backtest.situation import BacktestRule, Forecast, Situation, Terms
from simulator.backtest.statistics import scores
from simulator.backtest.verdict import RuleResult, results
from simulator.backtest.walk import Walk, make_terms, require_enough, walk

__all__ = [
    "BacktestRule",
    "Forecast",
    "PriceHistory",
    "RuleResult",
    "Situation",
    "Terms",
    "Walk",
    "build_rules",
    "choose_portfolios",
    "chosen_rules",
    "make_terms",
    "open_folder",
    "read_history",
    "record",
    "require_enough",
    "results",
    "scores",
    "walk",
]
