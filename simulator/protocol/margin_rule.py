"""The margin rule of a scenario: its configuration, its contract and the risk model that it reads."""

from dataclasses import replace

from simulator.chain.contract import Contract
from simulator.oracle.joint_covariance import default_covariance
from simulator.risk.contract_structs import contract_covariance
from simulator.risk.parametric_config import ParametricConfig
from simulator.risk.rules import CONTRACTS, RuleConfig, config_struct, rule_config
from simulator.risk.shortfall_config import ExpectedShortfallConfig
from simulator.scenario import Scenario
from simulator.scenario.protocol import Protocol
from simulator.scenario.risk_model import RiskModel
from simulator.wads import wad


def configured_rule(terms: Protocol) -> RuleConfig:
    """Configuration of the rule of a scenario's [protocol]."""
    config = rule_config(terms.rule, terms.initial_factor, terms.maintenance_factor)
    tail = terms.tail
    levels = {
        "measure": tail.measure,
        "initial_level": tail.level,
        "maintenance_level": tail.level if tail.maintenance_level is None else tail.maintenance_level,
    }
    if isinstance(config, ParametricConfig):
        return replace(config, freedom=tail.freedom, curvature=tail.curvature, **levels)
    if isinstance(config, ExpectedShortfallConfig):
        return replace(config, **levels)
    return config


def deploy_rule(deployer, scenario: Scenario, oracle: Contract, parameters: Contract, publisher: str) -> list[Contract]:
    """Deploy the rule, after the risk model that it reads if it has one: the rule is the last of the contracts.

    Parameters
    ----------
    deployer : simulator.protocol.deployment.Deployer
    publisher : str
        Who posts the risk model.

    Raises
    ------
    TransactionReverted
    """
    models = []
    if scenario.protocol.rule == "parametric":
        models.append(_covariance_oracle(deployer, scenario, publisher))
    if scenario.protocol.rule == "expected-shortfall":
        models.append(_scenario_sets(deployer, scenario, publisher))
    rule = deployer.create(
        "MarginRule",
        CONTRACTS[scenario.protocol.rule],
        oracle.address,
        parameters.address,
        *(model.address for model in models),
        config_struct(configured_rule(scenario.protocol)),
    )
    return [*models, rule]


def _covariance_oracle(deployer, scenario: Scenario, publisher: str) -> Contract:
    section, model = scenario.oracle, scenario.oracle.model
    contract = deployer.create(
        "CovarianceOracle", "CovarianceOracle", deployer.admin, section.parameters_min_interval_seconds
    )
    default = default_covariance(len(scenario.market.assets), model)
    deployer.call(
        contract,
        "setDefaults",
        (contract_covariance(default), variance_bounds(model), section.parameters_max_age_seconds),
    )
    deployer.call(contract, "setPublisher", (publisher, True))
    return contract


def variance_bounds(model: RiskModel) -> tuple[int, ...]:
    """`Bounds` of contracts/interfaces/ICovarianceOracle.sol, a rounding wider than what the publisher is held to."""
    variances = (
        (model.min_volatility, 1 - _BOUND_SLACK),
        (model.max_volatility, 1 + _BOUND_SLACK),
        (model.min_vol_of_vol, 1 - _BOUND_SLACK),
        (model.max_vol_of_vol, 1 + _BOUND_SLACK),
    )
    return (*(wad(value**2 * model.years * slack) for value, slack in variances), wad(model.max_step))


def _scenario_sets(deployer, scenario: Scenario, publisher: str) -> Contract:
    model = scenario.oracle.model
    least = LEAST_MEAN_MOVE * model.min_volatility * model.years**0.5
    guards = (
        scenario.oracle.parameters_max_age_seconds,
        round(model.horizon_hours * 3600),
        model.scenarios,
        wad(least),
    )
    contract = deployer.create("ScenarioSets", "ScenarioSets", deployer.admin, guards)
    deployer.call(contract, "setPublisher", (publisher, True))
    return contract


_BOUND_SLACK = 1e-9
LEAST_MEAN_MOVE = 0.5
"""Least mean absolute price move of a set over the least deviation: of Gaussian moves it is sqrt(2 / pi) = 0.8 on
average, and a set of few scenarios has less by chance."""
