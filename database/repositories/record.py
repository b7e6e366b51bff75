"""The common rules of records, and the single error for a broken rule.

A model rejects every value that one of the databases would reject, truncate or misread, so that all databases behave alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from whimbrel import ConstraintViolated, ParameterError, RuleViolated, json_text

__all__ = [
    "Amount",
    "Content",
    "JsonObject",
    "JsonObjectText",
    "JsonText",
    "Moment",
    "Name",
    "Record",
    "Short",
    "Storable",
    "Text",
    "constraints",
    "decoded",
    "encoded",
    "is_storable",
    "now",
]

# The capacity of a TEXT on MySQL and MariaDB, and of an INTEGER and a BIGINT everywhere.
_TEXT_BYTES = 65_535
_INTEGER = 2**31
_BIGINT = 2**63
_JSON = (
    "JSON may contain objects, lists, texts without NUL, integers of 64 bits, finite numbers, true, false and null, "
    "and fewer than 32 levels"
)
# The range of a TIMESTAMP on MySQL and MariaDB.
_FIRST, _LAST = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


def is_storable(value: object) -> bool:
    """Whether every database can store this value: PostgreSQL stores no NUL, and no encoding has half of a surrogate pair."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    return not isinstance(value, int) or -_BIGINT <= value < _BIGINT


def _storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("text", "A text must not contain NUL or half of a surrogate pair")
    return text


def _fits(text: str) -> str:
    if len(text.encode()) > _TEXT_BYTES:
        raise PydanticCustomError("text", f"A text has at most {_TEXT_BYTES:,} bytes in UTF-8")
    return text


def _in_range(moment: datetime) -> datetime:
    if not _FIRST <= moment <= _LAST:
        raise PydanticCustomError("moment", "A time must be between 1970 and 19 January 2038")
    return moment.astimezone(UTC)


def _amount(number: int) -> int:
    if not 0 <= number < _INTEGER:
        raise PydanticCustomError("amount", "An amount must be between 0 and 2,147,483,647")
    return number


def _json(value: object) -> object:
    try:
        json_text("value", value)
    except ParameterError:
        raise PydanticCustomError("json", _JSON) from None
    return value


def _json_text(value: object) -> object:
    _fits(encoded(value) or "")
    return value


def encoded(value: object) -> str | None:
    """Return a value as JSON, None as NULL."""
    return None if value is None else json_text("value", value)


def decoded(row: Mapping[str, Any], *columns: str) -> dict[str, Any]:
    """Return a row in which some columns are decoded from JSON."""
    return {**row, **{name: None if row[name] is None else json.loads(row[name]) for name in columns}}


# Length checks come first, so that the application's OpenAPI shows them.
Storable = AfterValidator(_storable)
# For a TEXT: a text that may be empty, and one that may not. Then the same for a VARCHAR(255).
Text = Annotated[str, Storable, AfterValidator(_fits)]
Content = Annotated[str, StringConstraints(min_length=1), Storable, AfterValidator(_fits)]
Short = Annotated[str, StringConstraints(max_length=255), Storable]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255), Storable]
Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
Amount = Annotated[int, AfterValidator(_amount)]
# An object for a JSON column and one for a TEXT column, and any JSON for a TEXT column.
JsonObject = Annotated[dict[str, Any], AfterValidator(_json)]
JsonObjectText = Annotated[dict[str, Any], AfterValidator(_json), AfterValidator(_json_text)]
JsonText = Annotated[Any, AfterValidator(_json), AfterValidator(_json_text)]


class Record(BaseModel):
    """An immutable record for writing to a table, or read from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, fields: Mapping[str, object] | Self) -> Self:
        """Return the record with these fields. Raises RuleViolated, which contains no value."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            told = error.errors(include_input=False, include_url=False, include_context=False)
        places = [".".join(str(part) for part in one["loc"]) for one in told]
        message = "; ".join(f"{place}: {one['msg']}" for place, one in zip(places, told, strict=True))
        raise RuleViolated(f"{cls.__name__}: {message}", rule="value", field=places[0])


_TOLD = {
    "unique": "it already exists",
    "foreign_key": "it refers to a missing record, or another record refers to it",
    "check": "it breaks a rule of the table",
    "not_null": "a value is missing",
}


@contextmanager
def constraints() -> Iterator[None]:
    """Turn a violated constraint of the database into RuleViolated.

    Only the cause keeps the database's own message: PostgreSQL's contains the whole row.
    """
    try:
        yield
    except ConstraintViolated as error:
        # Omit a name that not every database reports.
        field = error.name if error.kind in ("check", "not_null") else ""
        told = _TOLD.get(error.kind, "it violates a constraint")
        raise RuleViolated(f"{told} ({field})" if field else told, rule=error.kind, field=field) from error


def now() -> datetime:
    """Return the time for a record: from the application's clock, in UTC, with microseconds."""
    return datetime.now(UTC)
