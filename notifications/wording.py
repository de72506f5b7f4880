"""The words of each letter: what happened, what it means for the money, what to do.

They are written in the language that is active. What a stranger typed is told as a quotation in one line,
and of a counterpart nothing else is told.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, gettext, pgettext

from auctions.closing import TIME_TO_PAY
from auctions.models import Bid
from events.models import Event
from money.writing import written_amount
from notifications.account_wording import (
    invitation,
    join_link,
    join_repeated,
    password_chosen,
    recovery_codes_made,
    reset_link,
    second_factor_added,
    second_factor_removed,
)
from notifications.subjects import Lot, Sale
from notifications.words import Words, written
from payments.declines import decline_sentence, nothing_charged
from payouts.bank_days import PLATFORM_ZONE
from payouts.bank_words import bank_reason
from payouts.dates import written_day, written_moment
from payouts.models import ConnectedAccount, PayoutSchedule
from payouts.situations import COOLING_OFF

LONGEST_IN_SUBJECT = 80
E_MAIL = re.compile(r"\S+@\S+")
# They turn or hide the text around them.
TURNING = set("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def payment_confirmed(event: Event, sale: Sale) -> Words:
    payment = sale.payment
    return written(
        gettext("Your payment of %(amount)s is confirmed") % {"amount": _money(event, "total_minor")},
        gettext("You have paid %(amount)s for %(item)s. The payment is %(payment)s.")
        % {"amount": _money(event, "total_minor"), "item": _item(sale), "payment": payment},
        gettext("The commission of %(commission)s is included in it.")
        % {"commission": _money(event, "commission_minor")},
        _nothing_to_do(),
    )


def item_sold(event: Event, sale: Sale) -> Words:
    """To the seller: what the sale comes to, and when the money comes."""
    return written(
        gettext("Paid: %(item)s") % {"item": _item(sale, longest=LONGEST_IN_SUBJECT)},
        gettext("The buyer has paid %(amount)s for %(item)s. The payment is %(payment)s.")
        % {"amount": _money(event, "total_minor"), "item": _item(sale), "payment": sale.payment},
        gettext("After the commission of %(commission)s you get %(rest)s.")
        % {"commission": _money(event, "commission_minor"), "rest": _money(event, "seller_minor")},
        *_when_it_comes(event, sale),
    )


def _when_it_comes(event: Event, sale: Sale) -> list[str]:
    if sale.payout_on is None:
        return []
    if not sale.bank_is_known:
        planned = gettext("It is planned to leave for your bank on %(day)s.")
        missing = gettext("Tell Stripe where your bank is: the button is among your sales in Klubba.")
        return [planned % {"day": _day(sale.payout_on, event)}, missing]
    leaves = gettext("It leaves for your bank on %(day)s.") % {"day": _day(sale.payout_on, event)}
    return [leaves, _nothing_to_do()]


def payment_declined(event: Event, sale: Sale) -> Words:
    return written(
        gettext("Your payment of %(amount)s was declined")
        % {"amount": _amount(sale.payment.total_minor, sale.payment.currency)},
        gettext("The payment %(payment)s for %(item)s did not go through.")
        % {"payment": sale.payment, "item": _item(sale)},
        f"{decline_sentence(event.details)} {nothing_charged()}",
        *_pay_again(event, sale),
    )


def _pay_again(event: Event, sale: Sale) -> list[str]:
    if sale.pay_by is None:
        return []
    sentence = gettext("You find it in Klubba among your purchases. Pay by %(moment)s to keep what you won.")
    return [sentence % {"moment": _moment(sale.pay_by, event)}]


def payment_returned(event: Event, sale: Sale) -> Words:
    return written(
        gettext("Your payment of %(amount)s came too late") % {"amount": _money(event, "total_minor")},
        gettext("The time to pay for %(item)s had passed when the money came. The payment is %(payment)s.")
        % {"item": _item(sale), "payment": sale.payment},
        gettext("It goes back to you in full: %(amount)s.") % {"amount": _money(event, "total_minor")},
        _nothing_to_do(),
    )


def payout_sent(event: Event, payout: PayoutSchedule) -> Words:
    amount = _money(event, "total_minor")
    arrives_on = payout.payout.arrives_on if payout.payout else None
    sent = gettext("The payout %(payout)s of %(amount)s has left for your bank.")
    expected = gettext("Your bank is expected to have it on %(day)s.")
    return written(
        gettext("%(amount)s is on the way to your bank") % {"amount": amount},
        sent % {"payout": payout, "amount": amount},
        expected % {"day": _day(arrives_on, event)} if arrives_on else "",
        _nothing_to_do(),
    )


def payout_arrived(event: Event, payout: PayoutSchedule) -> Words:
    amount = _money(event, "total_minor")
    return written(
        gettext("%(amount)s has arrived at your bank") % {"amount": amount},
        gettext("Your bank has the payout %(payout)s of %(amount)s.") % {"payout": payout, "amount": amount},
        gettext("You see in Klubba which sales are in it."),
    )


def payout_came_back(event: Event, payout: PayoutSchedule) -> Words:
    """What the seller must mend waits for the seller; all else is tried again by itself."""
    amount = _money(event, "total_minor")
    return written(
        gettext("Your bank sent %(amount)s back") % {"amount": amount},
        gettext("The payout %(payout)s of %(amount)s did not get into your account.")
        % {"payout": payout, "amount": amount},
        _why(str(event.details.get("failure_code", ""))),
        gettext("The money lies safe in your account at Stripe."),
        _again(event, payout),
    )


def _why(code: str) -> str:
    reason = bank_reason(code)
    return gettext("The reason: %(reason)s.") % {"reason": reason} if reason else ""


def _again(event: Event, payout: PayoutSchedule) -> str:
    if payout.retry_on is None:
        return gettext("Sign in at Stripe and check your bank account there; then the payout is sent again.")
    sentence = gettext("It is sent again on %(day)s. You need do nothing.")
    return sentence % {"day": _day(payout.retry_on, event)}


def payout_on_hold(event: Event, payout: PayoutSchedule) -> Words:
    """Only of a hold that an operator placed, with the reason in the operator's own words."""
    reason = _quoted(str(event.details.get("reason", "")))
    return written(
        gettext("Your payout %(payout)s is on hold") % {"payout": payout},
        gettext("The payout %(payout)s of %(amount)s does not leave until we have looked at it.")
        % {"payout": payout, "amount": _amount(payout.total_minor, payout.currency)},
        gettext("Our reason: %(reason)s") % {"reason": reason} if reason else "",
        gettext("The money stays yours. You need do nothing unless the reason asks for it."),
    )


