-- goose did not run: these are its tables by its public source (internal/dialects/*.go, CreateTable.)
CREATE TABLE goose_db_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now'))
);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (2, 20240101120000, 1, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (3, 20240102120000, 1, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (4, 20240103120000, 1, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (5, 20240104120000, 1, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (6, 20240104120000, 0, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (7, 20240104120000, 1, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (8, 20240105120000, 1, '2024-01-31 12:00:00');
