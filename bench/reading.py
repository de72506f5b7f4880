"""P5 and P6: a person's list and summary over HTTP, beside a bare query with its rows as JSON."""

from django.utils import timezone

from bench.ground import filled, settle
from bench.load import request, send
from bench.measuring import Figure, Size
from bench.sites import limit_site, our_site
from config.seeding import seed_sales
from payments.models import Transaction
from people.models import User
from people.tokens import issue_tokens

OWN_LINES, REQUESTS = (100_000, 2_000), (1_000, 50)
# What the user asked for, over HTTP.
MOST_P95_MS = 200


def reading(size: Size) -> list[Figure]:
    """The first page and the sums of a seller who has as many lines; one connection, and sixteen."""
    lines = size.of(*OWN_LINES)
    listed = "/api/payments/transactions/?limit=25"
    asked = {
        "P5": (f"first page of {lines:,} own lines", listed, "/page", 0.7),
        "P6": (f"sums of {lines:,} own lines", "/api/payments/summary/", "/sums", 0.6),
    }
    figures = {
        (scenario, connections): Figure(scenario, f"{name}, {connections} at once", "requests/s", goal=goal)
        for scenario, (name, _, _, goal) in asked.items()
        for connections in (1, 16)
    }
    with filled("reading") as name:
        seed_sales(lines, sellers=1, password="not used", at=timezone.now())  # noqa: S106
        saga = User.objects.get(email="saga@klubba.example")
        assert Transaction.objects.filter(owner=saga).count() == lines
        settle(name)
        token = issue_tokens(saga, at=timezone.now()).access
        with our_site(name) as ours, limit_site(name) as limit:
            for _ in range(size.rounds):
                for (scenario, connections), figure in figures.items():
                    _, path, bare, _ = asked[scenario]
                    wanted = request("GET", path, {"Authorization": f"Bearer {token}"})
                    answered = send([wanted] * size.of(*REQUESTS), port=ours, connections=connections)
                    figure.ours.append(size.of(*REQUESTS) / answered.seconds)
                    figure.notes.append(f"p95 {answered.p95_ms:.1f} ms of {MOST_P95_MS}")
                    bare_one = request("GET", f"{bare}?of={saga.pk}", {})
                    answered = send([bare_one] * size.of(*REQUESTS), port=limit, connections=connections)
                    figure.limit.append(size.of(*REQUESTS) / answered.seconds)
    return [*figures.values()]
