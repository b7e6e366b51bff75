"""The application's database package: the schemas in `sql/`, the queries in `repositories/`, and Whimbrel's manager."""

from database.schemas import drop_chat_tables, initialize_chat_schema, initialize_database
from whimbrel import DatabaseManager, lifespan

__all__ = ["DatabaseManager", "drop_chat_tables", "initialize_chat_schema", "initialize_database", "lifespan"]
