"""One seller as an operator sees them: account, holds, policies, what is open; and a new policy."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods

from dashboards.access import operators, reader_of, signed_in
from dashboards.asking import Question, ask_first
from dashboards.bank import account_in_words
from dashboards.policy_form import PolicyTyped, typed_of_policy, typed_of_post
from dashboards.policy_words import INTERVALS, WEEKDAYS, policy_sentences
from dashboards.refusals import written_refusal
from ledger.balances import balances_of_owner
from payouts.holding import hold_seller, release_seller
from payouts.locking import lock_seller
from payouts.models import ConnectedAccount, Earning, Hold, PayoutItem, PayoutPolicy
from payouts.policies import PolicyRefused, set_policy
from payouts.processors import PayoutProcessor
from payouts.scheduling import redate_items, scheduled_earnings
from people.models import User

NEWEST = 10
PLACES = {
    "payable": lambda: pgettext("balance", "Not on its way yet"),
    "rolling_reserve": lambda: pgettext("balance", "Kept back"),
    "contested": lambda: pgettext("balance", "Kept for disputes"),
    "reserved": lambda: pgettext("balance", "Set aside for a payout"),
    "in_transit": lambda: pgettext("balance", "At Stripe or on the way to the bank"),
    "receivable": lambda: pgettext("balance", "Owed by the seller"),
}


@dataclass(frozen=True)
class Balance:
    """Where a seller's money is in one currency: (words, amount) for each place that is not empty."""

    currency: str
    places: list[tuple[str, int]]


@dataclass(frozen=True)
class Version:
    """One version of a policy, in sentences."""

    policy: PayoutPolicy
    sentences: str


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def seller(request: HttpRequest, seller_id: int) -> HttpResponse:
    """The page. POST adds a version of the policy, if the one it was written over is still the newest."""
    found = _seller(seller_id)
    versions = _versions(found)
    newest = versions[0]
    if request.method != "POST":
        return _page(request, found, versions, typed_of_policy(newest))
    typed, by = typed_of_post(request.POST), reader_of(request)
    if typed.seen != str(newest.pk or ""):
        if newest.made_by_id == by.pk and typed.says_the_same_as(newest, found):
            return redirect("operator-seller", found.pk)
        refusal = gettext("The policy was changed since you opened this page. Look at it anew.")
        return _page(request, found, versions, typed, refusal=refusal, status=409)
    try:
        _set(typed.policy(found), by)
    except PolicyRefused as refused:
        return _page(request, found, versions, typed, refusal=written_refusal(refused), status=422)
    return redirect("operator-seller", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def hold(request: HttpRequest, seller_id: int) -> HttpResponse:
    found, by = _seller(seller_id), reader_of(request)
    question = Question(
        title=gettext("Hold all payouts of %s?") % found.shown_company,
        told=[gettext("Nothing of this seller's leaves until you release it. What is on its way goes on.")],
        button=gettext("Hold all"),
        back=reverse("operator-seller", args=[found.pk]),
        reason_label=gettext("Reason"),
        reason_hint=gettext("The seller reads it as you write it."),
    )
    return ask_first(
        request,
        question,
        lambda reason: hold_seller(found.pk, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def release(request: HttpRequest, seller_id: int) -> HttpResponse:
    found, by = _seller(seller_id), reader_of(request)
    question = Question(
        title=gettext("Release all payouts of %s?") % found.shown_company,
        told=[gettext("What is due leaves in the next run. A payout that is held by itself stays held.")],
        button=gettext("Release all"),
        back=reverse("operator-seller", args=[found.pk]),
        reason_label=gettext("Reason"),
    )
    return ask_first(
        request,
        question,
        lambda reason: release_seller(found.pk, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: True,
    )


@transaction.atomic
def _set(policy: PayoutPolicy, by: User) -> None:
    """The new version, and with it the new day of all that waits; what is on its way is not touched."""
    at, seller_id = timezone.now(), policy.seller_id
    assert seller_id is not None
    lock_seller(seller_id)
    set_policy(policy, by=by, at=at)
    redate_items(PayoutItem.objects.filter(earning__seller=seller_id), at=at)
    unscheduled = Earning.objects.filter(seller=seller_id, status=Earning.Status.PENDING)
    unscheduled = unscheduled.exclude(pk__in=scheduled_earnings().filter(earning__seller=seller_id))
    PayoutProcessor.create_payout_schedule(list(unscheduled), at=at)


def _seller(seller_id: int) -> User:
    return get_object_or_404(User.objects, pk=seller_id, is_seller=True)


def _versions(found: User) -> list[PayoutPolicy]:
    """The seller's own versions, newest first, and last the platform's, which holds without one."""
    rows = PayoutPolicy.objects.filter(Q(seller=found) | Q(seller=None)).select_related("made_by")
    own = list(rows.filter(seller=found).order_by("-pk")[:NEWEST])
    platforms = rows.filter(seller=None).order_by("-pk").first()
    return [*own, platforms or PayoutPolicy()]


def _page(
    request: HttpRequest,
    found: User,
    versions: list[PayoutPolicy],
    typed: PolicyTyped,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    account = ConnectedAccount.objects.filter(seller=found).first()
    placed = found.payout_holds.select_related("placed_by", "released_by", "schedule")
    holds = list(placed.order_by("-pk")[:NEWEST])
    standing = [hold for hold in holds if hold.schedule_id is None and hold.kind == Hold.Kind.OPERATOR]
    context = {
        "seller": found,
        "account": account_in_words(account, at=timezone.now()),
        "account_id": account.stripe_account_id if account else None,
        "holds": holds,
        "is_held": any(hold.released_at is None for hold in standing),
        "versions": [Version(policy, policy_sentences(policy)) for policy in versions],
        "balances": _balances(found),
        "typed": typed,
        "intervals": [(value, word()) for value, word in INTERVALS.items()],
        "weekdays": [(str(number), word()) for number, word in enumerate(WEEKDAYS)],
        "refusal": refusal,
    }
    return render(request, "dashboards/operator_seller.html", context, status=status)


def _balances(found: User) -> list[Balance]:
    by_currency: dict[str, dict[str, int]] = defaultdict(dict)
    for (code, currency), minor in balances_of_owner(found.pk).items():
        by_currency[currency][code.rsplit(":", 1)[-1]] = minor
    return [
        Balance(currency, [(word(), places[name]) for name, word in PLACES.items() if places.get(name)])
        for currency, places in by_currency.items()
    ]
