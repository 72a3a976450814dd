"""The oracle's off-chain half: estimates of the market, risk parameters from them, and when to publish what.

Pure decisions; sending transactions is the keepers' part. The entry is `engine.OracleEngine`; estimates come from
`estimation.MarketEstimator`, parameters from `policies.risk_policy`. A new estimator implements
`volatility.VolatilityEstimator`, a new policy or step `policy.BasePolicy` or `policy.PolicyStep`.
"""
