"""Stories of refunds: before and after the payout, whole and in parts, failed, canceled, and the debts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from money.splitting import half_up
from tests.ledger.books import (
    AT_STRIPE,
    CLEARING,
    COMMISSION,
    FEE,
    FEES,
    IN_TRANSIT,
    INCOME,
    KEPT,
    LOSSES,
    OUR_BANK,
    OWED,
    PART,
    PAYABLE,
    REFUNDS,
    TOTAL,
    VAT,
    nothing_is_owed,
    pay_out,
    refund_after_payout,
    refund_before_payout,
    reserve,
    sale,
    standing,
    tell,
    transfer,
)

POOLED = -1_039_680


@pytest.mark.django_db
class TestBeforeThePayout:
    def test_only_the_fee_is_lost(self) -> None:
        sale()
        tell("refund:1:requested", (PAYABLE, REFUNDS, PART), (INCOME, REFUNDS, COMMISSION))
        assert standing() == {CLEARING: 1_083_320, REFUNDS: TOTAL, FEES: FEE}

        tell("refund:1:sent", (REFUNDS, CLEARING, TOTAL))

        assert standing() == {CLEARING: -FEE, FEES: FEE}
        assert nothing_is_owed()

    def test_half_of_it_is_taken_from_both_parts(self) -> None:
        sale()
        tell("refund:1:requested", (PAYABLE, REFUNDS, 511_500), (INCOME, REFUNDS, 38_500))
        tell("refund:1:sent", (REFUNDS, CLEARING, 550_000))
        assert standing() == {CLEARING: 533_320, PAYABLE: 511_500, INCOME: 38_500, FEES: FEE}

        pay_out(minor=511_500)

        assert standing() == {CLEARING: 21_820, INCOME: 38_500, FEES: FEE}

    def test_the_state_gives_its_part_of_the_commission_back(self) -> None:
        tell("payment:1", (CLEARING, PAYABLE, PART), (CLEARING, INCOME, 61_600), (CLEARING, VAT, 15_400))
        tell("fee:txn_1", (FEES, CLEARING, FEE))

        tell(
            "refund:1:requested", (PAYABLE, REFUNDS, PART), (INCOME, REFUNDS, 61_600), (VAT, REFUNDS, 15_400)
        )
        tell("refund:1:sent", (REFUNDS, CLEARING, TOTAL))

        assert standing() == {CLEARING: -FEE, FEES: FEE}

    def test_what_was_kept_back_of_the_sale_is_taken_too(self) -> None:
        sale()
        tell("reserve:1:kept", (PAYABLE, KEPT, 102_300))

        tell(
            "refund:1:requested",
            (PAYABLE, REFUNDS, 920_700),
            (KEPT, REFUNDS, 102_300),
            (INCOME, REFUNDS, COMMISSION),
        )
        tell("refund:1:sent", (REFUNDS, CLEARING, TOTAL))

        assert standing() == {CLEARING: -FEE, FEES: FEE}

    def test_a_refund_that_fails_stays_owed_and_is_sent_again(self) -> None:
        sale()
        refund_before_payout()
        tell("refund:1:failed", (CLEARING, REFUNDS, TOTAL))
        assert standing() == {CLEARING: 1_083_320, REFUNDS: TOTAL, FEES: FEE}

        tell("refund:2:sent", (REFUNDS, CLEARING, TOTAL))

        assert standing() == {CLEARING: -FEE, FEES: FEE}

    def test_a_refund_that_is_canceled_was_never_asked_for(self) -> None:
        sale()
        before = standing()
        tell("refund:1:requested", (PAYABLE, REFUNDS, PART), (INCOME, REFUNDS, COMMISSION))

        tell("refund:1:canceled", (REFUNDS, PAYABLE, PART), (REFUNDS, INCOME, COMMISSION))

        assert standing() == before


@pytest.mark.django_db
class TestAfterThePayout:
    """The buyer is paid from the pooled balance, and the seller owes it."""

    @pytest.fixture(autouse=True)
    def refunded(self) -> None:
        sale()
        pay_out()
        refund_after_payout()
        assert standing() == {CLEARING: POOLED, OWED: PART, FEES: FEE}

    def test_the_next_sale_pays_the_debt_and_nothing_of_it_leaves(self) -> None:
        sale(2)
        tell("payout:2:netting:1", (PAYABLE, OWED, PART))

        assert standing() == {CLEARING: 43_640, INCOME: COMMISSION, FEES: 2 * FEE}
        assert COMMISSION - 2 * FEE == 43_640
        assert nothing_is_owed()

    def test_a_smaller_sale_pays_a_part_of_it(self) -> None:
        tell("payment:2", (CLEARING, PAYABLE, 93_000), (CLEARING, INCOME, 7_000))
        tell("payout:2:netting:1", (PAYABLE, OWED, 93_000))

        assert standing() == {CLEARING: POOLED + 100_000, OWED: 930_000, INCOME: 7_000, FEES: FEE}

    def test_a_larger_sale_pays_it_and_the_rest_leaves(self) -> None:
        tell("payment:2", (CLEARING, PAYABLE, 2 * PART), (CLEARING, INCOME, 2 * COMMISSION))
        tell("payout:2:netting:1", (PAYABLE, OWED, PART))
        pay_out(2)

        assert standing() == {CLEARING: 2 * COMMISSION - FEE, INCOME: 2 * COMMISSION, FEES: FEE}

    def test_it_is_written_off(self) -> None:
        tell("writeoff:1", (LOSSES, OWED, PART))

        assert standing() == {CLEARING: POOLED, LOSSES: PART, FEES: FEE}
        assert nothing_is_owed()

    def test_the_seller_pays_it_back_by_bank_and_we_bring_it_to_stripe(self) -> None:
        tell("repaid:1", (OUR_BANK, OWED, PART))
        assert standing() == {CLEARING: POOLED, OUR_BANK: PART, FEES: FEE}

        tell("topup:1", (CLEARING, OUR_BANK, PART))

        assert standing() == {CLEARING: -FEE, FEES: FEE}

    def test_the_bank_sends_the_payout_back_and_it_is_reversed(self) -> None:
        tell("payout:1:returned:1", (AT_STRIPE, IN_TRANSIT, PART))
        tell("reversal:1", (CLEARING, AT_STRIPE, PART), (IN_TRANSIT, OWED, PART))

        assert standing() == {CLEARING: -FEE, FEES: FEE}
        assert nothing_is_owed()

    def test_a_refund_that_is_canceled_pays_the_debt_it_made(self) -> None:
        tell("refund:1:failed", (CLEARING, REFUNDS, TOTAL))
        tell("refund:1:canceled", (REFUNDS, OWED, PART), (REFUNDS, INCOME, COMMISSION))

        assert standing() == {CLEARING: 60_320, INCOME: COMMISSION, FEES: FEE}

    def test_once_the_debt_was_netted_a_canceled_refund_is_payable(self) -> None:
        sale(2)
        tell("payout:2:netting:1", (PAYABLE, OWED, PART))
        tell("refund:1:failed", (CLEARING, REFUNDS, TOTAL))
        tell("refund:1:canceled", (REFUNDS, PAYABLE, PART), (REFUNDS, INCOME, COMMISSION))
        pay_out(3)

        assert standing() == {CLEARING: 2 * 60_320, INCOME: 2 * COMMISSION, FEES: 2 * FEE}


@pytest.mark.django_db
def test_while_the_money_lies_on_the_sellers_account_it_is_reversed() -> None:
    sale()
    reserve()
    transfer()
    refund_after_payout()
    assert standing() == {CLEARING: POOLED, OWED: PART, AT_STRIPE: PART, IN_TRANSIT: PART, FEES: FEE}

    tell("reversal:1", (CLEARING, AT_STRIPE, PART), (IN_TRANSIT, OWED, PART))

    assert standing() == {CLEARING: -FEE, FEES: FEE}


class TestInParts(TestCase):
    """Any sequence of refunds ends at exactly both parts."""

    @settings(max_examples=40, deadline=None)
    @given(cuts=st.lists(st.integers(1, TOTAL - 1), max_size=6, unique=True))
    def test_whatever_the_parts_nothing_of_the_sale_is_left(self, cuts: list[int]) -> None:
        sale()
        returned_minor = refunded_minor = 0
        for n, upto_minor in enumerate([*sorted(cuts), TOTAL]):
            commission_minor = half_up(COMMISSION * upto_minor, TOTAL) - returned_minor
            seller_minor = upto_minor - refunded_minor - commission_minor
            tell(
                f"refund:{n}:requested",
                (PAYABLE, REFUNDS, seller_minor),
                (INCOME, REFUNDS, commission_minor),
            )
            tell(f"refund:{n}:sent", (REFUNDS, CLEARING, upto_minor - refunded_minor))
            returned_minor, refunded_minor = returned_minor + commission_minor, upto_minor
            assert standing().get(INCOME, 0) == COMMISSION - returned_minor

        assert standing() == {CLEARING: -FEE, FEES: FEE}
