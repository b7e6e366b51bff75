-- yoyo 9.0.0 on postgresql 18.6; recorded by: python -m tests.adoption.record yoyo
CREATE TABLE _yoyo_log (
    id character varying(36) NOT NULL,
    migration_hash character varying(64),
    migration_id character varying(255),
    operation character varying(10),
    username character varying(255),
    hostname character varying(255),
    comment character varying(255),
    created_at_utc timestamp without time zone,
    CONSTRAINT _yoyo_log_pkey PRIMARY KEY (id)
);
CREATE TABLE _yoyo_migration (
    migration_hash character varying(64) NOT NULL,
    migration_id character varying(255),
    applied_at_utc timestamp without time zone,
    CONSTRAINT _yoyo_migration_pkey PRIMARY KEY (migration_hash)
);
CREATE TABLE _yoyo_version (
    version integer NOT NULL,
    installed_at_utc timestamp without time zone,
    CONSTRAINT _yoyo_version_pkey PRIMARY KEY (version)
);
CREATE TABLE yoyo_lock (
    locked integer DEFAULT 1 NOT NULL,
    ctime timestamp without time zone,
    pid integer NOT NULL,
    CONSTRAINT yoyo_lock_pkey PRIMARY KEY (locked)
);
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('6377aeae-ecbf-11f1-8e5d-02fc00000001', '59b2424b5316d4454a7550ed074b1a03896edd5873ecf0423d7f998626b6ecec', '0001_accounts', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:17.706301+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('63925bc8-ecbf-11f1-8e5d-02fc00000001', '5e8b9024365cff217a4cfe372f3d88d7486c38cdce5c791baa8e4637441931b2', '0002_order_index', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:17.864386+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('63aecce0-ecbf-11f1-8e5d-02fc00000001', '4d705c48d241052a6ab5f8ec10e299d7aad3b29964641f64f2e189cbf5c035c4', '0003_first_rows', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:18.050774+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('63c2829e-ecbf-11f1-8e5d-02fc00000001', 'f793b047cbb101307c420e663561b8ac494e2bdfa268b28ec8b5c013ef90119c', '0004_contact', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:18.185565+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('63d6cc36-ecbf-11f1-8e5d-02fc00000001', 'b3f8d8ef29060ef54ee53ace03b469d3f399a24728219614985b2b86883e49e8', '0005_total_index', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:18.313096+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('59b2424b5316d4454a7550ed074b1a03896edd5873ecf0423d7f998626b6ecec', '0001_accounts', '2026-11-30 13:10:17.743751+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('5e8b9024365cff217a4cfe372f3d88d7486c38cdce5c791baa8e4637441931b2', '0002_order_index', '2026-11-30 13:10:17.883630+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('4d705c48d241052a6ab5f8ec10e299d7aad3b29964641f64f2e189cbf5c035c4', '0003_first_rows', '2026-11-30 13:10:18.062363+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('f793b047cbb101307c420e663561b8ac494e2bdfa268b28ec8b5c013ef90119c', '0004_contact', '2026-11-30 13:10:18.196222+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('b3f8d8ef29060ef54ee53ace03b469d3f399a24728219614985b2b86883e49e8', '0005_total_index', '2026-11-30 13:10:18.327465+00:00');
INSERT INTO "_yoyo_version" ("version", "installed_at_utc") VALUES (2, '2026-11-30 13:10:17.310627+00:00');
