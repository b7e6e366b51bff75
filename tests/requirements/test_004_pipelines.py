"""Requirement 004: users' runs of pipelines."""

import asyncio

import pytest

from database.repositories.pipelines import PipelineRepository
from whimbrel import ConstraintViolated, DatabaseManager, RuleViolated

SETS = ("auth", "chat")
pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.usefixtures("users")]


@pytest.fixture
def pipelines(db_manager: DatabaseManager) -> PipelineRepository:
    return PipelineRepository(db_manager)


async def test_a_run_is_started_and_completed(pipelines: PipelineRepository, ada: str) -> None:
    begun = await pipelines.start(ada, "summary", {"text": "größer"})
    assert (begun.status, begun.completed_at, begun.input_data) == ("running", None, {"text": "größer"})
    assert await pipelines.get(ada, begun.id) == begun
    ended = await pipelines.complete(ada, begun.id, ["a", 1, None])
    assert ended is not None
    assert (ended.status, ended.output_data, ended.error_message) == ("completed", ["a", 1, None], None)
    assert ended.completed_at is not None
    assert ended.duration_ms == (ended.completed_at - begun.created_at).total_seconds() * 1000 // 1


async def test_a_run_that_failed_tells_why(pipelines: PipelineRepository, ada: str) -> None:
    begun = await pipelines.start(ada, "summary")
    ended = await pipelines.fail(ada, begun.id, "no model")
    assert ended is not None
    assert (ended.status, ended.error_message, ended.input_data) == ("failed", "no model", None)


async def test_a_run_ends_once(pipelines: PipelineRepository, ada: str) -> None:
    begun = await pipelines.start(ada, "summary")
    ends = [pipelines.complete(ada, begun.id), pipelines.fail(ada, begun.id, "x"), pipelines.complete(ada, begun.id)]
    answers = await asyncio.gather(*ends, return_exceptions=True)
    assert sorted(isinstance(one, RuleViolated) for one in answers) == [False, True, True]


async def test_runs_are_listed_newest_first_page_by_page(pipelines: PipelineRepository, ada: str) -> None:
    for number in range(4):
        await pipelines.start(ada, str(number))
    first = await pipelines.list(ada, limit=3)
    rest = await pipelines.list(ada, before=first[-1].key, limit=3)
    assert [one.pipeline_name for one in (*first, *rest)] == ["3", "2", "1", "0"]


async def test_a_run_has_a_user_a_name_and_one_of_three_states(
    pipelines: PipelineRepository, db_manager: DatabaseManager, ada: str
) -> None:
    with pytest.raises(RuleViolated, match="pipeline_name"):
        await pipelines.start(ada, "x" * 101)
    with pytest.raises(RuleViolated) as caught:
        await pipelines.start("nobody", "x")
    assert caught.value.rule == "foreign_key"
    begun = await pipelines.start(ada, "x")
    with pytest.raises(ConstraintViolated) as refused:
        await db_manager.execute("UPDATE pipeline_executions SET status = 'lost' WHERE id = :id", {"id": begun.id})
    assert refused.value.name == "ck_pipeline_executions_status"


async def test_a_run_of_another_user_is_as_if_it_were_not_there(pipelines: PipelineRepository, ada: str, bob: str) -> None:
    begun = await pipelines.start(ada, "x")
    assert await pipelines.get(bob, begun.id) is None
    assert await pipelines.list(bob) == []
    assert await pipelines.complete(bob, begun.id) is None
    assert await pipelines.fail(bob, begun.id, "x") is None
    assert await pipelines.get(ada, begun.id) == begun
