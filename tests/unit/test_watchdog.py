"""The watchdog: which answers of a second connection end the first one, when it asks again, and which errors count as silence."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Sequence

import asyncpg
import pymysql
import pytest

from whimbrel.dialects.watchdog import Answer, decide, is_silence, pause_after
from whimbrel.dialects.watched import Pace

PACE = Pace()


@pytest.mark.parametrize(
    ("answers", "given_up"),
    [
        (["working"], None),
        (["alive"], None),
        (["unknown"], None),
        (["working"] * 1000, None),
        (["alive"] * 1000, None),
        (["unknown"] * 1000, None),
        (["silent"], None),
        (["silent", "silent"], None),
        (["silent", "silent", "silent"], "silent"),
        (["working", "silent", "silent", "silent"], "silent"),
        (["silent", "silent", "working", "silent"], None),
        (["silent", "silent", "alive", "silent", "silent"], None),
        (["silent", "silent", "unknown", "silent"], None),
        (["gone"], None),
        (["gone", "gone"], "gone"),
        (["gone", "silent", "gone"], None),
        (["silent", "silent", "gone", "gone"], "gone"),
        (["idle"], None),
        (["idle", "working"], None),
        (["idle", "idle"], "idle"),
        (["idle", "gone"], None),
    ],
)
def test_a_connection_is_given_up_for_what_was_learned_several_times_in_a_row(
    answers: Sequence[Answer], given_up: Answer | None
) -> None:
    assert decide(answers) == given_up


@pytest.mark.parametrize(
    ("answers", "asking", "seconds"),
    [
        (["working"], 0.1, 30),
        (["working", "working"], 0.1, 60),
        (["alive"] * 50, 0.1, 60),
        (["silent"], 10, 10),
        (["silent"], 0, 20),
        (["silent"], 30, 0),
        (["gone"], 0.1, 5),
        (["working", "idle"], 0.1, 5),
    ],
)
def test_the_pauses_grow_while_all_is_well(answers: Sequence[Answer], asking: float, seconds: float) -> None:
    assert pause_after(answers, PACE, asking) == seconds


def test_a_silent_server_is_left_about_a_minute_after_it_was_asked_first() -> None:
    answers: list[Answer] = []
    seconds = PACE.after
    while decide([*answers, "silent"]) is None:
        answers.append("silent")
        seconds += PACE.limit + pause_after(answers, PACE, PACE.limit)
    assert 45 <= seconds + PACE.limit <= 75


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (TimeoutError(), True),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), True),
        (ConnectionResetError(errno.ECONNRESET, "reset"), True),
        (OSError(errno.EHOSTUNREACH, "no route"), True),
        (OSError("Multiple exceptions: [Errno 111], [Errno 111]"), True),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"), True),
        (caused(pymysql.OperationalError(2003, "can't connect"), ConnectionRefusedError(111, "refused")), True),
        (caused(pymysql.OperationalError(2013, "lost"), asyncio.IncompleteReadError(b"", 4)), True),
        (caused(pymysql.OperationalError(2003, "can't connect"), TimeoutError()), True),
        # The server itself sent this error, so it is alive.
        (asyncpg.TooManyConnectionsError("too many"), False),
        (asyncpg.InvalidPasswordError("no"), False),
        (asyncpg.CannotConnectNowError("starting up"), False),
        (pymysql.OperationalError(1040, "too many connections"), False),
        (pymysql.OperationalError(1045, "access denied"), False),
        (ConnectionError("rejected SSL upgrade"), False),
        (ssl.SSLCertVerificationError("self-signed"), False),
        # Nothing was asked.
        (OSError(errno.EMFILE, "too many open files"), False),
        (OSError(errno.EADDRNOTAVAIL, "no port left"), False),
        (socket.gaierror(socket.EAI_AGAIN, "no name server"), False),
        (caused(pymysql.OperationalError(2003, "can't connect"), socket.gaierror(socket.EAI_AGAIN, "none")), False),
        (ValueError("a password that no driver takes"), False),
    ],
)
def test_only_a_server_of_which_nothing_came_is_silent(error: Exception, silent: bool) -> None:
    assert is_silence(error) is silent
