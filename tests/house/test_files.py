"""What no committed file says: where it was made, and where packages come from."""

import re
from pathlib import Path

import pytest

from config.home import PROJECT
from tests.house.tree import files

LOCKS = sorted((PROJECT / "requirements").glob("*.lock"))
ADDRESSES = re.compile(r"://|file:|\.whl|--(extra-)?index-url|--find-links|--trusted-host| @ |(^|\s)[./~]+/")
# Written with brackets, so that this very file does not name what it forbids.
MACHINE = re.compile(r"(?<![\w.\-/])/([w]ork|[r]oot|[o]pt|[h]ome/\w+|[U]sers/\w+)/[\w.]|/[t]mp/k/")
REGISTRIES = re.compile(
    r"[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(org|com)|[y]arnpkg\.com|[d]ebian\.org/debian"
)


def addresses_in(lock: str) -> list[str]:
    return [
        line for line in lock.splitlines() if not line.lstrip().startswith("#") and ADDRESSES.search(line)
    ]


def unpinned_in(lock: str) -> list[str]:
    """Packages without a version and a hash of their own."""
    joined = lock.replace("\\\n", " ")
    return [
        line
        for line in joined.splitlines()
        if line and line[0].isalnum() and not re.search(r"==.*sha256:", line)
    ]


def places_in(text: str) -> list[str]:
    return [found.group() for pattern in (MACHINE, REGISTRIES) for found in pattern.finditer(text)]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_everything_and_names_no_address(lock: Path) -> None:
    assert addresses_in(lock.read_text()) == []
    assert unpinned_in(lock.read_text()) == []


def test_there_are_locks() -> None:
    assert [lock.name for lock in LOCKS] == ["run.lock", "test.lock"]


def test_no_file_names_a_place_on_a_machine_or_a_registry() -> None:
    found = {}
    for path in files():
        text = (PROJECT / path).read_bytes().decode("utf-8", "replace")
        if "\0" not in text and (places := places_in(text)):
            found[str(path)] = places
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "django @ file:///somewhere/django.whl",
        "--find-links ./wheels",
        "    ../wheels/django-5.2-py3-none-any.whl",
    ],
)
def test_an_address_in_a_lock_is_seen(line: str) -> None:
    assert addresses_in(f"django==5.2 \\\n    --hash=sha256:00\n{line}\n") == [line]


def test_a_package_without_a_hash_is_seen() -> None:
    assert unpinned_in("django==5.2\nstripe==16.1 \\\n    --hash=sha256:00\n") == ["django==5.2"]


def test_a_place_is_seen() -> None:
    bad = [
        "cd /" + "work/main",
        "/" + "root/.cache",
        "/" + "home/olga/klubba",
        "https://" + "pypi" + ".org/simple",
    ]
    assert [line for line in bad if not places_in(line)] == []
    assert places_in("frame/work/ and /homepage/ and https://docs.stripe.com/root/x") == []
