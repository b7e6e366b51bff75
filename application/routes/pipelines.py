"""Document 004: runs of pipelines."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints

from application.dependencies import Manager, User, found
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_TIME_AND_ID, Cursor, Page, page
from database.repositories.pipelines import Execution, PipelineRepository
from database.repositories.record import Content, JsonText, Record, Storable

__all__ = ["router"]

router = APIRouter(prefix="/pipelines/executions", tags=["pipelines"], route_class=GuardedRoute)


class Start(Record):
    """The input of a new run."""

    pipeline_name: Annotated[str, StringConstraints(min_length=1, max_length=100), Storable]
    input_data: JsonText = None


class Result(Record):
    """The result of a run."""

    output_data: JsonText = None


class Failure(Record):
    """The reason for a run's failure."""

    error_message: Content


@router.post("", status_code=201, responses=problems(401, 403))
async def start(new: Start, user: User, manager: Manager) -> Execution:
    """Record that a run has begun."""
    return await PipelineRepository(manager).start(user.id, new.pipeline_name, new.input_data)


@router.get("", responses=problems(401))
async def list_executions(user: User, manager: Manager, cursor: Cursor = None, limit: Limit = 50) -> Page[Execution]:
    """Return the runs, the newest first."""
    runs = PipelineRepository(manager)
    return await page(BY_TIME_AND_ID, cursor, limit, lambda key, most: runs.list(user.id, before=key, limit=most))


@router.get("/{execution_id}", responses=problems(401, 404))
async def get_execution(execution_id: UUID, user: User, manager: Manager) -> Execution:
    """Return a run."""
    return found(await PipelineRepository(manager).get(user.id, str(execution_id)))


@router.post("/{execution_id}/complete", responses=problems(401, 403, 404))
async def complete(execution_id: UUID, result: Result, user: User, manager: Manager) -> Execution:
    """Record the result of a run, once."""
    return found(await PipelineRepository(manager).complete(user.id, str(execution_id), result.output_data))


@router.post("/{execution_id}/fail", responses=problems(401, 403, 404))
async def fail(execution_id: UUID, failure: Failure, user: User, manager: Manager) -> Execution:
    """Record the failure of a run, once."""
    return found(await PipelineRepository(manager).fail(user.id, str(execution_id), failure.error_message))
