"""Money flows downhill: no room looks up or sideways, and the sandbox is a stranger."""

import pytest

from tests.house.floors import MAY_LOOK_AT, forbidden_looks, hidden_imports, stripe_imports
from tests.house.tree import files, files_of_tests, product_files, room_of, text_of


@pytest.mark.parametrize("room", sorted(MAY_LOOK_AT))
def test_a_room_looks_down_only(room: str) -> None:
    found = {
        str(path): looks
        for path in files()
        if path.suffix == ".py" and room_of(path) == room and (looks := forbidden_looks(text_of(path), room))
    }
    assert found == {}


def test_nobody_may_look_at_two_floors_in_a_circle() -> None:
    circles = [(a, b) for a, seen in MAY_LOOK_AT.items() for b in seen if a in MAY_LOOK_AT[b]]
    assert circles == []


def test_imports_stand_at_the_top() -> None:
    found = {str(path): hidden for path in product_files() if (hidden := hidden_imports(text_of(path)))}
    found |= {str(path): hidden for path in files_of_tests() if (hidden := hidden_imports(text_of(path)))}
    assert found == {}


def test_only_the_gateway_knows_stripes_library() -> None:
    outside = [path for path in product_files() if room_of(path) != "gateway"]
    assert {str(path): seen for path in outside if (seen := stripe_imports(text_of(path)))} == {}


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("ledger", "from payments.models import PaymentIntent"),
        ("people", "import ledger.models"),
        ("auctions", "from ledger.posting import post_journal"),
        ("payouts", "from auctions.models import Bid"),
        ("api", "from dashboards import shell"),
        ("audit", "from config import settings"),
        ("config", "from sandbox import server"),
        ("sandbox", "from money import CURRENCIES"),
        ("payments", "def pay() -> None:\n    from api import presenting"),
        ("events", "from importlib import import_module\nimport_module('payments.models')"),
        ("inbox", "apps.get_model('payments.PaymentIntent')"),
        ("money", "import people as anybody"),
    ],
)
def test_a_look_upward_or_sideways_is_seen(room: str, source: str) -> None:
    assert len(forbidden_looks(source, room)) == 1


def test_a_look_downward_is_let_through() -> None:
    source = "import datetime\nfrom django.db import models\nfrom money.splitting import split_commission\n"
    assert forbidden_looks(source + "from . import quoting", "payments") == []


def test_a_hidden_import_is_seen() -> None:
    assert len(hidden_imports("class A:\n    import os\n\ndef b() -> None:\n    from c import d\n")) == 2
    assert hidden_imports("import os\nfrom c import d\n") == []


@pytest.mark.parametrize("source", ["import stripe", "from stripe import error", "import stripe.error as e"])
def test_an_import_of_stripe_is_seen(source: str) -> None:
    assert len(stripe_imports(source)) == 1
