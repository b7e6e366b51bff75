"""The files whose records the kept databases hold, and how such a database is made again from its text.

A kept database has: set `app`, finished; `half`, whose third statement was refused; `lost`, whose connection ended in its second
statement; a tenant with set `tenant`, finished. It was written by release 0.1.0 and must never be changed: what the next release
writes is kept beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import split

TENANT = "kept_acme"
OFF = "-- whimbrel: transaction=off\n"
APP = {
    "V1__a.sql": "CREATE TABLE a (id INTEGER);\nINSERT INTO a VALUES (1);",
    "V2__b.sql": "INSERT INTO a VALUES (2);",
}
HALF = {
    "V1__half.sql": f"{OFF}CREATE TABLE half_a (id INTEGER);\nINSERT INTO half_a VALUES (1);\nINSERT INTO nowhere VALUES (2);"
}
LOST = {
    "V1__lost.sql": f"{OFF}CREATE TABLE lost_a (id INTEGER);\nCREATE TABLE lost_b (id INTEGER);\nINSERT INTO lost_b VALUES (1);"
}
BLUEPRINT = {"V1__t.sql": "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);"}


def folders(root: Path) -> dict[str, str]:
    """Write the files of all sets and return their folders by name."""
    sets = {"app": APP, "half": HALF, "lost": LOST, "tenant": BLUEPRINT}
    return {name: write_set(root / "sql" / name, files) for name, files in sets.items()}


@contextmanager
def restored(url: str, database: str) -> Iterator[str]:
    """Load the kept database into an empty one; drop the tenant's afterwards, where it is not inside."""
    text = (Path(__file__).parent / f"release_0_1_0.{database}.sql").read_text(encoding="utf-8")
    control, _, tenant = text.partition("-- the tenant's database\n")
    run_sql(url, *(one.text for one in split(control, database)))
    if database == "sqlite":
        folder = Path(f"{url.removeprefix('sqlite:///')}.tenants")
        folder.mkdir()
        run_sql(f"sqlite:///{folder / TENANT}.db", *(one.text for one in split(tenant, database)))
    elif tenant:
        run_sql(url, *(one.text for one in split(tenant, database)))
    try:
        yield url
    finally:
        if database in ("mysql", "mariadb"):
            run_sql(url, f"DROP DATABASE IF EXISTS {TENANT}")
