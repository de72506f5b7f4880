"""What letters say: what happened, what it means for the money, what to do; in Swedish and in English."""

from __future__ import annotations

import re
from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest

from auctions.closing import TIME_TO_PAY, close_auction
from events.recording import record_event
from notifications.asking import tell_person
from notifications.delivery import _message
from notifications.models import Letter
from notifications.wording import LETTERS
from notifications.writing import write_letters
from payments.deadlines import expire_unpaid_wins, remind_of_unpaid_wins
from payouts.models import PayoutAttempt, PayoutSchedule
from people.models import User
from tests.cast import NOON, Cast, a_payment, a_won_bid, an_auction
from tests.notifications.diary import decline, letters, open_diary, sell, tell_of
from tests.payouts.moving import an_account

AMOUNTS = {"total_minor": 1_023_000, "currency": "SEK"}
INJECTIONS = [
    "Kista\r\nBcc: eve@evil.example",
    "Kista\nSubject: you have won",
    "Kista\x0bBcc: eve@evil.example",
    "Kista\u2028Bcc: eve@evil.example",
    "Kista\x85Bcc: eve@evil.example",
    "Kista\x1b]0;you have won\x07\x08\x7f",
    "=?utf-8?q?Kista=0ABcc:_eve?=",
    "\u202egnp.atsiK\u202c \u2067x\u2069",
    "<script>alert(1)</script>",
    "%(amount)s %s {0} {{ 7|add:7 }}",
    "K" * 200,
    ".",
    "Write to saga@klubba.example or <bo@klubba.example>",
]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def letter_of(kind: str, person: User) -> Letter:
    letters(at=NOON)
    return Letter.objects.get(event__kind=kind, person=person)


def a_payout(cast: Cast, **changed: object) -> PayoutSchedule:
    """One sale's payout, sent to the bank and expected in two days."""
    sell(cast)
    payout = PayoutSchedule.objects.get()
    payout.payout = PayoutAttempt.objects.create(
        seller=cast.saga,
        currency="SEK",
        amount_minor=1_023_000,
        state="in_transit",
        destination_account="acct_1",
        destination_bank="ba_1",
        stripe_payout_id="po_1",
        arrives_on=date(2026, 12, 3),
        created_at=NOON,
        updated_at=NOON,
    )
    PayoutSchedule.objects.filter(pk=payout.pk).update(payout=payout.payout, **changed)
    return payout


@pytest.fixture
def swedish(cast: Cast) -> Cast:
    User.objects.update(language="sv")
    open_diary()
    return cast


@pytest.fixture
def english(cast: Cast) -> Cast:
    open_diary()
    return cast


def test_the_buyer_reads_what_was_paid_with_the_commission_in_it(english: Cast) -> None:
    payment = sell(english)
    letter = letter_of("payment.completed", english.bo)

    assert plain(letter.subject) == "Your payment of 11,000.00 SEK is confirmed"
    assert plain(letter.text) == (
        f"You have paid 11,000.00 SEK for “Kista, 1780”. The payment is {payment}.\n\n"
        "The commission of 770.00 SEK is included in it.\n\nYou need do nothing.\n\nKlubba\n"
    )
    assert (letter.address, letter.language) == ("bo@klubba.example", "en")


def test_the_seller_reads_what_is_left_and_when_it_comes(english: Cast) -> None:
    an_account(english.saga)
    payment = sell(english)
    letter = letter_of("payment.completed", english.saga)

    assert letter.subject == "Paid: “Kista, 1780”"
    assert plain(letter.text) == (
        f"The buyer has paid 11,000.00 SEK for “Kista, 1780”. The payment is {payment}.\n\n"
        "After the commission of 770.00 SEK you get 10,230.00 SEK.\n\n"
        "It leaves for your bank on Mon 30 Nov.\n\nYou need do nothing.\n\nKlubba\n"
    )


def test_a_seller_without_a_bank_reads_what_to_do(english: Cast) -> None:
    sell(english)
    text = plain(letter_of("payment.completed", english.saga).text)

    assert "It is planned to leave for your bank on Mon 30 Nov." in text
    assert "Tell Stripe where your bank is" in text
    assert "nothing" not in text


def test_in_swedish_it_is_swedish(swedish: Cast) -> None:
    an_account(swedish.saga)
    payment = sell(swedish)
    letter = letter_of("payment.completed", swedish.saga)

    assert letter.subject == "Betald: ”Kista, 1780”"
    assert plain(letter.text) == (
        f"Köparen har betalat 11 000,00 kr för ”Kista, 1780”. Betalningen är {payment}.\n\n"
        "Efter provisionen på 770,00 kr får du 10 230,00 kr.\n\n"
        "Pengarna går till din bank mån 30 nov.\n\nDu behöver inte göra något.\n\nKlubba\n"
    )
    assert letter.language == "sv"


