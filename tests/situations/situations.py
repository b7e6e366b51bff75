"""Eleven situations of a database that is not empty, and the recommended steps for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.situations.steps import Step, move, sql, whimbrel, write

__all__ = ["SITUATIONS", "Situation"]

Rows = list[tuple[object, ...]]
PRODUCT = "CREATE TABLE product (id INTEGER NOT NULL, name VARCHAR(40))"
SALE = "CREATE TABLE sale (id INTEGER NOT NULL, product INTEGER)"
TEA = "INSERT INTO product (id, name) VALUES (1, 'tea')"
NEWER = "INSERT INTO product (id, name) VALUES (2, 'newer')"
HELD = sql(PRODUCT, TEA, NEWER)
V2 = {"V2__sale.sql": f"{SALE};"}
KEPT: Mapping[str, Rows] = {"product": [(1, "tea"), (2, "newer")], "sale": []}
RECORD_FIRST = (whimbrel("baseline", "1"), whimbrel("migrate"))
ALL = ("postgresql", "mysql", "mariadb", "sqlite")


@dataclass(frozen=True)
class Situation:
    """The steps that make the database and the folder; the recommended steps; the rows that must exist afterwards.

    `applies` says that `migrate` and the start of an application should succeed.
    """

    name: str
    before: tuple[Step, ...]
    way: tuple[Step, ...]
    rows: Mapping[str, Rows] = field(default_factory=lambda: KEPT)
    databases: tuple[str, ...] = ALL
    applies: bool = False


def files(told: str = "", **texts: str) -> Step:
    return write(told, {**V2, **{f"{name}.sql": text for name, text in texts.items()}})


SITUATIONS = (
    Situation("tables made by hand", (HELD, files(V1__product=f"{PRODUCT};")), RECORD_FIRST),
    Situation(
        "tables made by IF NOT EXISTS, with first rows",
        (HELD, files(V1__product=f"{PRODUCT.replace('TABLE', 'TABLE IF NOT EXISTS')};\n{TEA};")),
        RECORD_FIRST,
    ),
    Situation(
        "the files are a dump of this database",
        (HELD, files(V1__dump=f"DROP TABLE IF EXISTS product;\n{PRODUCT};\n{TEA};")),
        RECORD_FIRST,
    ),
    Situation(
        "the files are a dump of another version",
        (HELD, files(V1__dump=f"{PRODUCT.replace('TABLE', 'TABLE IF NOT EXISTS').replace('name', 'weight INTEGER, name')};")),
        (sql("ALTER TABLE product ADD COLUMN weight INTEGER"), *RECORD_FIRST),
        {"product": [(1, "tea", None), (2, "newer", None)], "sale": []},
    ),
    Situation(
        "files of another tool",
        (
            HELD,
            files(
                V1__product=f"-- migrate:up\n{PRODUCT.replace('TABLE', 'TABLE IF NOT EXISTS')};\n"
                "-- migrate:down\nDROP TABLE product;\n"
            ),
        ),
        (write("delete what comes after `-- migrate:down`", {"V1__product.sql": f"{PRODUCT};\n"}), *RECORD_FIRST),
    ),
    Situation(
        "history of another tool",
        (HELD, sql("CREATE TABLE flyway_schema_history (installed_rank INTEGER)"), files(V1__product=f"{PRODUCT};\n{TEA};")),
        RECORD_FIRST,
    ),
    Situation(
        "history in another schema",
        (
            files(V1__product=f"{PRODUCT};\n{TEA};"),
            whimbrel("migrate"),
            sql(NEWER, "DO $$ BEGIN EXECUTE format('CREATE SCHEMA %I', current_user); END $$"),
            write("", {"V3__more.sql": "CREATE TABLE more (id INTEGER);"}),
        ),
        (whimbrel("migrate"),),
        {**KEPT, "public.more": []},
        ("postgresql",),
        applies=True,
    ),
    Situation(
        "renamed set",
        (files(V1__product=f"{PRODUCT};\n{TEA};"), whimbrel("migrate"), sql(NEWER), move("db_shop")),
        (whimbrel("repair", "--rename-set", "shop"), whimbrel("migrate")),
    ),
    Situation(
        "two branches with one version",
        (
            write("", {"V1__product.sql": f"{PRODUCT};\n{TEA};", **V2}),
            whimbrel("migrate"),
            sql(NEWER),
            write("", {"V2__sale.sql": None, "V3__sale.sql": f"{SALE};", "V2__tag.sql": "CREATE TABLE tag (id INTEGER);"}),
        ),
        (whimbrel("repair", "--renumber"), whimbrel("migrate", "--out-of-order")),
        {**KEPT, "tag": []},
    ),
    Situation(
        "a file of which another client ran a half",
        (HELD, files(V1__product=f"{PRODUCT};\nCREATE TABLE tag (id INTEGER);")),
        (sql("CREATE TABLE tag (id INTEGER)"), *RECORD_FIRST),
        {**KEPT, "tag": []},
    ),
    Situation(
        "restored old backup",
        (write("", {"V1__product.sql": f"{PRODUCT};\n{TEA};"}), whimbrel("migrate"), sql(NEWER), write("", V2)),
        (whimbrel("migrate"),),
        applies=True,
    ),
)
