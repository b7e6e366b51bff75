"""The project's files in each tool's format: names, halves and directives. Pure."""

from collections.abc import Callable

from tests.adoption.project import Step, body, steps

__all__ = ["SQL_TOOLS", "files", "stem"]

Files = dict[str, str]
_DAY = 20240101


def stem(number: int, step: Step) -> str:
    """Return the name that most tools give the file: a time, then words."""
    return f"{_DAY + number - 1}120000_{step.name}"


def _dbmate(number: int, step: Step, database: str) -> Files:
    option = "" if step.transaction else " transaction:false"
    text = f"-- migrate:up{option}\n{body(step.up)}\n-- migrate:down{option}\n{body(step.down)}"
    return {f"{stem(number, step)}.sql": text}


def _yoyo(number: int, step: Step, database: str) -> Files:
    name = f"{number:04}_{step.name}"
    before = f"-- depends: {number - 1:04}_{steps(database)[number - 2].name}\n" if number > 1 else ""
    head = f"-- {step.name.replace('_', ' ')}\n{before}" + ("" if step.transaction else "-- transactional: false\n")
    return {f"{name}.sql": f"{head}\n{body(step.up)}", f"{name}.rollback.sql": body(step.down)}


def _liquibase(number: int, step: Step, database: str) -> Files:
    """Return a file with one changeset for each statement (as the manual advises), but one for all rows."""
    option = "" if step.transaction else " runInTransaction:false"
    parts = [step.up] if step.name == "first_rows" else [(statement,) for statement in step.up]
    text = "--liquibase formatted sql\n"
    for part, statements in enumerate(parts, 1):
        text += f"\n--changeset ana:{step.name}-{part}{option}\n--comment: {step.name.replace('_', ' ')}\n{body(statements)}"
        text += "".join(f"--rollback {line};\n" for line in (step.down if len(parts) == 1 else step.down[-part:][:1]))
    return {f"{number:03}-{step.name}.sql": text}


def _node_pg_migrate(number: int, step: Step, database: str) -> Files:
    # The tool runs each SQL file in a transaction, so the index is not built concurrently.
    up = tuple(statement.replace(" CONCURRENTLY", "") for statement in step.up)
    return {f"{1704110400000 + number}_{step.name}.sql": f"-- Up Migration\n{body(up)}\n-- Down Migration\n{body(step.down)}"}


def _golang_migrate(number: int, step: Step, database: str) -> Files:
    name = f"{number:06}_{step.name}"
    return {f"{name}.up.sql": body(step.up), f"{name}.down.sql": body(step.down)}


def _goose(number: int, step: Step, database: str) -> Files:
    option = "" if step.transaction else "-- +goose NO TRANSACTION\n"
    return {f"{stem(number, step)}.sql": f"{option}-- +goose Up\n{body(step.up)}\n-- +goose Down\n{body(step.down)}"}


def _sql_migrate(number: int, step: Step, database: str) -> Files:
    option = "" if step.transaction else " notransaction"
    return {f"{stem(number, step)}.sql": f"-- +migrate Up{option}\n{body(step.up)}\n-- +migrate Down{option}\n{body(step.down)}"}


def _sqlx(number: int, step: Step, database: str) -> Files:
    head = "" if step.transaction else "-- no-transaction\n"
    return {f"{stem(number, step)}.up.sql": head + body(step.up), f"{stem(number, step)}.down.sql": body(step.down)}


def _flyway(number: int, step: Step, database: str) -> Files:
    text = body(step.up)
    # One file is saved as an editor on Windows does it. The checksum ignores the byte order mark and the line ends.
    return {f"V{number}__{step.name}.sql": "\ufeff" + text.replace("\n", "\r\n") if number == 2 else text}


def _refinery(number: int, step: Step, database: str) -> Files:
    return {f"V{number}__{step.name}.sql": body(step.up)}


def _prisma(number: int, step: Step, database: str) -> Files:
    up = tuple(statement.replace(" CONCURRENTLY", "") for statement in step.up)
    return {f"{stem(number, step)}/migration.sql": f"-- {step.name}\n{body(up)}"}


SQL_TOOLS: dict[str, Callable[[int, Step, str], Files]] = {
    "dbmate": _dbmate,
    "flyway": _flyway,
    "golang-migrate": _golang_migrate,
    "goose": _goose,
    "liquibase": _liquibase,
    "node-pg-migrate": _node_pg_migrate,
    "prisma": _prisma,
    "refinery": _refinery,
    "sql-migrate": _sql_migrate,
    "sqlx": _sqlx,
    "yoyo": _yoyo,
}


def files(tool: str, database: str) -> Files:
    """Return the files of the project for a tool whose migrations are SQL: path below its folder, and text."""
    found = Files()
    for number, step in enumerate(steps(database), 1):
        found |= SQL_TOOLS[tool](number, step, database)
    return found
