-- yoyo 9.0.0 on sqlite 3.40.1; recorded by: python -m tests.adoption.record yoyo
CREATE TABLE "_yoyo_log" (
            "id" VARCHAR(36),
            "migration_hash" VARCHAR(64),
            "migration_id" VARCHAR(255),
            "operation" VARCHAR(10),
            "username" VARCHAR(255),
            "hostname" VARCHAR(255),
            "comment" VARCHAR(255),
            "created_at_utc" TIMESTAMP,
            PRIMARY KEY ("id")
        );
CREATE TABLE "_yoyo_migration" (
            "migration_hash" VARCHAR(64),
            "migration_id" VARCHAR(255),
            "applied_at_utc" TIMESTAMP,
            PRIMARY KEY ("migration_hash")
        );
CREATE TABLE "_yoyo_version" (
            "version" INT NOT NULL PRIMARY KEY,
            "installed_at_utc" TIMESTAMP
        );
CREATE TABLE "yoyo_lock" ("locked" INT DEFAULT 1, "ctime" TIMESTAMP,"pid" INT NOT NULL,PRIMARY KEY ("locked"));
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('683df722-ecbf-11f1-afa6-02fc00000001', '59b2424b5316d4454a7550ed074b1a03896edd5873ecf0423d7f998626b6ecec', '0001_accounts', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:25.715800+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('6855c500-ecbf-11f1-afa6-02fc00000001', '5e8b9024365cff217a4cfe372f3d88d7486c38cdce5c791baa8e4637441931b2', '0002_order_index', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:25.856020+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('686a80f8-ecbf-11f1-afa6-02fc00000001', '4d705c48d241052a6ab5f8ec10e299d7aad3b29964641f64f2e189cbf5c035c4', '0003_first_rows', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:25.991826+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('687d421a-ecbf-11f1-afa6-02fc00000001', 'f793b047cbb101307c420e663561b8ac494e2bdfa268b28ec8b5c013ef90119c', '0004_contact', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:26.114704+00:00');
INSERT INTO "_yoyo_log" ("id", "migration_hash", "migration_id", "operation", "username", "hostname", "comment", "created_at_utc") VALUES ('688522e6-ecbf-11f1-afa6-02fc00000001', 'b3f8d8ef29060ef54ee53ace03b469d3f399a24728219614985b2b86883e49e8', '0005_total_index', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:10:26.166399+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('59b2424b5316d4454a7550ed074b1a03896edd5873ecf0423d7f998626b6ecec', '0001_accounts', '2026-11-30 13:10:25.759950+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('5e8b9024365cff217a4cfe372f3d88d7486c38cdce5c791baa8e4637441931b2', '0002_order_index', '2026-11-30 13:10:25.903682+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('4d705c48d241052a6ab5f8ec10e299d7aad3b29964641f64f2e189cbf5c035c4', '0003_first_rows', '2026-11-30 13:10:26.027605+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('f793b047cbb101307c420e663561b8ac494e2bdfa268b28ec8b5c013ef90119c', '0004_contact', '2026-11-30 13:10:26.129483+00:00');
INSERT INTO "_yoyo_migration" ("migration_hash", "migration_id", "applied_at_utc") VALUES ('b3f8d8ef29060ef54ee53ace03b469d3f399a24728219614985b2b86883e49e8', '0005_total_index', '2026-11-30 13:10:26.199639+00:00');
INSERT INTO "_yoyo_version" ("version", "installed_at_utc") VALUES (2, '2026-11-30 13:10:25.474353+00:00');
