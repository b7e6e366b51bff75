-- flyway did not run: these are its tables by its public source (flyway-database/*/…/*Database.java, getRawCreateScript.)
CREATE TABLE flyway_schema_history (
  installed_rank INT NOT NULL, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL,
  script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT now(),
  execution_time INT NOT NULL, success BOOLEAN NOT NULL,
  CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank)
);
CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);
INSERT INTO flyway_schema_history VALUES (1, '1', 'accounts', 'SQL', 'V1__accounts.sql', 1654325681, 'shop', '2024-01-31 12:00:00', 12, TRUE);
INSERT INTO flyway_schema_history VALUES (2, '2', 'order index', 'SQL', 'V2__order_index.sql', 1628055394, 'shop', '2024-01-31 12:00:00', 12, TRUE);
INSERT INTO flyway_schema_history VALUES (3, '3', 'first rows', 'SQL', 'V3__first_rows.sql', 227797549, 'shop', '2024-01-31 12:00:00', 12, TRUE);
INSERT INTO flyway_schema_history VALUES (4, '4', 'contact', 'SQL', 'V4__contact.sql', 1194205788, 'shop', '2024-01-31 12:00:00', 12, TRUE);
INSERT INTO flyway_schema_history VALUES (5, '5', 'total index', 'SQL', 'V5__total_index.sql', 161895532, 'shop', '2024-01-31 12:00:00', 12, TRUE);
