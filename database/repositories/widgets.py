"""The sessions of a chat widget that are a user's: those that the user began; see sql/application and sql/chatkit."""

from __future__ import annotations

from uuid import UUID

from database.repositories.base import Repository, owned
from database.repositories.chatkit import WidgetRepository, WidgetSession
from whimbrel.errors import RuleViolated
from whimbrel.manager import DatabaseManager

__all__ = ["OwnedWidgetRepository"]

_MINE = f"""
    SELECT s.id, s.session_id, s.created_at, s.updated_at
    FROM widget_owners o JOIN chatkit_sessions s ON s.session_id = o.session_id
    WHERE s.session_id = :session_id AND {owned("o")}
"""
_INSERT = "INSERT INTO widget_owners (session_id, user_id) VALUES (:session_id, :user_id)"


class OwnedWidgetRepository(Repository):
    """Sessions, each begun and asked for by one user; with their messages deals WidgetRepository."""

    def __init__(self, db_manager: DatabaseManager) -> None:
        super().__init__(db_manager)
        self._widgets = WidgetRepository(db_manager)

    async def begin(self, user_id: str, session_id: UUID) -> WidgetSession:
        """Return the user's session, made when it is not there. Raises RuleViolated if there is one that is not the user's."""
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
        """Return a session; None if there is none of this user."""
        row = await self._one(_MINE, user_id=user_id, session_id=str(session_id))
        return WidgetSession.of(row) if row else None
