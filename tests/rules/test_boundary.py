"""The flag that keeps outside calls out of transactions."""

import pytest

from models.rules.boundary import OutsideCallInTransactionError, inside_transaction, require_outside_transaction


def test_an_outside_call_is_refused_inside_a_transaction_and_allowed_before_and_after() -> None:
    require_outside_transaction("mail")
    with inside_transaction(), pytest.raises(OutsideCallInTransactionError, match="mail was called inside"):
        require_outside_transaction("mail")
    require_outside_transaction("mail")


def test_the_flag_falls_with_an_error() -> None:
    with pytest.raises(KeyError), inside_transaction():
        raise KeyError
    require_outside_transaction("mail")
