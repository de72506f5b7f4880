"""The nine lines a newcomer sees: what must be true of the reference sale, and the figure behind each.

Amounts are compared as the strings the API told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from holidays import country_holidays

from config.reference_sale import BID, CURRENCY, Json, Sale

COMMISSION = "770.00"
PAYOUT = "10230.00"
RATE = "7.00"
DAYS_TO_PAYOUT = 7
STOCKHOLM = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True)
class Check:
    """One of the nine: its label, whether it holds, and what was seen."""

    label: str
    holds: bool
    figure: str

    def __str__(self) -> str:
        return f"{'✓' if self.holds else '✗'} {self.label}: {self.figure}"


def nine_checks(sale: Sale) -> list[Check]:
    """Judge the sale. A sale that stopped on the way fails where it stopped and after."""
    return [_judged(label, judge, sale) for label, judge in JUDGES.items()]


def _judged(label: str, judge: Callable[[Sale], str], sale: Sale) -> Check:
    try:
        return Check(label, True, judge(sale))
    except _Otherwise as seen:
        return Check(label, False, sale.stopped or str(seen))
    except (LookupError, TypeError, ValueError) as missing:
        return Check(label, False, sale.stopped or f"the answer lacks {missing}")


class _Otherwise(Exception):
    """What was seen instead."""


def _payment_intent_created(sale: Sale) -> str:
    created = sale.intent["payment_intent"]
    _require(created, total_amount=BID, currency=CURRENCY, commission_rate=RATE)
    if not (created["stripe_payment_intent_id"] or "").startswith("pi_"):
        raise _Otherwise(f"stripe_payment_intent_id is {created['stripe_payment_intent_id']!r}")
    return f"{created['stripe_payment_intent_id']}, {BID} {CURRENCY}"


def _payment_completed(sale: Sale) -> str:
    wanted = {"status": "succeeded", "outcome": "sale", "total_amount": BID}
    _require(sale.payment, **wanted, commission_amount=COMMISSION, seller_amount=PAYOUT)
    at = datetime.fromisoformat(sale.payment["confirmed_at"]).astimezone(STOCKHOLM)
    return f"{BID} {CURRENCY} at {at:%H:%M:%S}, {sale.completion_seconds:.2f} s after the card"


def _transactions_created(sale: Sale) -> str:
    kinds = sorted(line["transaction_type"] for line in _lines(sale))
    if kinds != ["commission", "payout"]:
        raise _Otherwise(f"{len(kinds)} ({', '.join(kinds) or 'none'})")
    return f"2, {COMMISSION} + {PAYOUT} = {_sum(line['amount'] for line in _lines(sale))} {CURRENCY}"


def _commission_transaction(sale: Sale) -> str:
    line = _line(sale, "commission")
    _require(line, amount=COMMISSION, currency=CURRENCY, status="completed", user_role="buyer")
    return f"{line['amount']} {CURRENCY}, {line['status']}, {sale.payment['commission_rate']} % of {BID}"


def _payout_transaction(sale: Sale) -> str:
    line = _line(sale, "payout")
    _require(line, amount=PAYOUT, currency=CURRENCY, status="pending", user_role="seller")
    return f"{line['amount']} {CURRENCY}, {line['status']}"


def _payout_schedule_created(sale: Sale) -> str:
    """A schedule may hold other sales of the day: this one's line must be among its own, at its amount."""
    _require(sale.payout, id=_line(sale, "payout")["payout_id"], status="scheduled", currency=CURRENCY)
    _require(_own(sale, sale.payout["transactions"]), amount=PAYOUT)
    due_on = date.fromisoformat(sale.payout["scheduled_date"])
    paid_on = datetime.fromisoformat(sale.payment["confirmed_at"]).astimezone(STOCKHOLM).date()
    if due_on != _first_bank_day(paid_on + timedelta(days=DAYS_TO_PAYOUT)):
        raise _Otherwise(f"due on {due_on:%A} {due_on} for a payment of {paid_on}")
    return f"{sale.payout['number']}, due {due_on:%A} {due_on}"


