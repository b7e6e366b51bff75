"""A migration file holds text in UTF-8, and directives before the first statement."""

import os
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.migration import Directives, Version
from whimbrel.migrations.reader import read_directories, read_text


def read(tmp_path: Path, content: str | bytes) -> Directives:
    ((migration,),) = (one.variants for one in read_directories([write_set(tmp_path / "chat", {"V1__a.sql": content})]))
    return migration.directives


def problem(tmp_path: Path, content: str | bytes) -> str:
    """Return the kind of the one problem and what its message says after the file's path."""
    with pytest.raises(ValidationFailed) as caught:
        read(tmp_path, content)
    (found,) = caught.value.problems
    return f"{found.kind}{found.message.removeprefix(found.script)}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"SELECT 1;\n\nSELECT '\xe9';\n", ":3: not UTF-8, byte 0xe9 at offset 19; save the file as UTF-8"),
        (b"\xef\xbb\xbfSELECT '\xe9';", ":1: not UTF-8, byte 0xe9 at offset 11; save the file as UTF-8"),
        (b"SELECT '\xc3", ":1: not UTF-8, byte 0xc3 at offset 8; save the file as UTF-8"),
        ("SELECT 1;".encode("utf-16"), ":1: not UTF-8, byte 0xff at offset 0; save the file as UTF-8"),
        ("SELECT 1;".encode("utf-16-le"), ":1: a NUL byte at offset 1"),
        (b"\r\n\r\nSELECT '\0';", ":3: a NUL byte at offset 12"),
        ("é\nSELECT '\0';", ":2: a NUL byte at offset 11"),
    ],
)
def test_what_is_not_utf8_is_a_problem_with_line_and_offset(tmp_path: Path, content: str | bytes, expected: str) -> None:
    assert problem(tmp_path, content) == f"encoding{expected}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("SELECT 1;", Directives()),
        ("", Directives()),
        ("-- whimbrel: transaction=off\nSELECT 1;", Directives(transaction=False)),
        ("-- whimbrel: transaction=on", Directives(transaction=True)),
        ("--whimbrel:transaction=off\n", Directives(transaction=False)),
        ("\n  \n--\twhimbrel:  transaction=off  \r\nSELECT 1;\r\n", Directives(transaction=False)),
        ("\ufeff-- whimbrel: transaction=off\n", Directives(transaction=False)),
        ("-- whimbrel: lock_timeout=5s", Directives(lock_timeout=5.0)),
        ("-- whimbrel: statement_timeout=30s", Directives(statement_timeout=30.0)),
        ("-- whimbrel: min_app=2.1", Directives(min_app=Version((2, 1)))),
        ("-- whimbrel: lock_timeout=250ms", Directives(lock_timeout=0.25)),
        ("-- whimbrel: lock_timeout=2min", Directives(lock_timeout=120.0)),
        ("-- whimbrel: transaction=off lock_timeout=5s\n", Directives(transaction=False, lock_timeout=5.0)),
        (
            "-- whimbrel: transaction=off\n-- a note\n-- whimbrel: lock_timeout=5s\n",
            Directives(transaction=False, lock_timeout=5.0),
        ),
        ("/* a\n-- whimbrel: nonsense\nnote */\n-- whimbrel: transaction=off\n", Directives(transaction=False)),
        ("/* of whimbrel: a note */\n-- whimbrel: transaction=off\n", Directives(transaction=False)),
        ("SELECT 1;\n-- whimbrel: nonsense\n", Directives()),
        ("SELECT 1; -- whimbrel: nonsense\n", Directives()),
        ("-- on whimbrel: nonsense\n", Directives()),
        ("-- whimbrels: nonsense\n", Directives()),
    ],
)
def test_directives_are_read_before_the_first_statement(tmp_path: Path, content: str, expected: Directives) -> None:
    assert read(tmp_path, content) == expected


KNOWN = "expected one of transaction, lock_timeout, statement_timeout, min_app, databases, replaces"
SWITCH = "expected transaction=on or transaction=off"
DURATION = "expected lock_timeout=5s (ms, s or min)"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("-- whimbrel: nonsense", f":1: directive nonsense is not understood; {KNOWN}"),
        ("/* whimbrel: transaction=off */", ":1: write a directive in a line comment: -- whimbrel: transaction=off"),
        (
            "-- a\n/*\n * whimbrel: transaction=off\n */\n",
            ":2: write a directive in a line comment: -- whimbrel: transaction=off",
        ),
        ("-- a\n\n-- whimbrel: colour=red\n", f":3: directive colour=red is not understood; {KNOWN}"),
        ("/* a\nb */\n-- whimbrel: x=1", f":3: directive x=1 is not understood; {KNOWN}"),
        ("-- whimbrel: Transaction=off", f":1: directive Transaction=off is not understood; {KNOWN}"),
        ("-- whimbrel: transaction", f":1: directive transaction is not understood; {SWITCH}"),
        ("-- whimbrel: transaction=no", f":1: directive transaction=no is not understood; {SWITCH}"),
        ("-- whimbrel: transaction=off, lock_timeout=5s", f":1: directive transaction=off, is not understood; {SWITCH}"),
        ("-- whimbrel: transaction = off", f":1: directive transaction is not understood; {SWITCH}"),
        ("-- whimbrel: lock_timeout=5", f":1: directive lock_timeout=5 is not understood; {DURATION}"),
        ("-- whimbrel: lock_timeout=-5s", f":1: directive lock_timeout=-5s is not understood; {DURATION}"),
        ("-- whimbrel: lock_timeout=5h", f":1: directive lock_timeout=5h is not understood; {DURATION}"),
        ("-- whimbrel: transaction=off nonsense", f":1: directive nonsense is not understood; {KNOWN}"),
    ],
)
def test_an_unknown_directive_is_a_problem_with_its_line(tmp_path: Path, content: str, expected: str) -> None:
    assert problem(tmp_path, content) == f"directive{expected}"


def test_one_file_is_read_as_a_migration_is(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;\r\n")
    assert read_text(tmp_path / "a.sql") == "SELECT 1;\r\n"
    (tmp_path / "a.sql").write_bytes(b"SELECT 1;\n\xe9")
    with pytest.raises(ValidationFailed) as caught:
        read_text(tmp_path / "a.sql")
    (found,) = caught.value.problems
    path = str(tmp_path / "a.sql")
    assert found == ("encoding", f"{path}:2: not UTF-8, byte 0xe9 at offset 10; save the file as UTF-8", path, False)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "b.sql")


def test_a_file_that_the_system_returns_in_parts_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, read_some = write_set(tmp_path / "chat", {"V1__a.sql": "SELECT 12345;"}), os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read_some(descriptor, min(count, 3)))
    assert read_directories([folder])[0].variants[0].text == "SELECT 12345;"
