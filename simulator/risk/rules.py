"""Margin rules by the name a scenario gives them."""

from simulator.errors import UsageError
from simulator.risk.expected_shortfall_margin import ExpectedShortfallMargin
from simulator.risk.isolated import IsolatedMargin
from simulator.risk.margin_config import IsolatedConfig, ScenarioConfig, contract_config
from simulator.risk.parametric_config import ParametricConfig, contract_parametric_config
from simulator.risk.parametric_margin import ParametricMargin
from simulator.risk.scenario_margin import ScenarioMargin
from simulator.risk.shortfall_config import ExpectedShortfallConfig, contract_shortfall_config
from simulator.risk.state import MarginRule

RuleConfig = ScenarioConfig | IsolatedConfig | ParametricConfig | ExpectedShortfallConfig

CONTRACTS = {
    "scenario": "ScenarioMargin",
    "isolated": "IsolatedMargin",
    "parametric": "ParametricMargin",
    "expected-shortfall": "ExpectedShortfallMargin",
}
"""The contract of each rule. Its constructor takes the oracle, the risk parameters, the CovarianceOracle (parametric)
or the ScenarioSets (expected-shortfall) that it reads, and `config_struct(config)`."""

_RULES = {
    "scenario": (ScenarioMargin, ScenarioConfig),
    "isolated": (IsolatedMargin, IsolatedConfig),
    "parametric": (ParametricMargin, ParametricConfig),
    "expected-shortfall": (ExpectedShortfallMargin, ExpectedShortfallConfig),
}


def rule_config(name: str, initial_factor: float, maintenance_factor: float) -> RuleConfig:
    """Default configuration of a rule with these factors. Raises UsageError for an unknown name."""
    return _known(name)[1](initial_factor=initial_factor, maintenance_factor=maintenance_factor)


def margin_rule(name: str, config: RuleConfig | None = None) -> MarginRule:
    """The float mirror of a rule. Raises UsageError for an unknown name or a configuration of another rule."""
    rule, kind = _known(name)
    if config is not None and not isinstance(config, kind):
        raise UsageError(f"rule {name!r} needs a {kind.__name__}, got a {type(config).__name__}")
    return rule(config)


def config_struct(config: RuleConfig) -> tuple:
    """The configuration as the struct that the rule's constructor takes last."""
    if isinstance(config, ParametricConfig):
        return contract_parametric_config(config)
    if isinstance(config, ExpectedShortfallConfig):
        return contract_shortfall_config(config)
    return contract_config(config)


def _known(name: str) -> tuple:
    if name not in _RULES:
        raise UsageError(f"unknown margin rule {name!r}; known rules: {', '.join(_RULES)}")
    return _RULES[name]
