-- goose did not run: these are its tables by its public source (internal/dialects/*.go, CreateTable.)
CREATE TABLE goose_db_version (
  id serial NOT NULL, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NULL default now(), PRIMARY KEY(id)
);
INSERT INTO goose_db_version VALUES (1, 0, TRUE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (2, 20240101120000, TRUE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (3, 20240102120000, TRUE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (4, 20240103120000, TRUE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (5, 20240104120000, TRUE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (6, 20240104120000, FALSE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (7, 20240104120000, TRUE, '2024-01-31 12:00:00');
INSERT INTO goose_db_version VALUES (8, 20240105120000, TRUE, '2024-01-31 12:00:00');
