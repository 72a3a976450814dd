"""Margin rules by the name a scenario gives them."""

from simulator.errors import UsageError
from simulator.risk.isolated import IsolatedMargin
from simulator.risk.margin_config import IsolatedConfig, ScenarioConfig
from simulator.risk.scenario_margin import ScenarioMargin
from simulator.risk.state import MarginRule

CONTRACTS = {"scenario": "ScenarioMargin", "isolated": "IsolatedMargin"}
"""The contract of each rule. Its constructor takes the oracle, the risk parameters and `contract_config(config)`."""


def rule_config(name: str, initial_factor: float, maintenance_factor: float) -> ScenarioConfig | IsolatedConfig:
    """Default configuration of a rule with these factors. Raises UsageError for an unknown name."""
    if name == "scenario":
        return ScenarioConfig(initial_factor=initial_factor, maintenance_factor=maintenance_factor)
    if name == "isolated":
        return IsolatedConfig(initial_factor=initial_factor, maintenance_factor=maintenance_factor)
    raise UsageError(f"unknown margin rule {name!r}; known rules: {', '.join(CONTRACTS)}")


def margin_rule(name: str, config: ScenarioConfig | IsolatedConfig | None = None) -> MarginRule:
    """The float mirror of a rule. Raises UsageError for an unknown name or a configuration of another rule."""
    rules = {"scenario": (ScenarioMargin, ScenarioConfig), "isolated": (IsolatedMargin, IsolatedConfig)}
    if name not in rules:
        raise UsageError(f"unknown margin rule {name!r}; known rules: {', '.join(rules)}")
    rule, kind = rules[name]
    if config is not None and not isinstance(config, kind):
        raise UsageError(f"rule {name!r} needs a {kind.__name__}, got a {type(config).__name__}")
    return rule(config)
