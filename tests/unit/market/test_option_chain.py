"""Reading option chains: what is in a good file, and what is said of a bad one."""

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.market.option_chain import read_option_chain
from simulator.market.svi_fit import fit_chain

HEADER = "timestamp,symbol,optionType,strikePrice,expirationDate,underlyingPrice,markPrice,markIV,bestBidIV,bestAskIV"
CALL = "2022-01-27T01:00:00Z,ETH-C,call,2500,2022-02-04T08:00:00Z,2481.5,0.04,84.2,83.0,"
PUT = "2022-01-27T01:00:01Z,ETH-P,put,2400,2022-02-04T08:00:00Z,2481.5,,86.8,,"


@pytest.fixture
def chain_file(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "chain.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


def test_fields_are_read_in_the_units_of_the_library(chain_file):
    chain = read_option_chain(chain_file(CALL, PUT))
    assert chain.symbol == ("ETH-C", "ETH-P")
    assert chain.is_call.tolist() == [True, False]
    assert chain.mark_volatility.tolist() == pytest.approx([0.842, 0.868])
    assert chain.bid_volatility[0] == pytest.approx(0.83)
    assert np.isnan([chain.ask_volatility[0], chain.mark_price[1], chain.open_interest[0]]).all()
    assert chain.expiries == [1643961600]
    assert chain.as_of == 1643245201


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (CALL.replace("call", "straddle"), "line 3, column optionType: 'straddle' is neither call nor put"),
        (CALL.replace("84.2", "-1"), "line 3, column markIV: -1 must be positive"),
        (CALL.replace("84.2", "nan"), "line 3, column markIV: nan must be positive"),
        (CALL.replace("84.2", "high"), "line 3, column markIV: 'high' is not a number"),
        (CALL.replace("2500", ""), "line 3, column strikePrice: empty; a positive number is needed"),
        (CALL.replace("2022-02-04", "2022-01-04"), "line 3, column expirationDate: expired before the quote"),
        (CALL.replace("2022-02-04T08:00:00Z", "4FEB22"), "line 3, column expirationDate: '4FEB22' is not an ISO 8601"),
        (PUT, "line 3, column symbol: ETH-P is listed on line 2 already"),
    ],
)
def test_a_bad_row_is_named(chain_file, row, message):
    with pytest.raises(DataError) as refused:
        read_option_chain(chain_file(PUT, row if row == PUT else row.replace("ETH-C", "ETH-X")))
    assert message in str(refused.value)


def test_a_file_without_options_or_a_column_is_refused(chain_file, tmp_path):
    with pytest.raises(DataError, match="no options in it"):
        read_option_chain(chain_file())
    with pytest.raises(DataError, match="line 1: no column markIV"):
        read_option_chain(chain_file(header=HEADER.replace("markIV", "iv")))
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_option_chain(tmp_path / "none.csv")


def test_too_few_strikes_for_a_smile_are_refused(chain_file):
    with pytest.raises(DataError, match="2 strikes with a volatility at expiry 2022-02-04T08:00Z; a smile needs 5"):
        fit_chain(read_option_chain(chain_file(CALL, PUT)))
