"""Migrations like those of the ledger, but with two statements that take as many seconds as the table `pace` says."""

from pathlib import Path

from tests.conftest import run_sql
from tests.faults.ledger import EACH, FIRST
from tests.files import write_set

# About this many hashes take a second. Unlike SLEEP(), they do not check every five seconds whether the client is still there.
_HASH = "SELECT benchmark(10000000 * {column}, sha2('x', 256)) AS n FROM pace"
_COUNT = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, pace WHERE n < 6e6 * {column}) SELECT max(n) AS n FROM r"
)
# A slow query and a slow DDL statement.
_SLOW = {
    "postgresql": "SELECT pg_sleep({column}) IS NULL AS n FROM pace",
    "mysql": _HASH,
    "mariadb": _HASH,
    "sqlite": _COUNT,
}


def set_pace(url: str, question: float, ddl: float = 0) -> None:
    """Set the duration of the query in the middle and of the DDL statement at the end; 0 lets them finish at once."""
    table = "CREATE TABLE IF NOT EXISTS pace (question FLOAT, ddl FLOAT)"
    run_sql(url, table, "DELETE FROM pace", f"INSERT INTO pace VALUES ({question}, {ddl})")


def write_slow(folder: Path, database: str, migrations: int) -> str:
    """Write a set of that many migrations, each with two slow statements, and return its path."""
    question, ddl = (f"{_SLOW[database].format(column=column)};\n" for column in ("question", "ddl"))
    files = {}
    for version in range(1, migrations + 1):
        head, tail = EACH.format(version=version).split("CREATE TABLE made_")
        text = f"{head}{question}CREATE TABLE made_{tail}CREATE TABLE slow_{version} AS {ddl}"
        files[f"V{version:03}__slow.sql"] = (FIRST if version == 1 else "") + text
    return write_set(folder, files)
