"""The course of a run: what the runner notes, and when the server is asked. The connections here are none."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, cast

import pytest

from whimbrel.dialects.base import Connection
from whimbrel.dialects.companion import Companion
from whimbrel.errors import DatabaseUnreachable
from whimbrel.messages.progress import ServerView
from whimbrel.session import course as module
from whimbrel.session.course import Course
from whimbrel.session.teller import Followed, Teller


class Side(Companion):
    def __init__(self, connection: "Connected") -> None:
        self.connection = connection

    async def look(self, schema: str) -> ServerView:
        self.connection.asked.append(schema)
        await self.connection.answer()
        return ServerView("stage", 50.0)

    def abort(self) -> None:
        self.connection.open -= 1


async def at_once() -> None:
    return None


class Connected:
    """The part of a connection that a course uses."""

    address = "somewhere"

    def __init__(self, answer: Callable[[], Any] = at_once) -> None:
        self.companion: Companion | None = None
        self.asked: list[str] = []
        self.answer = answer
        self.open = 0

    async def accompany(self) -> None:
        self.open += 1
        self.companion = Side(self)

    def drop_companion(self) -> None:
        companion, self.companion = self.companion, None
        if companion is not None:
            companion.abort()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statement counts as long."""
    monkeypatch.setattr(module, "_LONG_SECONDS", 0.0)


def told(course: Course) -> str:
    """Return the line without its duration."""
    return re.sub(r", \d+ s\b", "", course.line())


def running(connection: Connected) -> Course:
    course = Course()
    course.follow(cast(Connection, connection), "app")
    course.expect(1, 4)
    course.begin("chat/V2__b.sql", 9)
    course.sends(range(3, 6))
    return course


def test_the_runner_notes_file_and_statements() -> None:
    course = running(Connected())
    assert told(course) == "file 2 of 5: chat/V2__b.sql, statements 3-5 of 9"
    course.applied()
    course.begin("a to c", files=3)
    assert told(course) == "files 3-5 of 5: a to c"
    course.step("keeping the model")
    assert told(course) == "keeping the model"


def test_a_wait_within_a_file_keeps_its_time_and_ends() -> None:
    course = running(Connected())
    before = course.progress
    course.pause("waiting for the lock", ", held by a")
    since = course.progress.since
    course.pause("waiting for the lock", ", held by b")
    assert (course.progress.since, told(course)) == (since, "file 2 of 5: chat/V2__b.sql, waiting for the lock, held by b")
    course.resume(before)
    assert course.progress._replace(since=0) == before._replace(since=0)


@pytest.mark.asyncio
async def test_a_short_statement_asks_nothing() -> None:
    connection = Connected()
    course = running(connection)
    assert not course.wants_figures()
    await course.ask()
    assert (connection.asked, connection.open) == ([], 0)


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_long_statement_gets_the_figures_of_the_server_and_its_end_closes_the_connection() -> None:
    connection = Connected()
    course = running(connection)
    await course.ask()
    await course.ask()
    assert (connection.asked, connection.open) == (["app", "app"], 1)
    assert told(course).endswith("3-5 of 9, stage 50.0 %")
    course.sends(range(6, 7))
    assert (connection.open, told(course).endswith("statement 6 of 9")) == (0, True)


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_an_answer_that_comes_after_the_statement_is_not_shown() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        asked.set()
        await go_on.wait()

    course = running(Connected(answer))
    question = asyncio.ensure_future(course.ask())
    await asked.wait()
    course.sends(range(6, 7))
    go_on.set()
    await question
    assert course.progress.server == ServerView()


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_connection_that_opens_after_the_statement_is_closed() -> None:
    class Slow(Connected):
        async def accompany(self) -> None:
            # The run takes its last step while the second connection opens.
            course.sends(range(6, 7))
            await super().accompany()

    connection = Slow()
    course = running(connection)
    await course.ask()
    assert (connection.asked, connection.open, connection.companion) == (["app"], 0, None)


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_question_that_is_cancelled_closes_its_connection() -> None:
    asked = asyncio.Event()

    async def never() -> None:
        asked.set()
        await asyncio.Event().wait()

    connection = Connected(never)
    question = asyncio.ensure_future(running(connection).ask())
    await asked.wait()
    question.cancel()
    await asyncio.wait([question])
    assert (question.cancelled(), connection.open) == (True, 0)


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_driver_may_fail_in_any_way_once_its_connection_is_closed() -> None:
    async def end() -> None:
        course.sends(range(6, 7))
        raise AttributeError("'NoneType' object has no attribute 'readexactly'")

    connection = Connected(end)
    course = running(connection)
    await course.ask()
    assert (connection.asked, connection.open, course.progress.server) == (["app"], 0, ServerView())


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_failure_is_told_in_the_line_and_the_next_question_waits() -> None:
    async def refuse() -> None:
        raise DatabaseUnreachable("too many clients")

    connection = Connected(refuse)
    course = running(connection)
    await course.ask()
    assert told(course).endswith("3-5 of 9, no figures: too many clients")
    assert (connection.open, course.wants_figures()) == (0, False)
    await course.ask()
    assert connection.asked == ["app"]


def tell_into(lines: list[str]) -> Callable[[Followed], None]:
    return lambda course: lines.append(course.line())


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_teller_leaves_no_question_and_no_connection_behind() -> None:
    asked = asyncio.Event()

    async def never() -> None:
        asked.set()
        await asyncio.Event().wait()

    connection = Connected(never)
    lines: list[str] = []
    async with Teller(running(connection), tell_into(lines), 0.01) as teller:
        await asked.wait()
    assert teller._question is not None
    assert teller._question.cancelled()
    assert (connection.open, teller._thread.is_alive()) == (0, False)
    assert all("statements 3-5 of 9" in line for line in lines)


@pytest.mark.asyncio
async def test_a_teller_goes_on_while_the_event_loop_is_busy() -> None:
    lines: list[str] = []
    async with Teller(running(Connected()), tell_into(lines), 0.01):
        while len(lines) < 3:
            sum(range(1000))
    assert lines[2].startswith("file 2 of 5")


@pytest.mark.usefixtures("patient")
@pytest.mark.asyncio
async def test_a_defect_of_a_question_is_reported_and_does_not_disturb_the_run() -> None:
    async def defect() -> None:
        raise KeyError("Id")

    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    lines: list[str] = []
    async with Teller(running(Connected(defect)), tell_into(lines), 0.01):
        while not reported or len(lines) < 5:
            await asyncio.sleep(0.01)
    assert [repr(one["exception"]) for one in reported] == ["KeyError('Id')"]


@pytest.mark.asyncio
async def test_a_short_run_starts_no_thread() -> None:
    async with Teller(Course(), tell_into([]), 30.0, delay=60.0) as teller:
        pass
    assert teller._thread.ident is None


@pytest.mark.asyncio
async def test_a_run_goes_on_without_a_line_if_the_system_allows_no_thread(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    async with Teller(running(Connected()), lambda _: None, 1.0):
        pass
    assert caplog.messages == ["the progress is not shown: can't start new thread"]