def test_a_decline_says_why_that_nothing_was_charged_and_until_when_there_is_time(english: Cast) -> None:
    decline(english)
    text = plain(letter_of("payment.declined", english.bo).text)

    assert "There is not enough money on the card. Use another card. Nothing was charged." in text
    assert "Pay by Wed 25 Nov 12:00 to keep what you won." in text


def test_a_decline_that_is_over_asks_for_no_payment(english: Cast) -> None:
    tell_of(sell(english), "payment.declined", code="card_declined", decline_code="x")

    assert "Pay by" not in letter_of("payment.declined", english.bo).text


def test_money_that_came_too_late_goes_back(english: Cast) -> None:
    payment = a_payment(a_won_bid(english.bo, english.saga))
    tell_of(payment, "payment.returned", total_minor=1_100_000, currency="SEK")
    text = plain(letter_of("payment.returned", english.bo).text)

    assert "The time to pay for “Kista, 1780” had passed when the money came." in text
    assert "It goes back to you in full: 11,000.00 SEK." in text


def test_a_payout_is_followed_to_the_bank(english: Cast) -> None:
    payout = a_payout(english)
    tell_of(payout, "payout.sent", **AMOUNTS)
    tell_of(payout, "payout.paid", **AMOUNTS)

    sent = letter_of("payout.sent", english.saga)
    assert plain(sent.subject) == "10,230.00 SEK is on the way to your bank"
    assert "Your bank is expected to have it on Thu 3 Dec." in plain(sent.text)
    assert "has arrived" in letter_of("payout.paid", english.saga).subject


@pytest.mark.parametrize(
    ("code", "retry_on", "told"),
    [
        ("account_closed", None, "The reason: the account is closed."),
        ("account_closed", None, "check your bank account there"),
        ("could_not_process", date(2026, 12, 4), "It is sent again on Fri 4 Dec. You need do nothing."),
        ("never_heard_of", date(2026, 12, 4), "lies safe in your account at Stripe.\n\nIt is sent again"),
    ],
)
def test_a_payout_that_came_back_says_why_and_whose_turn_it_is(
    english: Cast, code: str, retry_on: date | None, told: str
) -> None:
    payout = a_payout(english, retry_on=retry_on)
    tell_of(payout, "payout.returned", failure_code=code, **AMOUNTS)

    assert told in plain(letter_of("payout.returned", english.saga).text)


def test_a_changed_bank_account_is_told_to_the_known_address_with_what_to_do(english: Cast) -> None:
    tell_of(an_account(english.saga), "account.bank_changed", last4="6789", before="4242")
    letter = letter_of("account.bank_changed", english.saga)

    assert letter.address == "saga@klubba.example"
    assert "ends in 6789. Before, it ended in 4242." in letter.text
    assert "For 72 hours nothing leaves: not before Thu 26 Nov 12:00." in plain(letter.text)
    assert "If it was not you: sign in at Stripe, change your password there" in letter.text


def test_a_disconnected_account_says_that_nothing_leaves(swedish: Cast) -> None:
    tell_of(an_account(swedish.saga), "account.deauthorized")

    assert "ingen utbetalning går iväg" in letter_of("account.deauthorized", swedish.saga).text


def test_who_has_won_hears_until_when_to_pay_and_the_seller_what_it_brought(english: Cast) -> None:
    a_won_bid(english.bo, english.saga, title="Kista, 1780")
    won = letter_of("auction.closed", english.bo)
    assert won.subject == "You have won: “Kista, 1780”"
    assert "your bid of 11,000.00 SEK is the highest" in plain(won.text)
    assert "Pay by Wed 25 Nov 12:00 to keep it" in plain(won.text)

    sold = letter_of("auction.closed", english.saga)
    assert sold.subject == "Sold: “Kista, 1780”"
    assert "The highest bid is 11,000.00 SEK." in plain(sold.text)
    assert "The buyer has until Wed 25 Nov 12:00 to pay." in plain(sold.text)
    assert "@" not in sold.text + won.text


def test_an_auction_without_a_winner_is_told_to_its_seller_alone(swedish: Cast) -> None:
    close_auction(an_auction(swedish.saga), at=NOON, by=swedish.saga)

    (letter,) = letters(at=NOON)
    assert (letter.person, letter.subject) == (swedish.saga, "Inte sålt: ”Kista, 1780”")
    assert write_letters(at=NOON) == 0


