"""A fifth database, for a test: SQLite files through Python's own sqlite3, without a thread, without a pool."""
