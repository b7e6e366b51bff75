"""Requirement 001: sessions of a chat widget and their messages; see sql/chatkit. chatkit_store.py has the package's Store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from database.repositories.base import Repository, checked_limit, owned
from database.repositories.record import Content, Moment, Record, now
from whimbrel import DatabaseManager, RuleViolated

__all__ = ["NewWidgetMessage", "NewWidgetSession", "OwnedWidgetRepository", "WidgetMessage", "WidgetRepository", "WidgetSession"]


def _not_in_the_future(moment: datetime) -> datetime:
    if moment > now():
        raise PydanticCustomError("future", "A message's time must not be in the future")
    return moment


class NewWidgetSession(Record):
    """The field of a new session: the widget's own identifier."""

    session_id: UUID


class WidgetSession(Record):
    """A stored session; `updated_at` is the time of its last activity."""

    id: UUID
    session_id: UUID
    created_at: datetime
    updated_at: datetime


class NewWidgetMessage(Record):
    """The fields of a new message; its time is now unless the widget gives one."""

    role: Literal["user", "assistant"]
    content: Content
    timestamp: Annotated[Moment, AfterValidator(_not_in_the_future)] = Field(default_factory=now)


class WidgetMessage(Record):
    """A stored message; `sequence_number` is its position in the session, and the key for paging."""

    id: UUID
    session_id: UUID
    sequence_number: int
    role: str
    content: str
    timestamp: datetime
    created_at: datetime

    @property
    def key(self) -> int:
        """The key from which the next page continues."""
        return self.sequence_number


_SESSION = "SELECT id, session_id, created_at, updated_at FROM chatkit_sessions WHERE session_id = :session_id"


_MESSAGES = """
    SELECT id, session_id, sequence_number, role, content, timestamp, created_at
    FROM chatkit_messages WHERE session_id = :session_id
"""


