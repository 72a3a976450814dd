// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {AssetPrice, ExpiryPrice, Portfolio, RiskSet} from "../interfaces/Types.sol";

/// Prices and risk parameters of one underlying. `price.confidence` is that of the spot.
struct AssetMarket {
    uint16 underlying;
    AssetPrice price;
    uint256 perpetualConfidence;
    RiskSet risk;
}

/// A mark that replaces the smile at one strike. Wads.
struct StrikeVol {
    uint256 strike;
    uint256 volatility;
}

/// Term-structure point of one (underlying, expiry). After expiry only `settlement` counts: the fixed settlement price,
/// or zero while it is not fixed, when spot stands in for it. `settledForward` is the part of the forward that an
/// averaging settlement has fixed already and that no shock moves: zero where the settlement price is that of one moment.
struct ExpiryMarket {
    uint16 underlying;
    uint64 expiry;
    ExpiryPrice price;
    uint256 settlement;
    uint256 settledForward;
    StrikeVol[] strikeVols;
}

/// All that a rule needs to value a portfolio, real or supposed. `stablePrice` is what one unit of the quote currency is
/// worth in the currency that prices are stated in: a wad unless the stable coin has lost its peg.
struct Market {
    uint64 timestamp;
    uint256 stablePrice;
    AssetMarket[] assets;
    ExpiryMarket[] expiries;
}

/// @notice Looking up entries of a market. Linear: a market has a handful of entries.
library MarketEntries {
    error MissingAsset(uint16 underlying);
    error MissingExpiry(uint16 underlying, uint64 expiry);
    error StablePriceOutOfRange(uint256 value);

    uint256 private constant WAD = 1e18;

    /// A stable coin below one cent is an error: quote currency has no price left.
    uint256 private constant MIN_STABLE_PRICE = 0.01e18;

    function asset(Market memory self, uint256 underlying) internal pure returns (AssetMarket memory) {
        AssetMarket[] memory entries = self.assets;
        uint256 count = entries.length;
        for (uint256 i = 0; i < count; ++i) {
            AssetMarket memory entry = entries[i];
            if (entry.underlying == underlying) return entry;
        }
        revert MissingAsset(uint16(underlying));
    }

    function expiry(Market memory self, uint256 underlying, uint256 time) internal pure returns (ExpiryMarket memory) {
        ExpiryMarket[] memory entries = self.expiries;
        uint256 count = entries.length;
        for (uint256 i = 0; i < count; ++i) {
            ExpiryMarket memory entry = entries[i];
            if (entry.expiry == time && entry.underlying == underlying) return entry;
        }
        revert MissingExpiry(uint16(underlying), uint64(time));
    }

    /// @notice What an amount of an underlying counts for as collateral, wad of quote currency, rounded down.
    function collateralValue(Market memory self, AssetMarket memory entry, uint256 amount)
        internal
        pure
        returns (uint256)
    {
        uint256 value = FixedPointMathLib.mulWad(amount, entry.price.spot);
        if (self.stablePrice == WAD) return value;
        if (self.stablePrice < MIN_STABLE_PRICE) revert StablePriceOutOfRange(self.stablePrice);
        return FixedPointMathLib.divWad(value, self.stablePrice);
    }
}
