"""The codes that lint foresees from the files alone are those with which the servers refuse."""

import pytest

from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import DatabaseError
from whimbrel.review.lint.refusals import CODES, DATABASES, refusal_of
from whimbrel.url import parse_url

USERS = """CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(60) UNIQUE, age INTEGER, bio TEXT,
    url VARCHAR(1000), score INTEGER, twice INTEGER GENERATED ALWAYS AS (age * 2) STORED)"""
ORDERS = """CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, small INTEGER, note TEXT,
    CONSTRAINT linked FOREIGN KEY (user_id) REFERENCES users (id))"""
ROWS = ["INSERT INTO users (id) VALUES (1)", "INSERT INTO orders (id) VALUES (1)"]
SETUP = [USERS, "CREATE INDEX users_age ON users (age)", ORDERS, *ROWS]
OWN_SETUP = {
    "postgresql": ["CREATE TABLE parted (id INTEGER) PARTITION BY RANGE (id)"],
    "sqlite": ["PRAGMA foreign_keys = ON"],
}
MYSQL = {"mysql", "mariadb"}
# A statement of each kind, and the databases that have it; all, if none is named.
STATEMENTS = [
    ("column there", "ALTER TABLE users ADD COLUMN age INTEGER", None),
    ("column missing", "ALTER TABLE users RENAME COLUMN none_such TO other", None),
    ("column missing", "ALTER TABLE users ALTER COLUMN none_such TYPE bigint", {"postgresql"}),
    ("column missing", "ALTER TABLE users MODIFY none_such BIGINT", MYSQL),
    ("nothing to drop", "ALTER TABLE users DROP COLUMN none_such", None),
    ("nothing to drop", "DROP INDEX none_such ON users", MYSQL),
    ("index there", "CREATE INDEX users_age ON users (url)", None),
    ("column used", "ALTER TABLE users DROP COLUMN age", None),
    ("type of a used column", "ALTER TABLE users ALTER COLUMN age TYPE bigint", {"postgresql"}),
    ("place of a column", "ALTER TABLE users ADD COLUMN more INTEGER AFTER age", None),
    ("default of a reference", "ALTER TABLE orders ADD COLUMN more INTEGER DEFAULT 1 REFERENCES users (id)", {"sqlite"}),
    ("table there", "CREATE TABLE users (id INTEGER)", None),
    ("table replaced", "CREATE OR REPLACE TABLE users (id INTEGER)", {"postgresql", "mysql", "sqlite"}),
    ("table used", "DROP TABLE users", {"postgresql", "mysql", "mariadb"}),
    ("parts of an index", "CREATE INDEX CONCURRENTLY parted_id ON parted (id)", {"postgresql"}),
    ("index of a key", "DROP INDEX sqlite_autoindex_users_1", {"sqlite"}),
    ("type of a strict table", "CREATE TABLE strict (id INTEGER PRIMARY KEY, total DECIMAL) STRICT", {"sqlite"}),
    ("other type", "ALTER TABLE orders ADD FOREIGN KEY (note) REFERENCES users (id)", {"postgresql"}),
    ("other type", "ALTER TABLE orders MODIFY small BIGINT, ADD FOREIGN KEY (small) REFERENCES users (id)", MYSQL),
    ("no key", "ALTER TABLE orders ADD FOREIGN KEY (small) REFERENCES users (score)", {"postgresql", "mysql", "mariadb"}),
    ("not unique", "ALTER TABLE orders ADD FOREIGN KEY (small) REFERENCES users (age)", {"postgresql", "mysql"}),
    ("index of a foreign key", "ALTER TABLE orders DROP INDEX linked", MYSQL),
    ("type of a key", "ALTER TABLE users MODIFY id BIGINT NOT NULL", MYSQL),
    ("text in a key", "ALTER TABLE users ADD UNIQUE (bio)", {"mysql"}),
    ("long key", "CREATE INDEX users_url ON users (url)", {"mysql"}),
]


@pytest.mark.asyncio
async def test_a_foreseen_refusal_has_the_servers_code(url: str, database: str) -> None:
    connection = await find_dialect(parse_url(url)).open(parse_url(url))
    try:
        for statement in [*SETUP, *OWN_SETUP.get(database, [])]:
            await connection.run(statement)
        refused = [(kind, statement) for kind, statement, databases in STATEMENTS if database in (databases or DATABASES)]
        for kind, statement in refused:
            code = refusal_of(kind, database, "").code
            try:
                await connection.run(statement)
            except DatabaseError as error:
                assert error.code == code, f"{kind}: {error}"
            else:
                assert code == "", f"{kind}: the server accepts {statement}"
    finally:
        await connection.close()


def test_each_code_has_a_statement() -> None:
    shown = {(kind, one) for kind, _, databases in STATEMENTS for one in databases or DATABASES}
    coded = {(kind, one) for kind, codes in CODES.items() for one, code in zip(DATABASES, codes, strict=True) if code}
    assert coded - shown == set()
