"""Kinds of fields in requests and answers."""

import re
from datetime import date, datetime
from typing import Annotated, ClassVar

from ninja import Schema
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
MOMENT = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)


def _storable(text: str) -> str:
    if "\x00" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise ValueError("This holds a character that no text has.")
    return text


def _day(text: object) -> date:
    if not isinstance(text, str) or not DAY.fullmatch(text):
        raise ValueError("Write the date as 2026-11-23.")
    return date.fromisoformat(text)


def _moment(text: object) -> datetime:
    if not isinstance(text, str) or not MOMENT.fullmatch(text):
        raise ValueError("Write the time with its offset, as 2026-11-23T12:00:00+01:00.")
    return datetime.fromisoformat(text)


Text = Annotated[StrictStr, AfterValidator(_storable)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

# In answers: what JSON has no type of its own for.
Amount = Annotated[str, Field(description="Decimal, with the currency's decimals.", examples=["10230.00"])]
MomentText = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
DayText = Annotated[str, Field(json_schema_extra={"format": "date"})]
IdText = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


class Body(Schema):
    """A request's body. A field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer's body. Keys without a value are there, as null. `AMOUNTS` names those of a list's row."""

    AMOUNTS: ClassVar[tuple[str, ...]] = ()


class ProblemAnswer(Answer):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: dict[str, list[str]]


def answers(made: dict[int, object], *problems: int) -> dict[int, object]:
    """The declared statuses of an operation: what it makes, and what may be wrong with it."""
    return made | dict.fromkeys(sorted({*problems, 422, 500, 503}), ProblemAnswer)
