"""Pricing, margin rules as float mirrors of the contracts, and what is built on them.

Everything here is a function of arrays handed in: no chain, no files. Public: `rules.margin_rule`, the configurations
`ScenarioConfig` and `IsolatedConfig`, `pricing.black76`, `smile.svi_volatility`, and the columns of `state`; `tail`,
`scenario_set`, `historical`, `montecarlo` and `component` for VaR and ES; `coverage`, `es_backtest` and
`procyclicality` for backtests.
"""
