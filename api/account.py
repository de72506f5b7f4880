"""A seller's account at Stripe: how ready it is, and the way to make it so."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Router

from api.bearer import person_of, sellers
from api.fields import Answer, answers
from api.idempotency import run_again
from api.problems import refuse_fields
from payouts.models import ConnectedAccount
from payouts.onboarding import begin_onboarding, requirements_in_words
from payouts.situations import Obstacle, obstacle_of_account

router = Router(tags=["Account"], auth=sellers)


class AccountAnswer(Answer):
    """What may be known of the account here: of the bank no more than its last four digits."""

    status: str
    requirements: list[str]
    bank_last4: str | None
    reason: str | None


class OnboardingAnswer(Answer):
    url: str


@router.get("", response=answers({200: AccountAnswer}, 401, 403))
def get_account(request: HttpRequest) -> AccountAnswer:
    """none, incomplete or ready; what Stripe still asks for, and what keeps payouts from leaving."""
    account = ConnectedAccount.objects.filter(seller=person_of(request)).first()
    obstacle = obstacle_of_account(account, at=timezone.now())
    if account is None:
        return AccountAnswer(status="none", requirements=[], bank_last4=None, reason=_reason(obstacle))
    return AccountAnswer(
        status="incomplete" if obstacle else "ready",
        requirements=requirements_in_words(str(name) for name in account.requirements),
        bank_last4=account.bank_last4 or None,
        reason=_reason(obstacle),
    )


def _reason(obstacle: Obstacle | None) -> str | None:
    return gettext(obstacle.reason) if obstacle else None


@router.post("", response=answers({200: OnboardingAnswer}, 401, 403, 409))
@run_again
def begin(request: HttpRequest) -> OnboardingAnswer:
    """The address at Stripe where the seller says who they are and where their bank is. Valid once."""
    refuse_fields(request)
    back = request.build_absolute_uri(reverse("seller"))
    url = begin_onboarding(person_of(request), return_url=back, refresh_url=back, at=timezone.now())
    return OnboardingAnswer(url=url)
