"""Rebuild a database as a tool left it, from the project's statements and a recording, with only a driver."""

from tests.adoption.project import steps
from tests.adoption.recording import HISTORIES, read_recording
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import DATABASES, parse_url

__all__ = ["PYTHON_TOOLS", "build", "databases_of", "history_statements", "offline_files", "run_all"]

PYTHON_TOOLS = ("alembic", "django")


def databases_of(tool: str) -> tuple[str, ...]:
    """Return the databases that both the tool and Whimbrel support."""
    return ("postgresql",) if tool == "node-pg-migrate" else tuple(sorted(DATABASES))


def offline_files(tool: str, database: str) -> dict[str, str]:
    """Return the SQL that a tool printed for its migrations in Python: the recorded files, by path."""
    folder = HISTORIES / tool / database
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.sql"))}


def history_statements(tool: str, database: str) -> list[str]:
    """Return the statements that turn an empty database into the one that the tool left.

    The recordings of tools whose migrations are Python hold the whole schema: on SQLite, their offline SQL differs in blanks.
    """
    recorded = read_recording(tool, database)
    if tool in PYTHON_TOOLS:
        return recorded
    return [*(statement.replace(" CONCURRENTLY", "") for step in steps(database) for statement in step.up), *recorded]


async def build(url: str, tool: str, database: str) -> None:
    """Turn an empty database into the one that the tool left."""
    await run_all(url, history_statements(tool, database))


async def run_all(url: str, statements: list[str]) -> None:
    """Run statements one by one on one connection."""
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        for statement in statements:
            await connection.run(statement)
    finally:
        await connection.close()
