"""Document 003: the messages of a user with the agent, and the user's tasks."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from application.dependencies import Manager, NumberInPath, User, found
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_TIME_AND_NUMBER, Cursor, Page, page
from database.repositories.agent_messages import Message, MessageRepository
from database.repositories.record import Content, Name, Record, Text
from database.repositories.tasks import Task, TaskRepository

__all__ = ["router"]

router = APIRouter(tags=["agent"], route_class=GuardedRoute)


class AgentMessage(Record):
    """The fields of a new message."""

    role: Literal["user", "assistant"]
    content: Content


class Cleared(BaseModel):
    """The number of deleted messages."""

    deleted: int


class NewTask(Record):
    """The fields of a new task."""

    title: Name
    description: Text = ""


class TaskChange(Record):
    """The changes to a task; null leaves a field as it is."""

    title: Name | None = None
    description: Text | None = None


@router.post("/agent/messages", status_code=201, responses=problems(401, 403))
async def create_message(new: AgentMessage, user: User, manager: Manager) -> Message:
    """Store a message."""
    return await MessageRepository(manager).create(user.id, new.role, new.content)


@router.get("/agent/messages", responses=problems(401))
async def latest_messages(user: User, manager: Manager, limit: Limit = 50) -> list[Message]:
    """Return the last messages, in ascending order."""
    return await MessageRepository(manager).get_latest(user.id, limit)


@router.delete("/agent/messages", responses=problems(401, 403))
async def clear_messages(user: User, manager: Manager) -> Cleared:
    """Delete all messages of this user."""
    return Cleared(deleted=await MessageRepository(manager).clear(user.id))


@router.post("/tasks", status_code=201, responses=problems(401, 403))
async def create_task(new: NewTask, user: User, manager: Manager) -> Task:
    """Store a task that is not completed."""
    return await TaskRepository(manager).create(user.id, new.title, new.description)


@router.get("/tasks", responses=problems(401))
async def list_tasks(
    user: User,
    manager: Manager,
    status: Literal["all", "pending", "completed"] = "all",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Task]:
    """Return the tasks, the newest first."""
    tasks = TaskRepository(manager)
    return await page(BY_TIME_AND_NUMBER, cursor, limit, lambda key, most: tasks.list(user.id, status, before=key, limit=most))


@router.get("/tasks/{task_id}", responses=problems(401, 404))
async def get_task(task_id: NumberInPath, user: User, manager: Manager) -> Task:
    """Return a task."""
    return found(await TaskRepository(manager).get(user.id, task_id))


@router.patch("/tasks/{task_id}", responses=problems(401, 403, 404))
async def update_task(task_id: NumberInPath, change: TaskChange, user: User, manager: Manager) -> Task:
    """Change title or description, or both."""
    return found(await TaskRepository(manager).update(user.id, task_id, change.title, change.description))


@router.post("/tasks/{task_id}/complete", responses=problems(401, 403, 404))
async def complete_task(task_id: NumberInPath, user: User, manager: Manager) -> Task:
    """Mark a task as completed."""
    return found(await TaskRepository(manager).complete(user.id, task_id))


@router.delete("/tasks/{task_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_task(task_id: NumberInPath, user: User, manager: Manager) -> None:
    """Delete a task."""
    found(await TaskRepository(manager).delete(user.id, task_id))
