"""What a person was told by letter, and which letters they want."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dashboards.access import reader_of, signed_in
from dashboards.paging import row_page
from notifications.models import Letter, Topic
from notifications.preferences import (
    StopRefused,
    prefer,
    read_stop,
    topics_for,
    unwanted_by,
)

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@signed_in()
def letters(request: HttpRequest) -> HttpResponse:
    """One's own, newest first, and the choice of what one wants by mail.

    Those about the account itself are not shown: their links are for whoever reads the mail.
    """
    person = reader_of(request)
    topics = topics_for(person)
    if request.method == "POST":
        wanted = {topic for topic in topics if topic in request.POST.getlist("topics")}
        prefer(person.pk, wanted=wanted, unwanted=set(topics) - wanted)
        return redirect("letters")
    told = Letter.objects.filter(person=person).exclude(event__kind__startswith="person.")
    page = row_page(told, request, key="id")
    unwanted = unwanted_by([person.pk])
    context = {
        "letters": page.rows,
        "page": page,
        "topics": [(topic, topic_words(topic), (person.pk, topic) not in unwanted) for topic in topics],
    }
    return render(request, "dashboards/letters.html", context)


@csrf_exempt  # A mail program asks as well, without our cookie: the link itself is the proof.
@require_http_methods(METHODS)
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more letters on a topic, for whoever reads a person's mail. Only POST stops them: programs that look
    at links before people do change nothing."""
    try:
        person_id, topic = read_stop(token)
    except StopRefused:
        return render(request, "dashboards/letters_stop.html", {}, status=410)
    if request.method == "POST":
        prefer(person_id, wanted=(), unwanted=[topic])
    context = {"topic": topic_words(topic), "is_stopped": (person_id, topic) in unwanted_by([person_id])}
    return render(request, "dashboards/letters_stop.html", context)


def topic_words(topic: str) -> str:
    """What the letters of a topic tell."""
    return {
        Topic.AUCTIONS: gettext("My auction has ended, or its buyer did not pay"),
        Topic.REMINDERS: gettext("The time to pay for what I won is almost over"),
        Topic.PAYOUTS: gettext("A payout has left, or arrived"),
    }[Topic(topic)]
