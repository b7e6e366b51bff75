"""The pages that a statement wrote are those whose content differs."""

import sqlite3

from whimbrel.dialects.sqlite.pages import Pages, find_written


def pages(connection: sqlite3.Connection) -> Pages:
    return Pages(connection.serialize() if hasattr(connection, "serialize") else b"", {}, frozenset(), {})


def test_changed_and_new_pages_are_written() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript("PRAGMA page_size = 1024; CREATE TABLE t (a); CREATE TABLE u (a)")
    connection.execute("BEGIN")
    before = pages(connection)
    connection.execute("INSERT INTO u VALUES (zeroblob(3000))")
    after = pages(connection)
    connection.close()
    assert (before.number, after.number, before.size) == (3, 5, 1024)
    written = find_written(before, after)
    assert written is not None and written - {1} == {3, 4, 5}
    assert find_written(before, before) == frozenset()


def test_nothing_is_known_without_the_function() -> None:
    nothing = Pages(b"", {}, frozenset(), {})
    assert find_written(nothing, nothing) is None
