"""P10: each desk's whole page over HTTP, with a long history of a hundred sellers behind it."""

import time

from django.utils import timezone

from bench.ground import filled, settle
from bench.load import request, send
from bench.measuring import Figure, Size
from bench.sites import our_site
from bench.streams import signed_in
from config.seeding import seed_sales
from payments.models import PaymentIntent
from payouts.models import PayoutSchedule
from people.models import User

PAYMENTS, SELLERS, LOOKS = (200_000, 2_000), 100, (200, 20)


def looking_at_pages(size: Size) -> list[Figure]:
    """One reader at a time; p95 of each."""
    payments = size.of(*PAYMENTS)
    with filled("pages") as name:
        seed_sales(payments, sellers=SELLERS, password="not used", at=timezone.now())  # noqa: S106
        settle(name)
        paths = _paths()
        figures = {
            path: Figure("P10", f"{desk}, p95, {payments:,} payments", "ms", most=150)
            for path, (desk, _) in paths.items()
        }
        with our_site(name) as port:
            time.sleep(1)
            for _ in range(size.of(size.rounds, 1)):
                for path, (_, cookie) in paths.items():
                    wanted = request("GET", path, {"Cookie": f"sessionid={cookie}"})
                    send(
                        [wanted], port=port, connections=1
                    )  # The first look reads in what the rest need not.
                    answered = send([wanted] * size.of(*LOOKS), port=port, connections=1)
                    figures[path].ours.append(answered.p95_ms)
    return [*figures.values()]


def _paths() -> dict[str, tuple[str, str]]:
    """Each page's name and a cookie of who may see it, by its address."""
    bo, saga = (User.objects.get(email=f"{nick}@klubba.example") for nick in ("bo", "saga"))
    olga = User.objects.create(email="olga@klubba.example", name="Olga", is_operator=True)
    bos, sagas, olgas = signed_in([bo, saga, olga])
    payment = PaymentIntent.objects.filter(buyer=bo).latest("number")
    payout = PayoutSchedule.objects.filter(seller=saga).latest("number")
    return {
        "/buyer/": ("buyer", bos),
        "/seller/": ("seller", sagas),
        f"/payments/{payment.pk}/": ("payment", bos),
        f"/payouts/{payout.pk}/": ("payout", sagas),
        "/operator/": ("operator", olgas),
    }
