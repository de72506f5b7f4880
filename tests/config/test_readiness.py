"""The doctor: each thing that going live needs, whole and broken."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from audit.auditing import audit_all
from audit.models import Audit
from config.home import PROJECT
from config.readiness import of_database, of_running, of_stripe, of_surroundings
from config.readiness.findings import Question
from gateway.client import stripe_client
from payouts.holding import trip_breaker
from people.models import User
from tests import local
from tests.browser.sandbox_process import SECRET_KEY
from tests.cast import Cast, give_password
from tests.databases import url_of
from tests.notifications.mail_server import mail_server
from tests.treasury.market import Market

OURS = "https://klubba.example/api/payments/webhooks/stripe/"
CONNECT = "https://klubba.example/api/payments/webhooks/stripe-connect/"


@pytest.fixture
def live(settings: Any) -> Any:
    """The settings of a live world that is whole."""
    settings.SANDBOX_WORLD, settings.LIVEMODE, settings.WORLD = False, True, "live"
    settings.STRIPE_SECRET_KEY = "sk_live_0123456789abcdef"
    settings.STRIPE_PUBLISHABLE_KEY = "pk_live_0123456789abcdef"
    settings.STRIPE_WEBHOOK_SECRETS = ("whsec_0123456789abcdef",)
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = ("whsec_fedcba9876543210",)
    settings.ALLOWED_HOSTS = ["klubba.example"]
    settings.SECRET_KEY = "k" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 1
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, world="live", metrics_token="m" * 20)
    return settings


def marks(question: Question) -> str:
    return "".join(str(finding)[0] for finding in question())


def missing(question: Question) -> str:
    """What it says is not ready."""
    return " ".join(finding.sentence for finding in question() if finding.verdict == "not ready")


def test_surroundings_that_are_whole_are_ready(live: Any) -> None:
    assert marks(of_surroundings.keys) == "✓✓"
    assert marks(of_surroundings.django_itself) == "✓"
    assert marks(of_surroundings.hosts) == "✓"
    assert marks(of_surroundings.secrets) == "✓✓✓"


@pytest.mark.parametrize(
    ("name", "value", "question", "said"),
    [
        ("LIVEMODE", False, of_surroundings.keys, "test keys"),
        ("STRIPE_SECRET_KEY", "pk_live_0123456789abcdef", of_surroundings.keys, "begins with sk_"),
        ("STRIPE_PUBLISHABLE_KEY", "sk_live_0123456789abcdef", of_surroundings.keys, "with pk_"),
        ("SECRET_KEY", "short-but-sixteen", of_surroundings.django_itself, "security.W009"),
        ("SESSION_COOKIE_SECURE", False, of_surroundings.django_itself, "security.W012"),
        ("ALLOWED_HOSTS", ["*"], of_surroundings.hosts, "every host"),
        ("ALLOWED_HOSTS", ["localhost", "127.0.0.1"], of_surroundings.hosts, "this machine only"),
        ("STRIPE_CONNECT_WEBHOOK_SECRETS", (), of_surroundings.secrets, "payouts are off"),
        ("STRIPE_WEBHOOK_SECRETS", ("0123456789abcdef",), of_surroundings.secrets, "whsec_"),
        ("STRIPE_WEBHOOK_SECRETS", ("whsec_fedcba9876543210",), of_surroundings.secrets, "are the same"),
    ],
)
def test_what_is_wrong_around_us_is_said(
    live: Any, name: str, value: object, question: Question, said: str
) -> None:
    setattr(live, name, value)

    assert said in missing(question)


def test_no_secret_is_in_any_sentence(live: Any) -> None:
    questions = (of_surroundings.keys, of_surroundings.secrets, of_surroundings.letters)
    told = " ".join(str(finding) for question in questions for finding in question())

    for secret in (live.STRIPE_SECRET_KEY, *live.STRIPE_WEBHOOK_SECRETS, live.ENVIRONMENT.metrics_token):
        assert secret not in told


def test_a_mail_server_is_asked_and_sent_nothing(live: Any) -> None:
    assert "letters are written and wait" in missing(of_surroundings.letters)
    live.ENVIRONMENT = replace(live.ENVIRONMENT, email_url="smtp://127.0.0.1/?from=a@b.example")
    live.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    live.EMAIL_HOST, live.EMAIL_TIMEOUT = "127.0.0.1", 1
    with mail_server() as server:
        live.EMAIL_PORT = server.port
        assert (marks(of_surroundings.letters), server.taken) == ("✓", [])

    assert "ConnectionRefusedError" in missing(of_surroundings.letters)


def test_migrations_that_wait_are_named(own_database: str) -> None:
    assert marks(of_database.migrations) == "✓✓"
    with psycopg.connect(url_of(own_database), autocommit=True) as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0001%'")

    assert "audit.0001" in missing(of_database.migrations)


SABOTAGES = {
    "GRANT DELETE ON payments_paymentintent TO klubba_app": "DELETE or TRUNCATE on payments_paymentintent",
    "GRANT TRUNCATE ON treasury_platformpayout TO PUBLIC": "DELETE or TRUNCATE on treasury_platformpayout",
    "GRANT UPDATE (amount_minor) ON ledger_posting TO klubba_app": "UPDATE on ledger_posting",
    "GRANT UPDATE ON events_event TO klubba_app": "UPDATE on events_event",
    "ALTER TABLE auctions_bid OWNER TO klubba_app": "auctions_bid as its own",
    "GRANT pg_read_server_files TO klubba_app": "membership in pg_read_server_files",
    "ALTER ROLE klubba_app CREATEDB": "the power rolcreatedb",
    "ALTER ROLE klubba_app LOGIN": "sign-in of its own",
    "GRANT CREATE ON SCHEMA public TO klubba_app": "making of tables",
    "GRANT SET ON PARAMETER session_replication_role TO klubba_app": "switching off of triggers",
}


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_whatever_the_role_has_too_much_is_seen(django_db_setup: None, sabotage: str) -> None:
    """Undone before anybody else of the cluster could see it."""
    params = {"money": of_database.MONEY, "books": of_database.BOOKS}
    with psycopg.connect(url_of(str(connection.settings_dict["NAME"]))) as owner:
        assert owner.execute(of_database.TOO_MUCH, params).fetchall() == []
        owner.execute(sabotage)
        found = owner.execute(of_database.TOO_MUCH, params).fetchall()
        owner.rollback()

    assert any(SABOTAGES[sabotage] in what for (what,) in found)


def test_a_superuser_behind_the_role_is_no_secret(db: None, live: Any) -> None:
    assert "a superuser" in missing(of_database.role)


def test_what_a_crash_may_take_is_said(db: None) -> None:
    assert "synchronous_commit is off" in missing(of_database.durability)  # As it is in the tests' server.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")

    assert marks(of_database.durability) == "✓"


def test_a_log_that_is_kept_nowhere_is_no_backup(db: None, live: Any) -> None:
    assert "archive_mode is off" in missing(of_database.backups)


def test_our_own_account_must_be_on_manual_payouts(db: None, told: dict[str, object]) -> None:
    told |= {
        "object": "account",
        "id": "acct_1",
        "settings": {"payouts": {"schedule": {"interval": "daily"}}},
    }
    assert "by itself" in missing(of_stripe.payouts_of_our_own)

    told["settings"] = {"payouts": {"schedule": {"interval": "manual"}}}
    assert marks(of_stripe.payouts_of_our_own) == "✓"


@pytest.fixture
def endpoint(market: Market, live: Any) -> Callable[..., None]:
    """An endpoint as Stripe would know it. The sandbox takes no live key."""
    live.STRIPE_SECRET_KEY = SECRET_KEY
    stripe_client.cache_clear()

    def make(url: str, *types: str, **changed: str) -> None:
        made = _post(market, "", {"url": url, "enabled_events[]": types, "api_version": "2026-10-28.endive"})
        if changed:
            _post(market, f"/{made['id']}", changed)

    return make


def _post(market: Market, path: str, data: dict) -> dict:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Stripe-Version": "2026-10-28.endive"}
    answer = local.post(f"{market.sandbox.origin}/v1/webhook_endpoints{path}", data=data, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_endpoints_that_are_told_of_all_we_handle_are_ready(endpoint: Callable[..., None]) -> None:
    endpoint(OURS, *of_stripe.TYPES_OF_OUR_OWN)
    endpoint(CONNECT, *of_stripe.TYPES_OF_CONNECTED)

    assert marks(of_stripe.endpoints) == "✓✓"


def test_what_stripe_would_not_tell_us_is_said(endpoint: Callable[..., None]) -> None:
    assert missing(of_stripe.endpoints).count("knows no webhook endpoint") == 2
    endpoint(OURS, *of_stripe.TYPES_OF_OUR_OWN - {"payment_intent.succeeded"})
    endpoint(CONNECT, *of_stripe.TYPES_OF_CONNECTED, disabled="true")

    said = missing(of_stripe.endpoints)
    assert "is not told of payment_intent.succeeded." in said
    assert f"{CONNECT} is disabled" in said


def test_another_version_than_ours_is_said(db: None, live: Any, told: dict[str, object]) -> None:
    known = {
        "id": "we_1",
        "url": OURS,
        "status": "enabled",
        "enabled_events": ["*"],
        "api_version": "2020-08-27",
    }
    told |= {"object": "list", "data": [known], "has_more": False}

    assert "API version 2020-08-27" in missing(of_stripe.endpoints)


def test_the_readme_names_the_events_that_are_asked_for() -> None:
    told = (PROJECT / "README.md").read_text().split("with these events:")[1]
    ours, connected = told.split("For the events of sellers' accounts")

    assert {word for word in ours.split() if word in of_stripe.ALL_HANDLERS} == of_stripe.TYPES_OF_OUR_OWN
    assert {
        word for word in connected.split() if word in of_stripe.ALL_HANDLERS
    } == of_stripe.TYPES_OF_CONNECTED


def test_without_somebody_who_can_sign_in_nobody_operates(cast: Cast, live: Any) -> None:
    assert "No operator can sign in" in missing(of_running.operators)
    assert "5 people of the demo" in missing(of_running.operators)

    User.objects.update(is_active=False)
    for nick in ("olga", "otto"):
        person = User.objects.get(email=f"{nick}@klubba.example")
        person.email, person.is_active = f"{nick}@auctions.example", True
        give_password(person).save()
        assert marks(of_running.operators) == {"olga": "–", "otto": "✓"}[nick]


def test_a_worker_that_has_not_looked_lately_is_missed(own_database: str) -> None:
    assert "There was no audit yet" in missing(of_running.audits)
    audit_all(at=timezone.now())
    assert marks(of_running.audits) == "✓✓✓"

    Audit.objects.filter(kind="fresh").update(looked_at=timezone.now() - timedelta(minutes=6))
    assert "is manage.py work running?" in missing(of_running.audits)
    Audit.objects.update(looked_at=timezone.now() - timedelta(hours=27), findings={"I01": ["1"]})
    assert "I01 does not hold" in missing(of_running.audits)
    assert "run manage.py audit." in missing(of_running.audits)


def test_a_breaker_that_is_open_is_said(db: None) -> None:
    assert marks(of_running.breakers) == "✓"
    trip_breaker("books", reason="Something is wrong.", at=timezone.now())

    assert "(books)" in missing(of_running.breakers)


def test_the_command_says_all_of_it_and_its_status_is_the_worst_of_it(own_cast: Cast, market: Market) -> None:
    for person in (own_cast.olga, own_cast.otto):
        give_password(person)
    audit_all(at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    said = io.StringIO()
    call_command("doctor", stdout=said)  # It ends with 0.

    lines = said.getvalue().splitlines()
    assert len(lines) > 20
    assert {line[:2] for line in lines} == {"✓ ", "– "}
    trip_breaker("books", reason="Something is wrong.", at=timezone.now())
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=said)
    assert ended.value.code == 1
