"""Pricing, margin rules as float mirrors of the contracts, and what is built on them.

Everything here is a function of arrays handed in: no chain, no files. Public: `rules.margin_rule`, the configurations
`ScenarioConfig` and `IsolatedConfig`, `pricing.black76`, `smile.svi_volatility`, and the columns of `state`;
`contracts`, `book` and `portfolio_valuation` for what accounts gain and lose in scenarios; `scenario_set`,
`historical`, `montecarlo` and `importance` for the scenarios; `tail`, `portfolio_risk` and `component` for VaR and ES;
`liquidity`, `exposure`, `stress` and `reverse_stress`; `coverage`, `es_backtest` and `procyclicality` for backtests.
"""
