"""Requirement 003: a user's tasks; see sql/agent. Every query is filtered by the user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from database.repositories.base import OWNED, Repository, checked_limit
from database.repositories.integer_keys import with_new_key
from database.repositories.record import Name, Record, Text, now

__all__ = ["NewTask", "Task", "TaskKey", "TaskRepository"]


TaskKey = tuple[datetime, int]


class NewTask(Record):
    """The fields of a new task."""

    user_id: Name
    title: Name
    description: Text = ""


class Change(Record):
    """The changes to a task; None leaves a field as it is."""

    title: Name | None = None
    description: Text | None = None


class Filter(Record):
    """Selects the tasks to list."""

    status: Literal["all", "pending", "completed"]


class Task(Record):
    """A stored task."""

    id: int
    user_id: str
    title: str
    description: str
    completed: bool
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> TaskKey:
        """The key from which the next page continues."""
        return self.created_at, self.id


_TASKS = f"SELECT id, user_id, title, description, completed, created_at, updated_at FROM tasks WHERE {OWNED}"


_BEFORE = "AND created_at <= :at AND (created_at < :at OR id < :id)"


_UPDATED = "updated_at = CASE WHEN updated_at > :moment THEN updated_at ELSE :moment END"


class TaskRepository(Repository):
    """The tasks of a user."""

    async def create(self, user_id: str, title: str, description: str = "") -> Task:
        """Store a task that is not completed."""
        new = NewTask.of({"user_id": user_id, "title": title, "description": description})

        async def insert(key: int) -> Task:
            moment = now()
            task = Task(id=key, completed=False, created_at=moment, updated_at=moment, **new.model_dump())
            await self._change(
                "INSERT INTO tasks (id, user_id, title, description, completed, created_at, updated_at) "
                "VALUES (:id, :user_id, :title, :description, :completed, :created_at, :updated_at)",
                **task.model_dump(),
            )
            return task

        return await with_new_key(self._db_manager, insert)

    async def get(self, user_id: str, task_id: int) -> Task | None:
        """Return a task; None if the user has no such task."""
        row = await self._one(f"{_TASKS} AND id = :id", user_id=user_id, id=task_id)
        return Task.of(row) if row else None

    async def update(self, user_id: str, task_id: int, title: str | None = None, description: str | None = None) -> Task | None:
        """Change title or description, or both; None if the user has no such task."""
        change = Change.of({"title": title, "description": description})
        found = await self._change(
            "UPDATE tasks SET title = coalesce(:title, title), description = coalesce(:description, description), "
            f"{_UPDATED} WHERE id = :id AND {OWNED}",
            **change.model_dump(),
            moment=now(),
            id=task_id,
            user_id=user_id,
        )
        return await self.get(user_id, task_id) if found else None

    async def complete(self, user_id: str, task_id: int) -> Task | None:
        """Mark a task as completed; None if the user has no such task."""
        complete = f"UPDATE tasks SET completed = :completed, {_UPDATED} WHERE id = :id AND {OWNED}"
        found = await self._change(complete, completed=True, moment=now(), id=task_id, user_id=user_id)
        return await self.get(user_id, task_id) if found else None

    async def delete(self, user_id: str, task_id: int) -> bool:
        """Delete a task; False if the user has no such task."""
        return bool(await self._change(f"DELETE FROM tasks WHERE id = :id AND {OWNED}", id=task_id, user_id=user_id))

    async def list(self, user_id: str, status: str = "all", *, before: TaskKey | None = None, limit: int = 50) -> Sequence[Task]:
        """Return the tasks, the newest first: "all", "pending" or "completed". `before` is the last key of the previous page."""
        wanted = Filter.of({"status": status}).status
        at = {"at": before[0], "id": before[1]} if before else {}
        completed = {} if wanted == "all" else {"completed": wanted == "completed"}
        query = " ".join(
            [
                _TASKS,
                "AND completed = :completed" if completed else "",
                _BEFORE if before else "",
                "ORDER BY created_at DESC, id DESC LIMIT :limit",
            ]
        )
        rows = await self._all(query, user_id=user_id, limit=checked_limit(limit), **at, **completed)
        return [Task.of(row) for row in rows]
