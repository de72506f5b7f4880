"""Days and times as a reader of a page or a letter meets them, where the platform lives."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext, ngettext

from payouts.bank_days import PLATFORM_ZONE

WEEKDAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun".split(),
    "sv": "mån tis ons tors fre lör sön".split(),
}
MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
    "sv": "jan feb mars apr maj juni juli aug sep okt nov dec".split(),
}
NO_BREAK = "\u00a0"


def written_day(day: date, *, language: str, today: date) -> str:
    """ "Thu 26 Nov"; the year is written when it is not this one."""
    words = [WEEKDAYS[language][day.weekday()], str(day.day), MONTHS[language][day.month - 1]]
    return NO_BREAK.join([*words, str(day.year)] if day.year != today.year else words)


def written_moment(moment: datetime, *, language: str, today: date) -> str:
    """ "Thu 26 Nov 14:00"."""
    local = moment.astimezone(PLATFORM_ZONE)
    return f"{written_day(local.date(), language=language, today=today)}{NO_BREAK}{local:%H:%M}"


def time_left(until: datetime, *, at: datetime) -> str:
    """ "in 2 days", "in 5 hours", "in 12 minutes", or that the time has passed."""
    left = until - at
    if left <= timedelta(0):
        return gettext("time has passed")
    if left >= timedelta(days=2):
        return ngettext("in %d day", "in %d days", left.days) % left.days
    minutes = -(-left // timedelta(minutes=1))
    if minutes >= 60:
        return ngettext("in %d hour", "in %d hours", minutes // 60) % (minutes // 60)
    return ngettext("in %d minute", "in %d minutes", minutes) % minutes
