// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Data that crosses contract boundaries. Units: a "wad" is 1e18 fixed point; prices are wads of quote per unit of
/// the underlying; sizes are wads of units; times are UTC seconds; fractions and volatilities (annualised) are wads.

enum Kind {
    Call,
    Put,
    Future,
    Perpetual
}

/// A listed contract. `expiry` is zero for perpetuals, `strike` is zero for futures and perpetuals.
struct Instrument {
    uint16 underlying;
    Kind kind;
    uint64 expiry;
    uint128 strike;
}

/// One position of a portfolio. A positive size is long.
struct Leg {
    Instrument instrument;
    int256 size;
}

/// Collateral held besides cash, scaled to 18 decimals whatever the token's own decimals are.
struct Holding {
    uint16 underlying;
    uint256 amount;
}

/// Anything a margin rule can value, stored or hypothetical. `cash` already includes accrued funding. Linear contracts
/// are carried at mark, so a purchase at `price` has debited size * price from cash.
struct Portfolio {
    int256 cash;
    Leg[] legs;
    Holding[] holdings;
}

/// Equity and the two net margins (equity minus requirement). A net margin >= 0 is healthy.
struct Margin {
    int256 equity;
    int256 initialMargin;
    int256 maintenanceMargin;
}

/// Raw SVI of one expiry: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike / forward), and
/// vol = sqrt(w / tau), where forward and tau (wad years) are those at the time of the fit. Flat vol v is b = 0, a = v^2 tau.
struct Smile {
    int256 a;
    int256 b;
    int256 rho;
    int256 m;
    int256 sigma;
    uint256 forward;
    uint256 tau;
}

/// Live prices of one underlying.
struct AssetPrice {
    uint256 spot;
    uint256 perpetual;
    uint256 confidence;
    uint64 timestamp;
}

/// Live term-structure point of one (underlying, expiry).
struct ExpiryPrice {
    uint256 forward;
    int256 rate;
    uint256 confidence;
    Smile smile;
    uint64 timestamp;
}

/// Dynamic risk parameters of one underlying. Every member is a wad fraction, and larger is always more conservative.
struct RiskSet {
    uint256 spotShock;
    uint256 volUp;
    uint256 volDown;
    uint256 haircut;
    uint256 liquidityAddOn;
    uint256 multiplier;
}

/// A matched trade: `buyer` receives `size` and pays size * price to `seller`.
struct Fill {
    uint64 buyer;
    uint64 seller;
    uint32 instrument;
    uint128 size;
    uint128 price;
}
