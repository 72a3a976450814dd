"""The margin rule of a scenario: its configuration, its contract and the risk model that it reads."""

from dataclasses import replace

from simulator.chain.contract import Contract
from simulator.oracle.joint_covariance import default_covariance
from simulator.risk.contract_structs import contract_covariance
from simulator.risk.parametric_config import ParametricConfig
from simulator.risk.rules import CONTRACTS, RuleConfig, config_struct, rule_config
from simulator.scenario import Scenario
from simulator.scenario.protocol import Protocol
from simulator.scenario.risk_model import RiskModel
from simulator.wads import wad


def configured_rule(terms: Protocol) -> RuleConfig:
    """Configuration of the rule of a scenario's [protocol]."""
    config = rule_config(terms.rule, terms.initial_factor, terms.maintenance_factor)
    tail = terms.tail
    if isinstance(config, ParametricConfig):
        return replace(
            config,
            measure=tail.measure,
            initial_level=tail.level,
            maintenance_level=tail.level if tail.maintenance_level is None else tail.maintenance_level,
            freedom=tail.freedom,
            curvature=tail.curvature,
        )
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


_BOUND_SLACK = 1e-9
