"""The door: what is let in, what is refused, and that no secret shows."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import EnvironmentRefused, read_environment
from config.home import PROJECT

LIVE = {
    "DATABASE_URL": "postgresql://klubba@db.example/klubba",
    "SECRET_KEY": "a-key-of-the-live-site",
    "ALLOWED_HOSTS": "pay.example, www.pay.example",
    "STRIPE_SECRET_KEY": "sk_live_0123456789abcdef",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef",
}
RACE = """
import sys, time
from pathlib import Path
from config.home import kept_secret
folder = Path(sys.argv[1])
while not (folder / "go").exists():
    time.sleep(0.001)
print(*(kept_secret(folder / "home", str(number)) for number in range(200)))
"""


def sandbox(home: Path, **variables: str) -> dict[str, str]:
    return {"KLUBBA_HOME": str(home / "home"), **variables}


def test_without_a_stripe_key_the_world_is_the_sandbox(tmp_path: Path) -> None:
    environment = read_environment(sandbox(tmp_path))

    assert environment.world == "sandbox"
    assert environment.database_url is None
    assert environment.stripe_api_base == "http://127.0.0.1:12111"
    assert environment.stripe_secret_key.startswith("sk_test_")
    assert (environment.port, environment.sandbox_port) == (8000, 12111)
    assert environment.settlement_currencies == ("SEK",)
    assert environment.demo_password == "klubba-demo"
    assert not environment.livemode


def test_with_a_stripe_key_the_world_is_live() -> None:
    environment = read_environment(LIVE)

    assert environment.world == "live"
    assert environment.livemode
    assert environment.stripe_api_base is None
    assert environment.allowed_hosts == ("pay.example", "www.pay.example")


def test_an_api_base_makes_a_test_key_a_sandbox_key(tmp_path: Path) -> None:
    named = {"STRIPE_SECRET_KEY": "sk_test_of_my_own_choosing", "STRIPE_API_BASE": "http://127.0.0.1:9"}
    environment = read_environment(sandbox(tmp_path, **named))

    assert environment.world == "sandbox"
    assert environment.stripe_secret_key == named["STRIPE_SECRET_KEY"]
    assert environment.stripe_api_base == named["STRIPE_API_BASE"]


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY"])
def test_a_live_key_never_goes_to_the_sandbox(tmp_path: Path, name: str) -> None:
    variables = sandbox(tmp_path, STRIPE_API_BASE="http://127.0.0.1:9") | {name: LIVE[name]}
    with pytest.raises(EnvironmentRefused, match="never goes to the sandbox"):
        read_environment(variables)


@pytest.mark.parametrize("name", sorted(LIVE.keys() - {"STRIPE_SECRET_KEY"}))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_live_one_missing_stops_the_start_with_its_name(name: str, value: str | None) -> None:
    with pytest.raises(EnvironmentRefused, match=f"^{name} is not set"):
        read_environment({**LIVE, name: value or ""})


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "METRICS_TOKEN"],
)
def test_live_a_short_secret_stops_the_start_with_its_name(name: str) -> None:
    with pytest.raises(EnvironmentRefused, match=f"^{name} is shorter than 16"):
        read_environment({**LIVE, name: "fifteen-letters"})


def test_keys_of_two_worlds_are_refused() -> None:
    with pytest.raises(EnvironmentRefused, match="different worlds"):
        read_environment({**LIVE, "STRIPE_PUBLISHABLE_KEY": "pk_test_0123456789abcdef"})


def test_without_a_connect_secret_there_is_none_live_but_one_in_the_sandbox(tmp_path: Path) -> None:
    assert read_environment(LIVE).stripe_connect_webhook_secrets == ()
    assert len(read_environment(sandbox(tmp_path)).stripe_connect_webhook_secrets) == 1


def test_secrets_may_hold_several_while_one_is_rotated() -> None:
    several = {"STRIPE_WEBHOOK_SECRET": "whsec_the_new_secret, whsec_the_old_secret"}
    environment = read_environment({**LIVE, **several, "SECRET_KEY": "the-new-secret-key,the-old-secret-key"})

    assert environment.stripe_webhook_secrets == ("whsec_the_new_secret", "whsec_the_old_secret")
    assert (environment.secret_key, environment.secret_key_fallbacks) == (
        "the-new-secret-key",
        ("the-old-secret-key",),
    )


def test_each_of_several_secrets_must_be_long_enough() -> None:
    with pytest.raises(EnvironmentRefused, match="STRIPE_WEBHOOK_SECRET is shorter"):
        read_environment({**LIVE, "STRIPE_WEBHOOK_SECRET": "whsec_long_enough_this,short"})


def test_in_the_sandbox_what_is_set_is_honoured_and_a_short_secret_refused(tmp_path: Path) -> None:
    named = sandbox(tmp_path, STRIPE_WEBHOOK_SECRET="whsec_told_by_the_tests")
    assert read_environment(named).stripe_webhook_secrets == ("whsec_told_by_the_tests",)
    with pytest.raises(EnvironmentRefused, match="STRIPE_WEBHOOK_SECRET is shorter"):
        read_environment({**named, "STRIPE_WEBHOOK_SECRET": "whsec_short"})


def test_a_generated_secret_is_kept_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = read_environment(sandbox(tmp_path)), read_environment(sandbox(tmp_path))
    kept = [path for path in (tmp_path / "home" / "secrets").iterdir() if path.name != ".lock"]

    assert first == second
    assert len(kept) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_racing_processes_read_the_same_generated_secrets(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(tmp_path)], cwd=PROJECT, text=True, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    (tmp_path / "go").touch()

    read = {racer.communicate(timeout=60)[0] for racer in racers}
    assert len(read) == 1
    assert len(set(read.pop().split())) == 200


def test_no_secret_shows_in_its_repr(tmp_path: Path) -> None:
    for environment in (
        read_environment({**LIVE, "METRICS_TOKEN": "m" * 20}),
        read_environment(sandbox(tmp_path)),
    ):
        shown = repr(environment)
        hidden = [environment.secret_key, environment.stripe_secret_key, *environment.stripe_webhook_secrets]
        hidden += [*environment.stripe_connect_webhook_secrets, environment.demo_password, "m" * 20]
        assert not [secret for secret in hidden if secret in shown]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8 000", "٣"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(EnvironmentRefused, match=r"^PORT is "):
        read_environment(sandbox(tmp_path, PORT=port))


def test_a_refusal_reaches_the_keyboard_as_one_sentence_and_exit_2() -> None:
    environ = {"PATH": os.environ["PATH"], "STRIPE_SECRET_KEY": LIVE["STRIPE_SECRET_KEY"]}
    serve = [sys.executable, "manage.py", "serve"]
    ended = subprocess.run(serve, cwd=PROJECT, env=environ, capture_output=True, text=True)

    assert ended.returncode == 2
    assert ended.stderr == "SECRET_KEY is not set, and Klubba does not start without it.\n"


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("DATABASE_URL", "sqlite:///x", "PostgreSQL"),
        ("DATABASE_URL", "mysql://x/y", "PostgreSQL"),
        ("SETTLEMENT_CURRENCIES", "sek,xx", "xx"),
    ],
)
def test_what_klubba_cannot_stand_on_is_one_sentence(
    tmp_path: Path, name: str, value: str, word: str
) -> None:
    with pytest.raises(EnvironmentRefused, match=word):
        read_environment({"KLUBBA_HOME": str(tmp_path / "home"), name: value})
