"""The oracle's off-chain half: estimates of the market, risk parameters from them, and when to publish what.

Pure decisions; sending transactions is the keepers' part. The entry is `engine.OracleEngine`; a new estimator
implements `volatility.VolatilityEstimator`.
"""
