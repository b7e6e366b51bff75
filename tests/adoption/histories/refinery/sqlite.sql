-- refinery did not run: these are its tables by its public source (refinery_core/src/traits/mod.rs, and Migration::unapplied of refinery_core/src/runner.rs for the checksum.)
CREATE TABLE refinery_schema_history (
  version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255)
);
INSERT INTO refinery_schema_history VALUES (1, 'accounts', '2024-01-31T12:00:00Z', '16428165095770754885');
INSERT INTO refinery_schema_history VALUES (2, 'order_index', '2024-01-31T12:00:00Z', '10310995008229630328');
INSERT INTO refinery_schema_history VALUES (3, 'first_rows', '2024-01-31T12:00:00Z', '4816207931961614542');
INSERT INTO refinery_schema_history VALUES (4, 'contact', '2024-01-31T12:00:00Z', '10223545479938506745');
INSERT INTO refinery_schema_history VALUES (5, 'total_index', '2024-01-31T12:00:00Z', '7180677964578941492');
