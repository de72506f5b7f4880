"""What every test of the sandbox begins with: a running process and clients of it."""

from collections.abc import Iterator

import pytest
import stripe

from .client import Client
from .listener import SECRET, Listener
from .process import PUBLISHABLE_KEY, SECRET_KEY, SandboxProcess


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox for all tests of a file."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox") / "store.sqlite3").start()
    yield process
    process.stop()


@pytest.fixture
def fresh(tmp_path: object) -> Iterator[SandboxProcess]:
    """A sandbox with an empty store, for one test."""
    process = SandboxProcess(tmp_path / "store.sqlite3").start()  # type: ignore[operator]
    yield process
    process.stop()


@pytest.fixture
def api(running: SandboxProcess) -> Client:
    """The API with a secret key."""
    return Client(running.url)


@pytest.fixture
def browser(running: SandboxProcess) -> Client:
    """The API with a publishable key."""
    return Client(running.url, key=PUBLISHABLE_KEY)


@pytest.fixture
def official(running: SandboxProcess) -> stripe.StripeClient:
    """Stripe's own Python client, without its retries."""
    return stripe.StripeClient(SECRET_KEY, base_addresses={"api": running.url}, max_network_retries=0)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A webhook address that nobody has been told of yet."""
    listening = Listener()
    yield listening
    listening.close()


@pytest.fixture
def shop(api: Client, listener: Listener) -> Iterator[Listener]:
    """A webhook address that the sandbox delivers to."""
    endpoint = {"url": listener.url, "secret": SECRET, "connect": False, "enabled_events": ["*"]}
    api.control("PUT", "webhook-endpoints", [endpoint])
    yield listener
    api.control("PUT", "webhook-endpoints", [])
    api.control("DELETE", "delivery")
