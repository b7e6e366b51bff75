-- sqlx did not run: these are its tables by its public source (sqlx-postgres/src/migrate.rs, sqlx-mysql/src/migrate.rs, sqlx-sqlite/src/migrate.rs, ensure_migrations_table.)
CREATE TABLE _sqlx_migrations (
  version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL,
  checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES (20240101120000, 'accounts', '2024-01-31 12:00:00', TRUE, '\x704ee667ffacb97678aa49970095b462ac4abf135397971604f94dcad881e270ac5dc7fa523858e813652d680c4c0973', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240102120000, 'order index', '2024-01-31 12:00:00', TRUE, '\x40900fb196b323d986f904f3c4faeb71c68836453feac58a06d6fb42f26562a77abf98cec68d311e0b24bc33ffd55277', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240103120000, 'first rows', '2024-01-31 12:00:00', TRUE, '\x9d0775ab08870a24b49425b1ddc23c93f953939b00d4890f9d6849282e9adf60644a5fad2c2732c7ea0bf5813a98762b', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240104120000, 'contact', '2024-01-31 12:00:00', TRUE, '\xcc37cc5b5b24b017ab50f7ee4cde02eeabbcb663b0b973eb5abb059b2a302e0bac519d02b616916a0c7ae0e19202e51c', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240105120000, 'total index', '2024-01-31 12:00:00', TRUE, '\x2a8487242a7d3783e0367f2327cd7740556fd2e7bc37fd4a7119ec140bf5cc02ed5b92ffd51fa021fbf404c26cfce2dc', 2120003);
