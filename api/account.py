"""A seller's account at Stripe: how ready it is, and the way to make it so."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Router

from api.bearer import person_of, sellers
from api.fields import Answer, answers
from api.idempotency import answered_once, run_again
from api.policies import PolicyAnswer, present_policy
from api.problems import refuse_fields
from payouts.holding import is_paused, pause_payouts, resume_payouts
from payouts.models import ConnectedAccount
from payouts.onboarding import begin_onboarding, requirements_in_words
from payouts.policies import terms_of
from payouts.situations import obstacle_of_account
from people.models import User

router = Router(tags=["Account"], auth=sellers)


class AccountAnswer(Answer):
    """What may be known of the account here: of the bank no more than its last four digits."""

    status: str
    requirements: list[str]
    bank_last4: str | None
    reason: str | None
    paused: bool
    policy: PolicyAnswer


class OnboardingAnswer(Answer):
    url: str


@router.get("", response=answers({200: AccountAnswer}, 401, 403))
def get_account(request: HttpRequest) -> AccountAnswer:
    """none, incomplete or ready; what Stripe still asks for, and what keeps payouts from leaving."""
    return _present(person_of(request))


def _present(seller: User) -> AccountAnswer:
    account = ConnectedAccount.objects.filter(seller=seller).first()
    obstacle = obstacle_of_account(account, at=timezone.now())
    status = "none" if account is None else "incomplete" if obstacle else "ready"
    return AccountAnswer(
        status=status,
        requirements=requirements_in_words(str(name) for name in account.requirements) if account else [],
        bank_last4=(account.bank_last4 or None) if account else None,
        reason=gettext(obstacle.reason) if obstacle else None,
        paused=is_paused(seller.pk),
        policy=present_policy(terms_of({seller.pk})[seller.pk].policy),
    )


@router.post("", response=answers({200: OnboardingAnswer}, 401, 403, 409))
@run_again
def begin(request: HttpRequest) -> OnboardingAnswer:
    """The address at Stripe where the seller says who they are and where their bank is. Valid once."""
    refuse_fields(request)
    back = request.build_absolute_uri(reverse("seller"))
    url = begin_onboarding(person_of(request), return_url=back, refresh_url=back, at=timezone.now())
    return OnboardingAnswer(url=url)


@router.post("pause/", response=answers({200: AccountAnswer}, 401, 403))
@answered_once
def pause(request: HttpRequest) -> AccountAnswer:
    """Keep one's own money at rest. What is on its way goes on. Again is the same."""
    refuse_fields(request)
    pause_payouts(person_of(request), at=timezone.now())
    return _present(person_of(request))


@router.post("resume/", response=answers({200: AccountAnswer}, 401, 403))
@answered_once
def resume(request: HttpRequest) -> AccountAnswer:
    """Let one's own money flow again. Again is the same."""
    refuse_fields(request)
    resume_payouts(person_of(request), at=timezone.now())
    return _present(person_of(request))
