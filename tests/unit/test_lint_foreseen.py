"""Effects that the files before a statement decide: refusals, narrower types, equal texts; and statements like them."""

import pytest

from tests.unit.lint_cases import codes
from tests.unit.make import migration, set_of
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.recorded import recorded

SETUP = {
    "postgresql": """
        CREATE TABLE users (id bigserial PRIMARY KEY, email varchar(100) NOT NULL, age integer, tall numeric(10, 2));
        CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, note text,
            twice bigint GENERATED ALWAYS AS (user_id * 2) STORED);
        CREATE UNIQUE INDEX users_email ON users (email);
        CREATE TABLE heirs (more integer) INHERITS (users);
        CREATE TABLE days (day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE days_rest PARTITION OF days DEFAULT;
        CREATE VIEW notes AS SELECT note FROM orders;""",
    "mysql": """
        CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY, email VARCHAR(60) NOT NULL, bio TEXT, age INT, kind ENUM('a', 'b'),
            UNIQUE KEY users_email (email), KEY users_age (age)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
        CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, user_id BIGINT, small INT, url VARCHAR(1000),
            KEY orders_user (user_id), CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id)) DEFAULT CHARSET=utf8mb4;""",
    "sqlite": """
        CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, age INT, twice INT AS (age * 2) VIRTUAL);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT NOT NULL REFERENCES users (id) ON DELETE CASCADE);
        CREATE INDEX users_email ON users (email);
        CREATE TABLE words (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT);
        CREATE INDEX words_a ON words (lower(a)) WHERE b > 'b';""",
}
SETUP["mariadb"] = SETUP["mysql"]
# The database, a statement, and the rules of these that find something.
WATCHED = {"P01", "P02", "P03", "P06", "P07", "P08", "D01", "D03", "D04", "D05", "L01", "L03", "L06"}
FOUND = [
    ("sqlite", "ALTER TABLE words DROP COLUMN a", {"P08"}),
    ("sqlite", "ALTER TABLE words DROP COLUMN b", {"P08"}),
    ("sqlite", "ALTER TABLE words DROP COLUMN c", {"D01"}),
    ("sqlite", "ALTER TABLE words DROP COLUMN none_such", {"P01"}),
    ("sqlite", "ALTER TABLE words RENAME COLUMN a TO c", {"P01"}),
    ("sqlite", "ALTER TABLE words RENAME COLUMN a TO e", set()),
    ("sqlite", "ALTER TABLE words RENAME COLUMN a TO A", set()),
    ("postgresql", "ALTER TABLE users ADD COLUMN age integer", {"P01"}),
    ("postgresql", "ALTER TABLE users ADD COLUMN IF NOT EXISTS age integer", set()),
    ("postgresql", "ALTER TABLE users ADD COLUMN rank integer AFTER age", {"P01"}),
    ("postgresql", "ALTER TABLE users DROP COLUMN none_such", {"P01"}),
    ("postgresql", "ALTER TABLE heirs RENAME COLUMN age TO years", set()),
    ("postgresql", "ALTER TABLE orders DROP COLUMN user_id", {"P01"}),
    ("postgresql", "ALTER TABLE users ALTER COLUMN email TYPE varchar(20)", {"D03"}),
    ("postgresql", "ALTER TABLE users ALTER COLUMN email TYPE varchar(200)", set()),
    ("postgresql", "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (age)", {"P06"}),
    ("postgresql", "ALTER TABLE orders ADD FOREIGN KEY (note) REFERENCES users (id)", {"P06"}),
    ("postgresql", "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID", set()),
    ("postgresql", "CREATE TABLE users (id integer)", {"P01"}),
    ("postgresql", "CREATE TABLE more (id integer PRIMARY KEY, at integer REFERENCES users (age))", {"P06"}),
    ("postgresql", "CREATE TABLE more (id integer PRIMARY KEY, at integer REFERENCES users)", set()),
    ("postgresql", "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", {"L03"}),
    (
        "postgresql",
        "CREATE TABLE hours (day date NOT NULL); "
        "ALTER TABLE days ATTACH PARTITION hours FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        {"L03"},
    ),
    ("postgresql", "ALTER TABLE orders ALTER COLUMN note TYPE varchar", {"P01"}),
    ("postgresql", "ALTER TABLE orders DROP COLUMN user_id CASCADE", {"D01"}),
    ("postgresql", "ALTER TABLE orders ADD FOREIGN KEY (id, user_id) REFERENCES users (id)", {"P06"}),
    ("mysql", "ALTER TABLE users MODIFY email VARCHAR(20) NOT NULL", {"D03", "L06"}),
    ("mysql", "ALTER TABLE users MODIFY kind ENUM('b')", {"D03", "L06"}),
    ("mysql", "ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", {"D05", "L06"}),
    ("mysql", "ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", set()),
    ("mysql", "ALTER TABLE orders CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", set()),
    ("mysql", "ALTER IGNORE TABLE users ADD COLUMN x INT", {"P01"}),
    ("mysql", "ALTER TABLE users ADD SYSTEM VERSIONING", {"P01"}),
    ("mysql", "ALTER TABLE users ALTER INDEX users_age IGNORED", {"P01"}),
    ("mysql", "ALTER TABLE users ALTER INDEX users_age INVISIBLE", set()),
    ("mariadb", "ALTER TABLE users ALTER INDEX users_age INVISIBLE", {"P01"}),
    ("mysql", "EXECUTE IMMEDIATE 'SELECT 1'", {"P01"}),
    ("mariadb", "EXECUTE IMMEDIATE 'SELECT 1'", set()),
    ("mariadb", "DROP INDEX users_age ON users ALGORITHM=INPLACE", {"P01"}),
    ("mysql", "ALTER TABLE users ADD COLUMN x INT, ALGORITHM=INSTANT, LOCK=NONE", {"P01"}),
    ("mariadb", "ALTER TABLE users ADD COLUMN x INT, ALGORITHM=INSTANT, LOCK=NONE", set()),
    ("mysql", "ALTER TABLE users ADD INDEX i (kind), ALGORITHM=NOCOPY", {"P01"}),
    ("mysql", "ALTER TABLE users DROP PRIMARY KEY", {"P01"}),
    ("mysql", "CREATE OR REPLACE TABLE users (id INT)", {"P01"}),
    ("mariadb", "CREATE OR REPLACE TABLE users (id INT)", {"D01"}),
    ("mariadb", "CREATE OR REPLACE TABLE others (id INT)", set()),
    ("postgresql", "CREATE OR REPLACE TABLE users (id integer)", {"P01"}),
    ("mysql", "CREATE INDEX by_bio ON users (bio)", {"P02"}),
    ("mysql", "CREATE INDEX by_bio ON users (bio(20))", set()),
    ("mysql", "CREATE INDEX by_url ON orders (url)", {"P03"}),
    ("mysql", "CREATE INDEX orders_user ON orders (small)", {"P01"}),
    ("mysql", "DROP INDEX none_such ON users", {"P01"}),
    ("mysql", "ALTER TABLE orders DROP INDEX orders_user", {"P01"}),
    ("mysql", "ALTER TABLE orders DROP INDEX orders_user, DROP FOREIGN KEY fk", set()),
    ("mysql", "ALTER TABLE users MODIFY id INT NOT NULL", {"P01"}),
    ("mysql", "ALTER TABLE orders ADD FOREIGN KEY (small) REFERENCES users (id)", {"P06"}),
    ("mysql", "ALTER TABLE orders ADD FOREIGN KEY (small) REFERENCES users (age)", {"P06"}),
    ("mysql", "DROP TABLE users", {"P01"}),
    ("mysql", "DROP TABLE orders, users", {"D01"}),
    ("mariadb", "CREATE INDEX by_bio ON users (bio)", {"P03"}),
    ("mariadb", "ALTER TABLE orders ADD FOREIGN KEY (small) REFERENCES users (age)", {"P06", "L06"}),
    ("sqlite", "CREATE INDEX users_email ON orders (user_id)", {"P07"}),
    ("sqlite", "ALTER TABLE orders ADD COLUMN seller INT DEFAULT 1 REFERENCES users (id)", {"P08"}),
    ("sqlite", "ALTER TABLE orders ADD COLUMN seller INT REFERENCES users (id)", set()),
    ("sqlite", "CREATE TABLE strict (id INTEGER PRIMARY KEY, total DECIMAL) STRICT", {"P01"}),
    ("sqlite", "CREATE TABLE strict (id INTEGER PRIMARY KEY, total REAL) STRICT", set()),
    ("sqlite", "DROP TABLE users", {"D04"}),
    ("sqlite", "DROP TABLE orders", {"D01"}),
    ("sqlite", "ALTER TABLE users DROP COLUMN twice", set()),
    ("sqlite", "DROP INDEX sqlite_autoindex_users_1", {"P01"}),
]


