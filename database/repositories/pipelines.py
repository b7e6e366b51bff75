"""Requirement 004: runs of pipelines, each of one user; see sql/chat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import uuid4

from pydantic import StringConstraints

from database.repositories.base import OWNED, Repository, checked_limit
from database.repositories.record import Content, JsonText, Name, Record, Storable, decoded, encoded, now
from whimbrel import RuleViolated

__all__ = ["Execution", "ExecutionKey", "PipelineRepository"]

ExecutionKey = tuple[datetime, str]
_MOST_MILLISECONDS = 2**31 - 1


class NewExecution(Record):
    """The input of a new run."""

    user_id: Name
    pipeline_name: Annotated[str, StringConstraints(min_length=1, max_length=100), Storable]
    input_data: JsonText = None


class Ending(Record):
    """The end of a run: its result or its error."""

    output_data: JsonText = None
    error_message: Content | None = None


class Execution(Record):
    """A stored run; `status` is running, completed or failed."""

    id: str
    user_id: str
    pipeline_name: str
    input_data: Any
    output_data: Any
    status: str
    error_message: str | None
    duration_ms: int | None
    created_at: datetime
    completed_at: datetime | None

    @property
    def key(self) -> ExecutionKey:
        """The key from which the next page continues."""
        return self.created_at, self.id


_EXECUTIONS = f"""
    SELECT id, user_id, pipeline_name, input_data, output_data, status, error_message, duration_ms, created_at, completed_at
    FROM pipeline_executions WHERE {OWNED}
"""
_BEFORE = "AND created_at <= :at AND (created_at < :at OR id < :id)"
_NEWEST = "ORDER BY created_at DESC, id DESC LIMIT :limit"
_END = f"""
    UPDATE pipeline_executions SET status = :status, output_data = :output_data, error_message = :error_message,
        duration_ms = :duration_ms, completed_at = :completed_at
    WHERE id = :id AND status = 'running' AND {OWNED}
"""


class PipelineRepository(Repository):
    """Runs of pipelines. Every query and change is for one user."""

    async def start(self, user_id: str, pipeline_name: str, input_data: object = None) -> Execution:
        """Record that a run has begun. Raises RuleViolated, also if there is no such user."""
        new = NewExecution.of({"user_id": user_id, "pipeline_name": pipeline_name, "input_data": input_data})
        begun = {"id": str(uuid4()), "status": "running", "created_at": now(), **new.model_dump()}
        await self._change(
            "INSERT INTO pipeline_executions (id, user_id, pipeline_name, input_data, status, created_at) "
            "VALUES (:id, :user_id, :pipeline_name, :input_data, :status, :created_at)",
            **begun | {"input_data": encoded(new.input_data)},
        )
        open_ends = dict.fromkeys(("output_data", "error_message", "duration_ms", "completed_at"))
        return Execution.of(begun | open_ends)

    async def complete(self, user_id: str, execution_id: str, output_data: object = None) -> Execution | None:
        """Record a run's result; None if the user has no such run. Raises RuleViolated if it has already ended."""
        return await self._end(user_id, execution_id, "completed", Ending.of({"output_data": output_data}))

    async def fail(self, user_id: str, execution_id: str, error_message: str) -> Execution | None:
        """Record a run's failure; None if the user has no such run. Raises RuleViolated if it has already ended."""
        return await self._end(user_id, execution_id, "failed", Ending.of({"error_message": error_message}))

    async def _end(self, user_id: str, execution_id: str, status: str, ending: Ending) -> Execution | None:
        begun = await self.get(user_id, execution_id)
        if begun is None:
            return None
        moment = max(now(), begun.created_at)
        ended = await self._change(
            _END,
            status=status,
            output_data=encoded(ending.output_data),
            error_message=ending.error_message,
            duration_ms=min((moment - begun.created_at) // timedelta(milliseconds=1), _MOST_MILLISECONDS),
            completed_at=moment,
            id=execution_id,
            user_id=user_id,
        )
        if not ended:
            raise RuleViolated("status: the run has ended already", rule="value", field="status")
        return await self.get(user_id, execution_id)

    async def get(self, user_id: str, execution_id: str) -> Execution | None:
        """Return a run; None if the user has no such run."""
        row = await self._one(f"{_EXECUTIONS} AND id = :id", user_id=user_id, id=execution_id)
        return _execution(row) if row else None

    async def list(self, user_id: str, *, before: ExecutionKey | None = None, limit: int = 50) -> list[Execution]:
        """Return the runs, the newest first. `before` is the key of the last one on the previous page."""
        at = {"at": before[0], "id": before[1]} if before else {}
        query = f"{_EXECUTIONS} {_BEFORE if before else ''} {_NEWEST}"
        rows = await self._all(query, user_id=user_id, limit=checked_limit(limit), **at)
        return [_execution(row) for row in rows]


def _execution(row: dict[str, Any]) -> Execution:
    return Execution.of(decoded(row, "input_data", "output_data"))
