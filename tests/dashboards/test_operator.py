"""What an operator sees and does."""

from __future__ import annotations

from django.utils import timezone

from events.models import Event
from inbox.models import Message
from payments.models import PaymentIntent
from tests.api.asking import a_sale
from tests.cast import Cast, a_payment, a_won_bid, deliver, event_of
from tests.dashboards.reading import Reader


def a_message(state: str, *, reason: str = "", attempts: int = 0) -> Message:
    deliver(event_of("payment_intent.succeeded", {"id": "pi_1"}))
    handled_at = None if state == "received" else timezone.now()
    newest = Message.objects.order_by("-pk")[0]
    Message.objects.filter(pk=newest.pk).update(
        state=state, reason=reason, attempts=attempts, handled_at=handled_at
    )
    return Message.objects.get(pk=newest.pk)


def test_with_nothing_to_do_it_says_so(olga: Reader) -> None:
    assert "Nothing needs you." in olga.get("/operator/").text
    assert "Nothing needs you. Every message was handled" in olga.get("/operator/webhooks/").text


def test_every_payment_is_there_and_can_be_chosen_by_status(cast: Cast, olga: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    begun = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))

    assert olga.get("/operator/").rows == 2
    paid = olga.get("/operator/?state=succeeded")
    assert f"/payments/{sale.pk}/" in paid.links and f"/payments/{begun.pk}/" not in paid.links
    assert "No payments match. Clear filters" in olga.get("/operator/?state=canceled").text
    assert olga.get("/operator/?state=nonsense'").rows == 2


def test_a_stopped_message_is_counted_told_with_its_reason_and_replayed(cast: Cast, olga: Reader) -> None:
    stopped = a_message("quarantined", reason="The amount is 1, and ours is 2.")
    a_message("handled")
    a_message("received", reason="OperationalError: gone", attempts=2)

    assert "Webhooks that need a person 1" in olga.get("/operator/").text
    assert "Webhooks tried in vain so far 1" in olga.get("/operator/").text
    page = olga.get("/operator/webhooks/")
    assert page.rows == 2 and "The amount is 1, and ours is 2." in page.text
    assert "Retrying" in page.text and "Next try" in page.text
    assert page.html.count(f'action="/operator/webhooks/{stopped.pk}/replay/"') == 1
    assert page.html.count("/replay/") == 1

    assert olga.post(f"/operator/webhooks/{stopped.pk}/replay/").url == "/operator/webhooks/"

    assert Message.objects.get(pk=stopped.pk).state == "received"
    line = Event.objects.get(kind="message.replayed")
    assert (line.actor_id, line.subject_id) == (cast.olga.pk, str(stopped.pk))


def test_replaying_what_is_not_stopped_changes_nothing(olga: Reader) -> None:
    for state in ("handled", "ignored", "received"):
        message = a_message(state)
        olga.post(f"/operator/webhooks/{message.pk}/replay/")

        assert Message.objects.get(pk=message.pk).state == state
    assert not Event.objects.filter(kind="message.replayed").exists()


def test_a_message_that_does_not_exist_cannot_be_replayed(olga: Reader) -> None:
    assert olga.post(f"/operator/webhooks/{2**70}/replay/").status_code == 404


def test_messages_are_chosen_by_what_became_of_them(olga: Reader) -> None:
    for state in ("handled", "ignored", "dead", "received"):
        a_message(state)
    rows = {
        state: olga.get(f"/operator/webhooks/?state={state}").rows for state in ("stopped", "waiting", "all")
    }

    assert rows == {"stopped": 1, "waiting": 1, "all": 4}


def test_an_operator_sees_both_parties_and_stripes_ids(cast: Cast, olga: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = olga.get(f"/payments/{sale.pk}/")

    assert "Bergs Antik" in page.text and "Sand & Söner" in page.text
    assert sale.stripe_payment_intent_id in page.text and sale.stripe_charge_id in page.text
    assert "Commission, 7 % 770.00 SEK" in page.text and "The seller gets 10,230.00 SEK" in page.text


def test_other_roles_are_refused(bo: Reader, saga: Reader) -> None:
    for reader in (bo, saga):
        assert reader.get("/operator/").status == reader.get("/operator/webhooks/").status == 403
        assert reader.post("/operator/webhooks/1/replay/").status_code == 403


def test_each_status_of_a_payment_can_be_shown(cast: Cast, olga: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    for status in ("requires_action", "processing", "requires_payment_method", "canceled"):
        PaymentIntent.objects.filter(pk=payment.pk).update(status=status)
        assert olga.get(f"/operator/?state={status}").rows == 1