def bank_changed(event: Event, account: ConnectedAccount) -> Words:
    """A warning to the address we know, in case somebody else made the change."""
    last4, before = (str(event.details.get(name, "")) for name in ("last4", "before"))
    return written(
        gettext("Your bank account for payouts was changed"),
        gettext("Payouts now go to the account that ends in %(last4)s. Before, it ended in %(before)s.")
        % {"last4": last4 or "–", "before": before or "–"},
        gettext("For 72 hours nothing leaves: not before %(moment)s. What was on its way keeps its account.")
        % {"moment": _moment(event.at + COOLING_OFF, event)},
        gettext("If it was you, you need do nothing."),
        gettext(
            "If it was not you: sign in at Stripe, change your password there and enter your own bank account"
            " again. Each change begins the 72 hours anew. Change your password in Klubba too."
        ),
    )


def account_disconnected(event: Event, account: ConnectedAccount) -> Words:
    return written(
        gettext("Your Stripe account is no longer connected to Klubba"),
        gettext("Klubba's access to your Stripe account was taken away, so no payout leaves."),
        gettext("What you have earned stays yours and waits."),
        gettext("To be paid out, connect it again: the button is among your sales in Klubba."),
    )


def item_won(event: Event, lot: Lot) -> Words:
    assert lot.won is not None
    item = _item(lot)
    return written(
        gettext("You have won: %(item)s") % {"item": _item(lot, longest=LONGEST_IN_SUBJECT)},
        gettext("The auction of %(item)s has ended, and your bid of %(amount)s is the highest.")
        % {"item": item, "amount": _bid(lot.won)},
        gettext("Pay by %(moment)s to keep it: you find it in Klubba among your purchases.")
        % {"moment": _moment(event.at + TIME_TO_PAY, event)},
    )


