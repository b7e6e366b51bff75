"""The columns and the indexes of the documents, as the database's own catalog has them."""

import re

import pytest

from tests.cases import each_case
from whimbrel import DatabaseManager

SETS = ("auth", "chat", "conversations", "agent", "tenant", "chatkit")
pytestmark = pytest.mark.asyncio
# For each table: the columns in its document, with the length if the document has one.
COLUMNS = {
    "chat_history": "id:36 question answer citation latency token_prompt token_completion created_at updated_at",
    "chatkit_messages": "id:36 session_id:36 role content timestamp created_at",
    "chatkit_sessions": "id:36 session_id:36 created_at updated_at",
    "conversations": "id user_id summary:100 created_at updated_at",
    "conversation_messages": "id conversation_id user_id role content summary:100 created_at",
    "messages": "id user_id:255 role:50 content created_at",
    "tasks": "id user_id:255 title:255 description completed created_at updated_at",
    "chat_sessions": "id:36 user_id:36 title:255 created_at updated_at",
    "chat_messages": "id:36 session_id:36 role:20 content model:100 tokens_used metadata created_at",
    "pipeline_executions": "id:36 user_id:36 pipeline_name:100 input_data output_data status:20 error_message duration_ms "
    "created_at completed_at",
}
# The required first columns of an index.
INDEXES = [
    ("chatkit_messages", "session_id"),
    ("chatkit_messages", "created_at"),
    ("chatkit_sessions", "session_id"),
    ("conversations", "id"),
    ("conversations", "user_id"),
    ("conversation_messages", "id"),
    ("conversation_messages", "conversation_id"),
    ("conversation_messages", "user_id"),
    ("messages", "user_id"),
    ("messages", "user_id created_at"),
    ("tasks", "user_id"),
    ("tasks", "user_id completed"),
]
ASK_COLUMNS = {
    "postgresql": "SELECT column_name AS name, character_maximum_length AS length FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = :table",
    "sqlite": "SELECT name, type FROM pragma_table_info(:table)",
    "": "SELECT column_name AS name, column_type AS type FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND table_name = :table",
}
ASK_INDEXES = {
    "postgresql": "SELECT c.relname AS name, a.attname AS part FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place) "
    "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number "
    "WHERE i.indrelid = to_regclass(:table) ORDER BY c.relname, k.place",
    "sqlite": "SELECT l.name, i.name AS part FROM pragma_index_list(:table) l JOIN pragma_index_info(l.name) i "
    "ORDER BY l.name, i.seqno",
    "": "SELECT index_name AS name, column_name AS part FROM information_schema.statistics "
    "WHERE table_schema = DATABASE() AND table_name = :table ORDER BY index_name, seq_in_index",
}


@each_case("table", COLUMNS)
async def test_a_table_has_the_columns_of_its_document(db_manager: DatabaseManager, database: str, table: str) -> None:
    found = {}
    for row in await db_manager.fetch_all(ASK_COLUMNS.get(database, ASK_COLUMNS[""]), {"table": table}):
        told = re.fullmatch(r"varchar\(([0-9]+)\)", row.get("type", ""), re.IGNORECASE)
        found[row["name"]] = int(told[1]) if told else row.get("length")
    for column in COLUMNS[table].split():
        name, _, length = column.partition(":")
        assert name in found
        assert not length or found[name] == int(length), name


@each_case(("table", "columns"), INDEXES)
async def test_a_table_has_the_indexes_of_its_document(
    db_manager: DatabaseManager, database: str, table: str, columns: str
) -> None:
    indexes: dict[str, list[str]] = {}
    for row in await db_manager.fetch_all(ASK_INDEXES.get(database, ASK_INDEXES[""]), {"table": table}):
        indexes.setdefault(row["name"], []).append(row["part"])
    wanted = columns.split()
    assert wanted in [parts[: len(wanted)] for parts in indexes.values()], indexes