class WidgetRepository(Repository):
    """Sessions and their messages. Every call concerns one session, whose UUID is the secret, as the document requires."""

    async def open_session(self, session_id: UUID | str) -> WidgetSession:
        """Return the widget's session, creating it if it is missing. Raises RuleViolated if the id is not a UUID."""
        new = NewWidgetSession.of({"session_id": session_id})
        if found := await self.get_session(new.session_id):
            return found
        try:
            async with self._db_manager.transaction():
                return await self.create_session(new.session_id)
        except RuleViolated as error:
            # Another request of the same widget was first.
            if error.rule == "unique" and (found := await self.get_session(new.session_id)):
                return found
            raise

    async def create_session(self, session_id: UUID | str) -> WidgetSession:
        """Create a session. Raises RuleViolated, with rule "unique" if it exists."""
        new, moment = NewWidgetSession.of({"session_id": session_id}), now()
        session = WidgetSession(id=uuid4(), session_id=new.session_id, created_at=moment, updated_at=moment)
        insert = "INSERT INTO chatkit_sessions (id, session_id, created_at, updated_at) "
        insert += "VALUES (:id, :session_id, :created_at, :updated_at)"
        await self._change(insert, **_row(session))
        return session

    async def get_session(self, session_id: UUID | str) -> WidgetSession | None:
        """Return a session, or None."""
        row = await self._one(_SESSION, session_id=_text(session_id))
        return WidgetSession.of(row) if row else None

    async def delete_session(self, session_id: UUID | str) -> bool:
        """Delete a session with its messages; False if there is none."""
        return bool(await self._change("DELETE FROM chatkit_sessions WHERE session_id = :id", id=_text(session_id)))

    async def add_message(self, session_id: UUID | str, **fields: object) -> WidgetMessage | None:
        """Append one message, given by the fields of NewWidgetMessage; None if there is no such session."""
        added = await self.add_messages(session_id, [fields])
        return added[0] if added else None

    async def add_messages(
        self, session_id: UUID | str, messages: Sequence[NewWidgetMessage | Mapping[str, object]]
    ) -> list[WidgetMessage] | None:
        """Append messages, numbered in their order, and update the session's time, all or nothing."""
        session = NewWidgetSession.of({"session_id": session_id}).session_id
        new = [NewWidgetMessage.of(message) for message in messages]
        async with self._db_manager.transaction():
            if not await self._touch(session):
                return None
            last = await self._last_number(session)
            # The clock may have been set back since the times were checked.
            moment = max([now(), *(one.timestamp for one in new)])
            added = [
                WidgetMessage(id=uuid4(), session_id=session, sequence_number=number, created_at=moment, **one.model_dump())
                for number, one in enumerate(new, start=last + 1)
            ]
            await self._insert(
                "INSERT INTO chatkit_messages (id, session_id, sequence_number, role, content, timestamp, created_at) "
                "VALUES (:id, :session_id, :sequence_number, :role, :content, :timestamp, :created_at)",
                [_row(one) for one in added],
            )
        return added

    async def _touch(self, session_id: UUID) -> int:
        """Lock the session's row by writing it first; return 0 if there is no such session."""
        return await self._change(
            "UPDATE chatkit_sessions SET updated_at = CASE WHEN updated_at > :moment THEN updated_at ELSE :moment END "
            "WHERE session_id = :session_id",
            moment=now(),
            session_id=str(session_id),
        )

    async def _last_number(self, session_id: UUID) -> int:
        query = "SELECT MAX(sequence_number) AS number FROM chatkit_messages WHERE session_id = :session_id"
        row = await self._one(query, session_id=str(session_id))
        return row["number"] or 0 if row else 0

    async def list_messages(self, session_id: UUID | str, *, after: int = 0, limit: int = 50) -> list[WidgetMessage] | None:
        """Return the messages after a number, or from the beginning, in order; None if there is no such session."""
        query = f"{_MESSAGES} AND sequence_number > :number ORDER BY sequence_number LIMIT :limit"
        return await self._page(query, session_id, after, limit)

    async def last_messages(
        self, session_id: UUID | str, *, before: int | None = None, limit: int = 50
    ) -> list[WidgetMessage] | None:
        """Return the last messages, or those before a number, in order; None if there is no such session."""
        query = f"{_MESSAGES} AND sequence_number < :number ORDER BY sequence_number DESC LIMIT :limit"
        messages = await self._page(query, session_id, _NO_NUMBER if before is None else before, limit)
        return messages and messages[::-1]

    async def _page(self, query: str, session_id: UUID | str, number: int, limit: int) -> list[WidgetMessage] | None:
        rows = await self._all(query, session_id=_text(session_id), number=number, limit=checked_limit(limit))
        if not rows and await self.get_session(session_id) is None:
            return None
        return [WidgetMessage.of(row) for row in rows]


_NO_NUMBER = 2**63 - 1


def _text(session_id: UUID | str) -> str:
    """Return a UUID in the table's form. Any other text is returned unchanged, and matches no row."""
    try:
        return str(UUID(str(session_id)))
    except ValueError:
        return str(session_id)


def _row(record: WidgetSession | WidgetMessage) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in record.model_dump().items()}


_MINE = f"""
    SELECT s.id, s.session_id, s.created_at, s.updated_at
    FROM widget_owners o JOIN chatkit_sessions s ON s.session_id = o.session_id
    WHERE s.session_id = :session_id AND {owned("o")}
"""


_INSERT = "INSERT INTO widget_owners (session_id, user_id) VALUES (:session_id, :user_id)"


class OwnedWidgetRepository(Repository):
    """Sessions that belong to a user, who began them. WidgetRepository handles their messages."""

    def __init__(self, db_manager: DatabaseManager) -> None:
        super().__init__(db_manager)
        self._widgets = WidgetRepository(db_manager)

    async def begin(self, user_id: str, session_id: UUID) -> WidgetSession:
        """Return the user's session, creating it if missing. Raises RuleViolated if it belongs to another user."""
        if mine := await self.get(user_id, session_id):
            return mine
        try:
            async with self._db_manager.transaction():
                session = await self._widgets.create_session(session_id)
                await self._change(_INSERT, session_id=str(session_id), user_id=user_id)
        except RuleViolated as error:
            # Another request of the same user was first.
            if error.rule == "unique" and (mine := await self.get(user_id, session_id)):
                return mine
            raise
        return session

    async def get(self, user_id: str, session_id: UUID) -> WidgetSession | None:
        """Return a session; None if the user has no such session."""
        row = await self._one(_MINE, user_id=user_id, session_id=str(session_id))
        return WidgetSession.of(row) if row else None
