"""The migrations to apply, and the check that they were applied."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import workloads
from benchmarks.peers.contender import Migration
from benchmarks.sizes import COUNTS, PAGE, QUICK
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import DatabaseUrl

# SQLite takes no more than 500 SELECTs in a row.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Work:
    """Migrations, and the required result: the number of rows in each table."""

    name: str
    migrations: Sequence[Migration]
    rows: Mapping[str, int]
    # Whether to measure a start with nothing to do afterwards, too.
    idle: bool = False


def works() -> list[Work]:
    """Return all that is measured."""
    counts = [count for count in COUNTS if count > 1]
    small = [small_work(count, idle=count == counts[0]) for count in counts]
    if PAGE:
        # The page compares large files with the file sent whole.
        return small
    rows = 1_000 if QUICK else workloads.SMALL_ROWS
    return [*small, _work(f"a file of {rows:,} INSERTs", workloads.rows, rows)]


def small_work(count: int, *, idle: bool = False) -> Work:
    """Return that many small migrations."""
    return _work(f"{count:,} small migrations", workloads.small, count, idle=idle)


def _work(name: str, write: Callable[[Path, int], Path], count: int, *, idle: bool = False) -> Work:
    with TemporaryDirectory() as folder:
        texts = [path.read_text() for path in sorted(write(Path(folder), count).iterdir())]
    migrations = [[statement.strip() for statement in f"\n{text}".split(";\n")[:-1]] for text in texts]
    rows: Counter[str] = Counter()
    for words in (statement.split() for migration in migrations for statement in migration):
        # Its name is the third word of either; a row each is what an INSERT of these folders makes.
        start = words.index("CREATE") if "CREATE" in words else 0
        if words[start : start + 2] == ["CREATE", "TABLE"]:
            rows[words[start + 2]] += 0
        elif words[:2] == ["INSERT", "INTO"]:
            rows[words[2]] += 1
    return Work(name, migrations, rows, idle)


async def missing(url: DatabaseUrl, rows: Mapping[str, int]) -> str:
    """Return the difference of a database from the required number of rows in each table; an empty text if there is none."""
    connection = await find_dialect(url).connect(url)
    found: dict[str, int] = {}
    try:
        names = list(rows)
        for start in range(0, len(names), _AT_ONCE):
            counts = [f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in names[start : start + _AT_ONCE]]
            answer = await connection.fetch_all(" UNION ALL ".join(counts))
            found.update({str(row["name"]): int(row["n"]) for row in answer})
    finally:
        await connection.close()
    wrong = [name for name, count in rows.items() if found.get(name) != count]
    return f"{wrong[0]} has {found.get(wrong[0])} rows and not {rows[wrong[0]]}" if wrong else ""
