"""The model of the schema that the last run kept beside the history: create its table, write it, read it.

The table has one row, which names the row of the history after which the model was read. If the history has later rows, the
model is outdated and is not used: a run died before it could keep its model, or another version of Whimbrel ran.
"""

from __future__ import annotations

from whimbrel.dialects.base import Dialect
from whimbrel.dialects.place import HISTORY_TABLE, MODEL_TABLE
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.session.rows import MODEL, checked, name_unreadable
from whimbrel.session.session import Session

__all__ = ["KeptModel", "create_sql", "is_finished", "keep_sql", "read_kept"]


class KeptModel(NamedTuple):
    """A kept model: the packed text, its fingerprint, and the migration after which it was read.

    `is_current` is False if that migration is not the last one in the history.
    """

    packed: str
    fingerprint: str
    set_name: str
    version: str
    is_current: bool


def create_sql(dialect: Dialect, schema: str) -> str:
    """Return the statement that creates the table if it is missing. Call it under the lock."""
    return f"""
        CREATE TABLE IF NOT EXISTS {_table(dialect, schema)} (
            installed_rank INTEGER NOT NULL,
            recorded_on {dialect.timestamp_type} NOT NULL,
            fingerprint VARCHAR(64) NOT NULL,
            model {dialect.text_type} NOT NULL,
            PRIMARY KEY (installed_rank)
        ){dialect.table_options}"""


def keep_sql(session: Session, fingerprint: str, packed: str) -> list[str]:
    """Return the statements that replace the kept model. The last one changes no row if this session has lost the lock.

    The row belongs to the last finished row of the history, by its rank and its time. If another process has begun a file since,
    the model is outdated until that file is finished.
    """
    dialect, table, history = session.dialect, _table(session.dialect, session.schema), session.records.history
    equals, literal = dialect.operator("="), dialect.literal
    ours = dialect.lock_condition(session.schema)
    last = f"SELECT {dialect.functions}max(installed_rank) FROM {history} WHERE success"
    return [
        f"DELETE FROM {table} WHERE {ours}",
        f"INSERT INTO {table} (installed_rank, recorded_on, fingerprint, model) "
        f"SELECT installed_rank, installed_on, {literal(fingerprint)}, {literal(packed)} FROM {history} "
        f"WHERE installed_rank {equals} ({last}) AND {ours}",
    ]


async def read_kept(session: Session) -> KeptModel | None:
    """Return the kept model, with one query; None if there is none. Writes nothing.

    Raises ConfigurationError if this user may not read it, ValidationFailed if its row was edited.
    """
    if await session.history.lacks(MODEL_TABLE) or await session.history.lacks(HISTORY_TABLE):
        return None
    dialect, table, history = session.dialect, _table(session.dialect, session.schema), session.records.history
    equals = dialect.operator("=")
    query = (
        "SELECT m.installed_rank AS installed_rank, m.fingerprint AS fingerprint, m.model AS model, h.set_name AS set_name, "
        f"h.version AS version, (SELECT {dialect.functions}max(installed_rank) FROM {history}) AS last FROM {table} m "
        f"LEFT JOIN {history} h ON h.installed_rank {equals} m.installed_rank AND h.installed_on {equals} m.recorded_on "
        "ORDER BY m.installed_rank"
    )
    try:
        rows = checked(table, MODEL, await session.connection.fetch_all(query))
    except (ValueError, OverflowError, DatabaseError) as error:
        if isinstance(error, DatabaseError) and dialect.is_denied(error):
            raise ConfigurationError(
                f"{session.user or 'this user'} may not read {table}: {error}\n  next: GRANT SELECT ON {table}"
            ) from error
        await name_unreadable(session.connection, table, MODEL, error)
    if not rows:
        return None
    row = rows[-1]
    current = row["set_name"] is not None and row["installed_rank"] == row["last"]
    return KeptModel(row["model"], row["fingerprint"], row["set_name"] or "", row["version"] or "", current)


async def is_finished(session: Session) -> bool | None:
    """Whether the last row of the history is that of a finished migration; None if there is no row."""
    rows = await session.connection.fetch_all(
        f"SELECT success FROM {session.records.history} ORDER BY installed_rank DESC LIMIT 1"
    )
    return bool(rows[0]["success"]) if rows else None


def _table(dialect: Dialect, schema: str) -> str:
    return f"{dialect.quote(schema)}.{dialect.quote(MODEL_TABLE)}"
