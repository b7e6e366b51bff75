"""Pairs of tables, as files make them and as a database has them after a change by hand, with the name of each difference."""

from typing import NamedTuple

__all__ = ["LIES", "Lie", "lies_of"]

_BOTH_MYSQL = ("mysql", "mariadb")


class Lie(NamedTuple):
    """The statements in the files, the statements for the database, and the names of the differences. `only` limits the case to
    some databases.
    """

    right: str
    wrong: str
    names: tuple[str, ...]
    only: tuple[str, ...] = ()


_PARENT = "CREATE TABLE parent (id INTEGER NOT NULL PRIMARY KEY)"
_LINK = "id INTEGER PRIMARY KEY, up INTEGER"
_KEY = "FOREIGN KEY (up) REFERENCES parent (id)"
LIES = (
    Lie(_PARENT, _PARENT, ()),
    Lie("CREATE TABLE lost (id INTEGER PRIMARY KEY)", "", ("table lost: missing",)),
    Lie("", "CREATE TABLE extra (id INTEGER PRIMARY KEY)", ("table extra: extra",)),
    Lie(
        "CREATE TABLE t1 (id INTEGER PRIMARY KEY, gone VARCHAR(20))",
        "CREATE TABLE t1 (id INTEGER PRIMARY KEY)",
        ("column t1.gone: missing",),
    ),
    Lie(
        "CREATE TABLE t2 (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t2 (id INTEGER PRIMARY KEY, more VARCHAR(20))",
        ("column t2.more: extra",),
    ),
    Lie(
        "CREATE TABLE t3 (id INTEGER PRIMARY KEY, plan VARCHAR(20) DEFAULT 'free')",
        "CREATE TABLE t3 (id INTEGER PRIMARY KEY, plan VARCHAR(20) DEFAULT 'paid')",
        ("column t3.plan: default",),
    ),
    Lie(
        "CREATE TABLE t4 (id INTEGER PRIMARY KEY, size INTEGER)",
        "CREATE TABLE t4 (id INTEGER PRIMARY KEY, size BIGINT)",
        ("column t4.size: type",),
    ),
    Lie(
        "CREATE TABLE t5 (id INTEGER PRIMARY KEY, size INTEGER NOT NULL)",
        "CREATE TABLE t5 (id INTEGER PRIMARY KEY, size INTEGER)",
        ("column t5.size: nullable",),
    ),
    Lie(
        "CREATE TABLE t6 (id INTEGER PRIMARY KEY, size INTEGER); CREATE INDEX t6_size ON t6 (size)",
        "CREATE TABLE t6 (id INTEGER PRIMARY KEY, size INTEGER)",
        ("index t6.t6_size: missing",),
    ),
    Lie(
        f"CREATE TABLE t7 ({_LINK}, CONSTRAINT t7_up {_KEY} ON DELETE CASCADE)",
        f"CREATE TABLE t7 ({_LINK}, CONSTRAINT t7_up {_KEY})",
        ("foreign key t7.t7_up: on delete",),
    ),
    Lie(
        f"CREATE TABLE t8 ({_LINK}, CONSTRAINT t8_up {_KEY})",
        f"CREATE TABLE t8 ({_LINK})",
        ("foreign key t8.t8_up: missing",),
        ("postgresql", "sqlite"),
    ),
    Lie(
        f"CREATE TABLE t8 ({_LINK}, CONSTRAINT t8_up {_KEY})",
        f"CREATE TABLE t8 ({_LINK})",
        ("foreign key t8.t8_up: missing", "index t8.t8_up: missing"),
        _BOTH_MYSQL,
    ),
    Lie(
        "CREATE TABLE t9 (id INTEGER PRIMARY KEY, size INTEGER, CONSTRAINT t9_size CHECK (size > 0))",
        "CREATE TABLE t9 (id INTEGER PRIMARY KEY, size INTEGER, CONSTRAINT t9_size CHECK (size > 1))",
        ("check t9.t9_size: expression",),
    ),
    Lie(
        "CREATE TABLE t10 (id INTEGER PRIMARY KEY, name VARCHAR(20), CONSTRAINT t10_name UNIQUE (name))",
        "CREATE TABLE t10 (id INTEGER PRIMARY KEY, name VARCHAR(20))",
        ("unique key t10.t10_name: missing",),
    ),
    Lie(
        "CREATE TABLE t11 (id INTEGER PRIMARY KEY); CREATE VIEW v11 AS SELECT id FROM t11 WHERE id > 1",
        "CREATE TABLE t11 (id INTEGER PRIMARY KEY); CREATE VIEW v11 AS SELECT id FROM t11 WHERE id > 2",
        ("view v11: definition",),
    ),
    Lie(
        "CREATE TABLE t12 (id INTEGER PRIMARY KEY, name VARCHAR(20))",
        "CREATE TABLE t12 (id INTEGER PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_bin)",
        ("column t12.name: collation",),
        _BOTH_MYSQL,
    ),
    # SQLite keeps the text as it was typed.
    Lie(
        "CREATE TABLE t13 (id INTEGER PRIMARY KEY, size INTEGER CHECK (size > 0))",
        "create  table t13(id integer primary key, size integer /* by hand */ check(size>0))",
        (),
        ("sqlite",),
    ),
)


def lies_of(database: str) -> list[Lie]:
    """Return the cases of these databases."""
    return [one for one in LIES if not one.only or database in one.only]