def _first_bank_day(day: date) -> date:
    """The day itself, or the first after it on which Swedish banks are open."""
    closed = country_holidays("SE", categories=("public", "de_facto"))
    while day.isoweekday() > 5 or day in closed:
        day += timedelta(days=1)
    return day


def _buyer_api(sale: Sale) -> str:
    _require_only(sale.buyer_lines, "commission")
    paid = _grown(sale.buyer_before, sale.buyer_summary, "commission_paid", by=COMMISSION)
    return f"Bo sees {COMMISSION} {CURRENCY} of this sale, {paid} commission paid in all"


def _seller_api(sale: Sale) -> str:
    _require_only(sale.seller_lines, "payout")
    pending = _grown(sale.seller_before, sale.seller_summary, "pending_payouts", by=PAYOUT)
    return f"Saga sees {PAYOUT} {CURRENCY} of this sale, {pending} pending in all"


def _payout_api(sale: Sale) -> str:
    listed = [payout for payout in sale.seller_payouts if payout["id"] == sale.payout["id"]]
    if len(listed) != 1:
        raise _Otherwise(f"payout {sale.payout['id']} is listed {len(listed)} times")
    total = _sum(line["amount"] for line in sale.payout["transactions"])
    _require(listed[0], total_amount=total, transaction_count=len(sale.payout["transactions"]))
    if sale.buyer_payouts != []:
        raise _Otherwise(f"Bo, who sells nothing, sees {sale.buyer_payouts}")
    return f"{listed[0]['number']} of {total} {CURRENCY} with {PAYOUT} of this sale; Bo sees none"


JUDGES: dict[str, Callable[[Sale], str]] = {
    "Payment Intent Created": _payment_intent_created,
    "Payment Completed": _payment_completed,
    "Transactions Created": _transactions_created,
    "Commission Transaction": _commission_transaction,
    "Payout Transaction": _payout_transaction,
    "Payout Schedule Created": _payout_schedule_created,
    "Buyer API Working": _buyer_api,
    "Seller API Working": _seller_api,
    "Payout API Working": _payout_api,
}


def _require(told: Json, **wanted: object) -> None:
    differing = [
        f"{name} is {told[name]!r}, not {value!r}" for name, value in wanted.items() if told[name] != value
    ]
    if differing:
        raise _Otherwise("; ".join(differing))


def _require_only(lines: list[Json], kind: str) -> None:
    kinds = [line["transaction_type"] for line in lines]
    if kinds != [kind]:
        raise _Otherwise(f"the list of this sale is {', '.join(kinds) or 'empty'}, not one {kind}")


def _lines(sale: Sale) -> list[Json]:
    return sale.buyer_lines + sale.seller_lines


def _line(sale: Sale, kind: str) -> Json:
    found = [line for line in _lines(sale) if line["transaction_type"] == kind]
    if len(found) != 1:
        raise _Otherwise(f"{len(found)} lines of type {kind}")
    return found[0]


def _own(sale: Sale, lines: list[Json]) -> Json:
    found = [line for line in lines if line["payment_intent_id"] == sale.payment["id"]]
    if len(found) != 1:
        raise _Otherwise(f"the schedule has {len(found)} lines of this sale")
    return found[0]


def _grown(before: Json, after: Json, name: str, *, by: str) -> str:
    """The total after the sale, which this sale alone has changed."""
    was, now = _of_currency(before, name), _of_currency(after, name)
    if Decimal(now) - Decimal(was) != Decimal(by):
        raise _Otherwise(f"{name} was {was} before the sale and is {now}")
    return now


def _of_currency(summary: Json, name: str) -> str:
    rows = [row for row in summary["by_currency"] if row["currency"] == CURRENCY]
    return rows[0][name] if rows else "0.00"


def _sum(amounts: Iterable[str]) -> str:
    return str(sum(map(Decimal, amounts), Decimal("0.00")))
