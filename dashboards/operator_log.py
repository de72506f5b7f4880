"""Who did what to money, with what reason, and what it changed: read from the diary."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.access import operators, signed_in
from dashboards.act_words import act_kinds, act_words, link_of
from dashboards.paging import row_page
from events.models import Event
from people.models import User


@dataclass(frozen=True)
class Change:
    """One thing that an act changed; what was not there is empty."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ActRow:
    """One act of a person. `href` leads to what it was done to, and is empty where no page shows that."""

    event: Event
    words: str
    who: str
    reason: str
    changes: list[Change]
    href: str


@require_safe
@signed_in(operators)
def log(request: HttpRequest) -> HttpResponse:
    """Acts of operators, newest first; `?kind=` and `?by=` keep one kind, and one person's."""
    names = _names_of_operators()
    kind, by = request.GET.get("kind", ""), request.GET.get("by", "")
    kind, by = kind if kind in act_kinds() else "", by if by in map(str, names) else ""
    page = row_page(_acts(kind, by), request, key="id")
    context = {
        "kinds": sorted(((one, act_words(one)) for one in act_kinds()), key=lambda pair: pair[1]),
        "people": sorted(names.items(), key=lambda pair: pair[1]),
        "kind": kind,
        "by": by,
        "acts": [_act_row(event, names) for event in page.rows],
        "page": page,
    }
    return render(request, "dashboards/log.html", context)


def _names_of_operators() -> dict[int, str]:
    """By id; whoever no longer is one stands in the log by number."""
    return dict(User.objects.filter(is_operator=True).values_list("pk", "name"))


def _acts(kind: str, by: str) -> QuerySet[Event]:
    rows = Event.objects.filter(kind__in=[kind] if kind else act_kinds(), actor_id__isnull=False)
    return rows.filter(actor_id=int(by)) if by else rows


def _act_row(event: Event, names: dict[int, str]) -> ActRow:
    return ActRow(
        event=event,
        words=act_words(event.kind),
        who=names.get(event.actor_id or 0, f"#{event.actor_id}"),
        reason=str(event.details.get("reason") or ""),
        changes=_changes(event.details.get("before") or {}, event.details.get("after") or {}),
        href=link_of(event),
    )


def _changes(before: dict[str, object], after: dict[str, object]) -> list[Change]:
    names = [name for name in (before | after) if before.get(name) != after.get(name)]
    return [Change(name, _told(before.get(name)), _told(after.get(name))) for name in names]


def _told(value: object) -> str:
    return "–" if value is None or value in ("", {}) else str(value)
