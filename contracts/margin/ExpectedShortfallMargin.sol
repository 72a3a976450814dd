// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IMarginRule} from "../interfaces/IMarginRule.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {IScenarioSets} from "../interfaces/IScenarioSets.sol";
import {Margin, Portfolio} from "../interfaces/Types.sol";
import {Tail} from "../libraries/Tail.sol";
import {LegOrder} from "./LegOrder.sol";
import {Market} from "./Market.sol";
import {OptionBound, OptionBounds} from "./OptionBounds.sol";
import {OracleMarket} from "./OracleMarket.sol";
import {ScenarioProfits} from "./ScenarioProfits.sol";
import {Exposure, Sensitivities} from "./Sensitivities.sol";
import {ShortfallConfig, ShortfallConfigs, TailMeasure} from "./ShortfallConfig.sol";

/// @title Portfolio margin by expected shortfall, or value at risk, over posted joint scenarios
/// @notice The whole portfolio, collateral included, in every scenario at once, by delta, gamma and vega; the tail of
/// those losses; plus liquidity add-on, short-option contingency and haircuts.
/// docs/reference/rules/expected-shortfall.md has the formulas.
contract ExpectedShortfallMargin is IMarginRule, OracleMarket, Ownable {
    using FixedPointMathLib for uint256;
    using ScenarioProfits for int256[];
    using Tail for int256[];

    event ConfigSet(ShortfallConfig config);

    uint256 private constant WAD = 1e18;

    IScenarioSets public immutable SETS;

    /// The configuration as contract code: one cold account access reads all of it.
    address private _config;

    /// Sums over the underlyings, wads of quote; `multiplier` is the largest of them.
    struct Charges {
        int256 equity;
        uint256 flat;
        uint256 naked;
        uint256 multiplier;
    }

    constructor(
        IPriceOracle oracle,
        IRiskParameters parameters,
        IScenarioSets sets,
        ShortfallConfig memory initialConfig
    ) OracleMarket(oracle, parameters) Ownable(msg.sender) {
        SETS = sets;
        _setConfig(initialConfig);
    }

    /// @notice Replace levels, factors and rates. Only the owner.
    function setConfig(ShortfallConfig calldata newConfig) external onlyOwner {
        _setConfig(newConfig);
    }

    function config() external view returns (ShortfallConfig memory) {
        return _load();
    }

    /// @inheritdoc IMarginRule
    /// @dev Reverts with NoSet if no scenario set has come into force. A stale set counts `staleFactor` times.
    function margin(Portfolio calldata portfolio) external view returns (Margin memory) {
        if (portfolio.legs.length + portfolio.holdings.length == 0) {
            return Margin(portfolio.cash, portfolio.cash, portfolio.cash);
        }
        uint256[] memory keys = LegOrder.sort(portfolio.legs);
        ShortfallConfig memory inForce = _load();
        (bytes memory set, bool fresh) = SETS.current();
        if (!fresh) {
            inForce.maintenanceFactor = inForce.maintenanceFactor.mulWadUp(inForce.staleFactor);
            inForce.initialFactor = inForce.initialFactor.mulWadUp(inForce.staleFactor);
        }
        return _evaluate(portfolio, keys, _market(portfolio, keys), set, inForce);
    }

    /// @notice As `margin`, in the market and with the fresh scenario set given instead of those in force.
    /// @param set bytes as in IScenarioSets
    function evaluate(Portfolio calldata portfolio, Market calldata supposed, bytes calldata set)
        external
        view
        returns (Margin memory)
    {
        return _evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed, set, _load());
    }

    /// @notice As `evaluate`, under another configuration.
    function evaluateWith(
        Portfolio calldata portfolio,
        Market calldata supposed,
        bytes calldata set,
        ShortfallConfig calldata given
    ) external pure returns (Margin memory) {
        ShortfallConfigs.validate(given);
        return _evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed, set, given);
    }

    function _setConfig(ShortfallConfig memory newConfig) private {
        ShortfallConfigs.validate(newConfig);
        _config = SSTORE2.write(abi.encode(newConfig));
        emit ConfigSet(newConfig);
    }

    function _load() private view returns (ShortfallConfig memory) {
        return abi.decode(SSTORE2.read(_config), (ShortfallConfig));
    }

    function _evaluate(
        Portfolio calldata portfolio,
        uint256[] memory keys,
        Market memory supposed,
        bytes memory set,
        ShortfallConfig memory rule
    ) private pure returns (Margin memory result) {
        (Charges memory charges, int256[] memory losses) = _revalue(portfolio, keys, supposed, set);
        (uint256 maintenance, uint256 initial) = _tails(losses, rule);
        maintenance = maintenance.mulWadUp(rule.maintenanceFactor) + charges.flat
            + charges.naked.mulWadUp(rule.shortOptionMaintenance);
        initial = initial.mulWadUp(rule.initialFactor).mulWadUp(charges.multiplier) + charges.flat
            + charges.naked.mulWadUp(rule.shortOptionMaintenance) + charges.naked.mulWadUp(rule.shortOptionInitial);
        result.equity = charges.equity;
        result.initialMargin = charges.equity - int256(initial);
        result.maintenanceMargin = charges.equity - int256(maintenance);
    }

    function _revalue(
        Portfolio calldata portfolio,
        uint256[] memory keys,
        Market memory supposed,
        bytes memory set
    ) private pure returns (Charges memory charges, int256[] memory losses) {
        ScenarioProfits.Set memory scenarios = ScenarioProfits.open(set);
        Exposure[] memory exposures = Sensitivities.read(portfolio, keys, supposed);
        losses = new int256[](scenarios.scenarios);
        charges.equity = portfolio.cash;
        charges.multiplier = WAD;
        OptionBound[] memory bounds = OptionBounds.read(portfolio, keys, supposed, exposures);
        for (uint256 i = 0; i < exposures.length; ++i) {
            Exposure memory exposure = exposures[i];
            losses.add(scenarios, exposure.underlying, exposure.sensitivity, bounds[i]);
            charges.equity += exposure.sensitivity.value;
            charges.flat += exposure.liquidity + exposure.haircut;
            charges.naked += exposure.naked;
            charges.multiplier = charges.multiplier.max(exposure.multiplier);
        }
        losses.toLosses();
    }

    /// @dev Requirements are never negative. The maintenance level is the lower one, so that its tail holds the other.
    function _tails(int256[] memory losses, ShortfallConfig memory rule)
        private
        pure
        returns (uint256 maintenance, uint256 initial)
    {
        uint256 total = losses.length;
        Tail.Worst memory worst = losses.select(total, total, rule.maintenanceLevel);
        maintenance = _measure(losses, worst, rule.measure);
        if (rule.initialLevel == rule.maintenanceLevel) return (maintenance, maintenance);
        worst = losses.select(worst.count, total, rule.initialLevel);
        initial = _measure(losses, worst, rule.measure);
    }

    function _measure(int256[] memory losses, Tail.Worst memory worst, TailMeasure measure)
        private
        pure
        returns (uint256)
    {
        int256 loss = measure == TailMeasure.ValueAtRisk ? losses[0] : losses.expectedShortfall(worst);
        return loss > 0 ? uint256(loss) : 0;
    }
}