def auction_ended(event: Event, lot: Lot) -> Words:
    """To the seller, with a winner or without."""
    item, short = _item(lot), _item(lot, longest=LONGEST_IN_SUBJECT)
    if lot.won is None:
        return written(
            gettext("Not sold: %(item)s") % {"item": short},
            gettext("The auction of %(item)s has ended without a winning bid.") % {"item": item},
            _nothing_to_do(),
        )
    return written(
        gettext("Sold: %(item)s") % {"item": short},
        gettext("The auction of %(item)s has ended. The highest bid is %(amount)s.")
        % {"item": item, "amount": _bid(lot.won)},
        gettext("The buyer has until %(moment)s to pay. You hear from us when that is done.")
        % {"moment": _moment(event.at + TIME_TO_PAY, event)},
        _nothing_to_do(),
    )


def pay_soon(event: Event, lot: Lot) -> Words:
    assert lot.won is not None and lot.won.pay_by is not None
    by = {"moment": _moment(lot.won.pay_by, event)}
    return written(
        gettext("Pay by %(moment)s to keep what you won") % by,
        gettext("You have won %(item)s for %(amount)s, and it is not paid yet.")
        % {
            "item": _item(lot),
            "amount": _bid(lot.won),
        },
        gettext("After %(moment)s it is yours no more. You find it in Klubba among your purchases.") % by,
    )


def win_expired(event: Event, lot: Lot) -> Words:
    return written(
        gettext("The time to pay has passed: %(item)s") % {"item": _item(lot, longest=LONGEST_IN_SUBJECT)},
        gettext("You have not paid for %(item)s in time, and it is yours no more. Nothing was charged.")
        % {"item": _item(lot)},
        _nothing_to_do(),
    )


def not_paid(event: Event, lot: Lot) -> Words:
    return written(
        gettext("Not paid: %(item)s") % {"item": _item(lot, longest=LONGEST_IN_SUBJECT)},
        gettext("The buyer has not paid for %(item)s in time, and it is still yours.") % {"item": _item(lot)},
        gettext("You may sell it in a new auction."),
    )


def _nothing_to_do() -> str:
    return gettext("You need do nothing.")


def _bid(bid: Bid) -> str:
    return _amount(bid.amount_minor, bid.currency)


def _item(sold: Sale | Lot, *, longest: int | None = None) -> str:
    return _quoted(sold.title, longest=longest)


def _quoted(typed: str, *, longest: int | None = None) -> str:
    """In quotation marks and in one line, without e-mail addresses or what turns the text around it."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in typed)
    line = " ".join(E_MAIL.sub("…", "".join(c for c in kept if c not in TURNING)).split())
    if longest is not None and len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return pgettext("quotation", "“%(words)s”") % {"words": line} if line else ""


def _money(event: Event, name: str) -> str:
    """An amount as the diary noted it."""
    return _amount(int(event.details[name]), str(event.details["currency"]))


def _amount(amount_minor: int, currency: str) -> str:
    return written_amount(amount_minor, currency, language=_language())


def _day(day: date, event: Event) -> str:
    return written_day(day, language=_language(), today=event.at.astimezone(PLATFORM_ZONE).date())


def _moment(moment: datetime, event: Event) -> str:
    today = event.at.astimezone(PLATFORM_ZONE).date()
    return written_moment(moment, language=_language(), today=today)


def _language() -> str:
    return get_language() or "en"


Wording = Callable[[Event, Any], Words]

# By the diary's word for it: who hears of it, and in what words.
LETTERS: dict[str, dict[str, Wording]] = {
    "auction.closed": {"winner": item_won, "seller": auction_ended},
    "bid.due_soon": {"winner": pay_soon},
    "bid.expired": {"winner": win_expired, "seller": not_paid},
    "payment.completed": {"buyer": payment_confirmed, "seller": item_sold},
    "payment.declined": {"buyer": payment_declined},
    "payment.returned": {"buyer": payment_returned},
    "payout.sent": {"seller": payout_sent},
    "payout.paid": {"seller": payout_arrived},
    "payout.returned": {"seller": payout_came_back},
    "payout.held": {"seller": payout_on_hold},
    "account.bank_changed": {"seller": bank_changed},
    "account.deauthorized": {"seller": account_disconnected},
    "person.join_asked": {"member": join_link},
    "person.invited": {"member": invitation},
    "person.recovery_codes_made": {"member": recovery_codes_made},
    "person.join_repeated": {"member": join_repeated},
    "person.reset_asked": {"member": reset_link},
    "person.password_chosen": {"member": password_chosen},
    "person.second_factor_added": {"member": second_factor_added},
    "person.second_factor_removed": {"member": second_factor_removed},
}
