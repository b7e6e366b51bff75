"""Pairs of tables: one from the shared file, and one from the variant of one database, with one mistake each."""

from typing import NamedTuple

__all__ = ["DIVERGENCES", "Divergence"]


class Divergence(NamedTuple):
    """One mistake. The statements make the table `name`; `wrong` is the text for a database, "" the one for all others.

    `object` is how the finding's name begins.
    """

    object: str
    right: str
    wrong: dict[str, str]


_PARENT = "CREATE TABLE {0}_parent (id BIGINT NOT NULL PRIMARY KEY);"
_CHILD = "CREATE TABLE {0} (id BIGINT NOT NULL PRIMARY KEY, parent_id BIGINT NOT NULL{1});"
_KEY = ", FOREIGN KEY (parent_id) REFERENCES {0}_parent (id){1}"


def _table(name: str, columns: str) -> str:
    return f"CREATE TABLE {name} (id BIGINT NOT NULL PRIMARY KEY, {columns});"


def _related(name: str, clause: str | None) -> str:
    key = "" if clause is None else _KEY.format(name, clause)
    return f"{_PARENT.format(name)}\n{_CHILD.format(name, key)}"


def _pair(name: str, right: str, wrong: str, what: str = "column {0}.c") -> Divergence:
    return Divergence(what.format(name), _table(name, right), {"": _table(name, wrong)})


def _keys(name: str, right: str | None, wrong: str | None) -> Divergence:
    return Divergence(f"foreign key {name} (parent_id)", _related(name, right), {"": _related(name, wrong)})


def _after(name: str, columns: str, right: str, wrong: str, what: str) -> Divergence:
    made = _table(name, columns)
    return Divergence(what.format(name), f"{made}\n{right}", {"": f"{made}\n{wrong}"})


_COLLATED = {
    "sqlite": _table("collated", "c VARCHAR(20) COLLATE NOCASE NOT NULL"),
    # The server of the tests is built without ICU, and its other collations treat all different texts as different.
    "postgresql": _table("collated", "c CHAR(20) NOT NULL"),
    "mysql": _table("collated", "c VARCHAR(20) COLLATE utf8mb4_bin NOT NULL"),
    "mariadb": _table("collated", "c VARCHAR(20) COLLATE utf8mb4_bin NOT NULL"),
}
_UNENFORCED = {
    "sqlite": _table("unenforced", "c INTEGER NOT NULL, CONSTRAINT ck_u CHECK (c > 0 OR c <= 0)"),
    "postgresql": _table("unenforced", "c INTEGER NOT NULL, CONSTRAINT ck_u CHECK (c > 0) NOT ENFORCED"),
    "mysql": _table("unenforced", "c INTEGER NOT NULL, CONSTRAINT ck_u CHECK (c > 0) NOT ENFORCED"),
    "mariadb": _table("unenforced", "c INTEGER NOT NULL, CONSTRAINT ck_u CHECK (c > 0 OR c <= 0)"),
}
DIVERGENCES = (
    _after("lost_index", "c INTEGER NOT NULL", "CREATE INDEX i_lost_index ON lost_index (c);", "", "index {0}.i_lost_index"),
    _after(
        "turned_index", "c INTEGER NOT NULL, d INTEGER NOT NULL", "CREATE INDEX i_turned_index ON turned_index (c, d);",
        "CREATE INDEX i_turned_index ON turned_index (d, c);", "index {0}.i_turned_index",
    ),
    _after(
        "plain_index", "c INTEGER NOT NULL", "CREATE UNIQUE INDEX i_plain_index ON plain_index (c);",
        "CREATE INDEX i_plain_index ON plain_index (c);", "unique key {0} (c)",
    ),
    _after("lost_view", "c INTEGER NOT NULL", "CREATE VIEW v_lost AS SELECT c FROM lost_view;", "", "view v_lost"),
    _after("lost_table", "c INTEGER NOT NULL", "CREATE TABLE also_lost (c INTEGER NOT NULL PRIMARY KEY);", "", "table also_lost"),
    _keys("on_delete", " ON DELETE CASCADE", ""),
    _keys("on_update", " ON UPDATE CASCADE", ""),
    _keys("on_delete_null", " ON DELETE RESTRICT", " ON DELETE CASCADE"),
    _keys("lost_key", "", None),
    _pair("other_default", "c INTEGER NOT NULL DEFAULT 1", "c INTEGER NOT NULL DEFAULT 2"),
    _pair("lost_default", "c VARCHAR(20) NOT NULL DEFAULT 'x'", "c VARCHAR(20) NOT NULL"),
    _pair("other_boolean", "c BOOLEAN NOT NULL DEFAULT TRUE", "c BOOLEAN NOT NULL DEFAULT FALSE"),
    _pair("nullable", "c INTEGER NOT NULL", "c INTEGER"),
    _pair("not_null", "c INTEGER", "c INTEGER NOT NULL"),
    _pair("shorter", "c VARCHAR(40) NOT NULL", "c VARCHAR(20) NOT NULL"),
    _pair("fraction", "c TIMESTAMP(6) NOT NULL", "c TIMESTAMP(3) NOT NULL"),
    _pair("digits", "c DECIMAL(10, 2) NOT NULL", "c DECIMAL(10, 3) NOT NULL"),
    _pair("other_type", "c INTEGER NOT NULL", "c VARCHAR(20) NOT NULL"),
    _pair("lost_check", "c INTEGER NOT NULL, CONSTRAINT ck_l CHECK (c > 0)", "c INTEGER NOT NULL", "table {0}"),
    _pair(
        "other_check", "c INTEGER NOT NULL, CONSTRAINT ck_o CHECK (c >= 10)",
        "c INTEGER NOT NULL, CONSTRAINT ck_o CHECK (c > 10)",
        "check {0}",
    ),
    _pair(
        "other_word", "c VARCHAR(20) NOT NULL, CONSTRAINT ck_w CHECK (c IN ('on', 'off'))",
        "c VARCHAR(20) NOT NULL, CONSTRAINT ck_w CHECK (c IN ('on', 'out'))", "check {0}",
    ),
    _pair("lost_unique", "c INTEGER NOT NULL, CONSTRAINT uq_l UNIQUE (c)", "c INTEGER NOT NULL", "unique key {0} (c)"),
    _pair(
        "wider_unique", "c INTEGER NOT NULL, d INTEGER NOT NULL, CONSTRAINT uq_w UNIQUE (c)",
        "c INTEGER NOT NULL, d INTEGER NOT NULL, CONSTRAINT uq_w UNIQUE (c, d)", "unique key {0} (c)",
    ),
    _pair("lost_column", "c INTEGER NOT NULL, d INTEGER", "c INTEGER NOT NULL", "column {0}.d"),
    Divergence(
        "primary key of other_primary", "CREATE TABLE other_primary (c BIGINT NOT NULL, d BIGINT NOT NULL, PRIMARY KEY (c));",
        {"": "CREATE TABLE other_primary (c BIGINT NOT NULL, d BIGINT NOT NULL, PRIMARY KEY (c, d));"},
    ),
    Divergence("column collated.c", _table("collated", "c VARCHAR(20) NOT NULL"), _COLLATED),
    Divergence(
        "", _table("unenforced", "c INTEGER NOT NULL, CONSTRAINT ck_u CHECK (c > 0)"), _UNENFORCED,
    ),
)  # fmt: skip