def case_of(database: str, statement: str, between: str = "") -> Case:
    """Return the case of the last statement of a file behind the set-up and another file."""
    files = [migration(str(at), text=text) for at, text in enumerate((SETUP[database], between or "SELECT 1;", statement), 1)]
    return recorded(database, None, [set_of(*files)], {("chat", "3")}, native=database in ("mysql", "mariadb"))[-1]


@pytest.mark.parametrize(("family", "statement", "expected"), FOUND, ids=[f"{one[0]}: {one[1]}" for one in FOUND])
def test_the_files_before_decide(family: str, statement: str, expected: set[str]) -> None:
    assert codes(case_of(family, statement)) & WATCHED == expected


@pytest.mark.parametrize("between", ["DO $$ BEGIN ALTER TABLE users DROP COLUMN age; END $$;", "SET search_path TO other;"])
def test_nothing_is_decided_behind_what_cannot_be_read(between: str) -> None:
    assert "P01" not in codes(case_of("postgresql", "ALTER TABLE users ADD COLUMN age integer", between))
    assert "P01" not in codes(case_of("postgresql", "CREATE TABLE users (id integer)", between))


def test_unchecked_foreign_keys_decide_nothing() -> None:
    unchecked = "SET foreign_key_checks = 0; ALTER TABLE orders ADD FOREIGN KEY (small) REFERENCES users (id)"
    case = case_of("mysql", unchecked)
    assert codes(case) & {"P06", "L06"} == set()
    assert "foreign_key_checks" in case.undecided[0]