def test_who_has_not_paid_yet_hears_until_when(english: Cast) -> None:
    a_won_bid(english.bo, english.saga)
    assert remind_of_unpaid_wins(limit=9, at=NOON + TIME_TO_PAY - timedelta(hours=3)) == 1

    letter = letter_of("bid.due_soon", english.bo)
    assert plain(letter.subject) == "Pay by Wed 25 Nov 12:00 to keep what you won"
    assert "“Kista, 1780” for 11,000.00 SEK, and it is not paid yet" in plain(letter.text)


def test_a_win_that_was_not_paid_is_told_to_both(english: Cast) -> None:
    bid = a_won_bid(english.bo, english.saga)
    assert expire_unpaid_wins(limit=9, at=NOON + TIME_TO_PAY) == 1

    assert "Nothing was charged." in letter_of("bid.expired", english.bo).text
    assert "it is still yours" in letter_of("bid.expired", english.saga).text
    assert letter_of("auction.closed", english.bo).event.subject_id == str(bid.auction_id)


OF_THE_ACCOUNT = (
    "join_asked",
    "join_repeated",
    "invited",
    "recovery_codes_made",
    "reset_asked",
    "password_chosen",
    "second_factor_added",
    "second_factor_removed",
)


def everything_happens(cast: Cast, *, title: str, reason: str = "Look at it.") -> list[Letter]:
    """A line of every kind there are letters for, each with this title or reason."""
    payout = a_payout(cast)
    payment = decline(cast, title=title)
    sell(cast, title=title)
    tell_of(payment, "payment.returned", total_minor=1, currency="SEK")
    for kind in ("payout.sent", "payout.paid", "payout.returned"):
        tell_of(payout, kind, failure_code="x", **AMOUNTS)
    tell_of(payout, "payout.held", by=cast.olga.pk, reason=reason)
    account = an_account(cast.saga)
    tell_of(account, "account.bank_changed", last4="6789", before="4242")
    tell_of(account, "account.deauthorized")
    bid = a_won_bid(cast.bo, cast.saga, title=title)
    for kind in ("bid.due_soon", "bid.expired"):
        record_event(kind, subject_type="auction", subject_id=bid.auction_id, at=NOON)
    for kind in OF_THE_ACCOUNT:
        tell_person(f"person.{kind}", cast.bo, at=NOON)
    found = letters(at=NOON + timedelta(seconds=1))
    assert {letter.event.kind for letter in found} == set(LETTERS)
    return found


def test_every_letter_has_its_words_in_both_languages_and_no_address_in_them(english: Cast) -> None:
    found = {"en": everything_happens(english, title="Kista")}
    User.objects.update(language="sv")
    known = {letter.pk for letter in found["en"]}
    for letter in found["en"]:
        letter.event.pk = None
        letter.event.save(force_insert=True)
    found["sv"] = [letter for letter in letters(at=NOON) if letter.pk not in known]

    for language, ones in found.items():
        assert {letter.language for letter in ones} == {language}
        for letter in ones:
            assert "@" not in letter.subject + letter.text
            assert "%" not in letter.subject + letter.text
            assert "\n\nKlubba\n" in letter.text
            assert letter.text.endswith("\n\nKlubba\n") == (letter.topic == "")
    english_words = {letter.text for letter in found["en"]}
    assert english_words.isdisjoint(letter.text for letter in found["sv"])


@pytest.mark.parametrize("typed", INJECTIONS)
def test_what_a_stranger_typed_writes_no_header_and_no_address(english: Cast, typed: str) -> None:
    User.objects.filter(pk=english.bo.pk).update(name=typed[:200], company=typed[:200])
    User.objects.filter(pk=english.saga.pk).update(name=typed[:200], company=typed[:200])

    for letter in everything_happens(english, title=typed, reason=typed):
        assert "\n" not in letter.subject and len(letter.subject) <= 200
        assert "@" not in letter.subject + letter.text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", letter.text)
        sent = message_from_bytes(_message(letter).message().as_bytes(), policy=policy.default)
        assert sent["Subject"].strip() == letter.subject
        assert (sent["To"], sent["Bcc"], sent["Cc"]) == (letter.address, None, None)
        assert sorted(name.lower() for name in sent) == [
            "auto-submitted",
            "content-language",
            "content-type",
            "date",
            "from",
            *(["list-unsubscribe", "list-unsubscribe-post"] if letter.topic else []),
            "message-id",
            "mime-version",
            "subject",
            "to",
        ]
