-- sqlx did not run: these are its tables by its public source (sqlx-postgres/src/migrate.rs, sqlx-mysql/src/migrate.rs, sqlx-sqlite/src/migrate.rs, ensure_migrations_table.)
CREATE TABLE _sqlx_migrations (
  version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
  checksum BLOB NOT NULL, execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES (20240101120000, 'accounts', '2024-01-31 12:00:00', TRUE, X'704ee667ffacb97678aa49970095b462ac4abf135397971604f94dcad881e270ac5dc7fa523858e813652d680c4c0973', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240102120000, 'order index', '2024-01-31 12:00:00', TRUE, X'40900fb196b323d986f904f3c4faeb71c68836453feac58a06d6fb42f26562a77abf98cec68d311e0b24bc33ffd55277', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240103120000, 'first rows', '2024-01-31 12:00:00', TRUE, X'9d0775ab08870a24b49425b1ddc23c93f953939b00d4890f9d6849282e9adf60644a5fad2c2732c7ea0bf5813a98762b', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240104120000, 'contact', '2024-01-31 12:00:00', TRUE, X'cc37cc5b5b24b017ab50f7ee4cde02eeabbcb663b0b973eb5abb059b2a302e0bac519d02b616916a0c7ae0e19202e51c', 2120003);
INSERT INTO _sqlx_migrations VALUES (20240105120000, 'total index', '2024-01-31 12:00:00', TRUE, X'2d0d8d76a4865dfa25582737e4784bebbda3dceca3d258ef124b7be287625fcd3b1af27b6621b747fd5ce78f42b2f9cc', 2120003);
