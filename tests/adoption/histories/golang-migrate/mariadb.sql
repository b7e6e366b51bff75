-- golang-migrate did not run: these are its tables by its public source (database/postgres/postgres.go, database/mysql/mysql.go, database/sqlite3/sqlite3.go, ensureVersionTable.)
CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
INSERT INTO schema_migrations (version, dirty) VALUES (5, FALSE);
