"""The schemas of SQLite: read from the catalog and the statements that it keeps."""
