-- sqlite, as release 0.1.0 leaves it.
CREATE TABLE a (id INTEGER);
INSERT INTO "a" VALUES(1);
INSERT INTO "a" VALUES(2);
CREATE TABLE half_a (id INTEGER);
INSERT INTO "half_a" VALUES(1);
CREATE TABLE lost_a (id INTEGER);
CREATE TABLE "whimbrel_history" (
                set_name VARCHAR(64) NOT NULL,
                version VARCHAR(50) NOT NULL,
                installed_rank INTEGER NOT NULL UNIQUE,
                description VARCHAR(200) NOT NULL,
                script VARCHAR(255) NOT NULL,
                checksum VARCHAR(100) NOT NULL,
                statement_hashes TEXT NOT NULL,
                installed_by VARCHAR(255) NOT NULL,
                installed_on TIMESTAMP NOT NULL,
                execution_time BIGINT NOT NULL,
                min_app VARCHAR(50) NOT NULL,
                success BOOLEAN NOT NULL,
                PRIMARY KEY (set_name, version)
            ) WITHOUT ROWID;
INSERT INTO "whimbrel_history" VALUES('app','1',1,'a','V1__a.sql','v1:sha256:2f46279d7762dae0eed2b53f4f4da26b11f7f677eb99fb6ef017d6aafe89c135','505043de25eabdc2 db58ca52767e30fb','','2026-11-30 06:47:26.222',1,'',1);
INSERT INTO "whimbrel_history" VALUES('app','2',2,'b','V2__b.sql','v1:sha256:47049341529adea319ad2d8bcefd538e4ac0eefbd6681ee94bebf83478a33805','78304f474fd27f25','','2026-11-30 06:47:26.253',31,'',1);
INSERT INTO "whimbrel_history" VALUES('half','1',3,'half','V1__half.sql','v1:sha256:d6d38b165147f1f55b469ea094a3e7f14252b3db74057b5db2c9b0a136bd3b01','','','2026-11-30 06:47:26.280',0,'',0);
INSERT INTO "whimbrel_history" VALUES('lost','1',4,'lost','V1__lost.sql','v1:sha256:c8cece0cbcbe984b085e36c71d77a08df7257bbac2dedb275a54ecb190ba8b34','','','2026-11-30 06:47:26.313',0,'',0);
CREATE TABLE "whimbrel_journal" (
                set_name VARCHAR(64) NOT NULL,
                version VARCHAR(50) NOT NULL,
                first_statement INTEGER NOT NULL,
                last_statement INTEGER NOT NULL,
                state VARCHAR(10) NOT NULL,
                kind VARCHAR(100) NOT NULL,
                digest VARCHAR(64) NOT NULL,
                catalog_before TEXT NOT NULL,
                shown TEXT NOT NULL,
                started_on TIMESTAMP NOT NULL,
                finished_on TIMESTAMP,
                PRIMARY KEY (set_name, version, first_statement)
            ) WITHOUT ROWID;
INSERT INTO "whimbrel_journal" VALUES('half','1',1,1,'done','CREATE TABLE','ba043e1b6a0fd762','','CREATE TABLE half_a (id INTEGER)','2026-11-30 06:47:26.279','2026-11-30 06:47:26.279');
INSERT INTO "whimbrel_journal" VALUES('half','1',2,2,'done','INSERT','4d98fc2465aa0873','','INSERT INTO half_a VALUES (1)','2026-11-30 06:47:26.283','2026-11-30 06:47:26.283');
INSERT INTO "whimbrel_journal" VALUES('lost','1',1,1,'done','CREATE TABLE','92fe6475b3b325c4','','CREATE TABLE lost_a (id INTEGER)','2026-11-30 06:47:26.313','2026-11-30 06:47:26.313');
CREATE TABLE "whimbrel_tenants" (
                name VARCHAR(63) NOT NULL,
                digest VARCHAR(64) NOT NULL,
                versions TEXT NOT NULL,
                created_on TIMESTAMP NOT NULL,
                synced_on TIMESTAMP,
                last_error TEXT NOT NULL,
                PRIMARY KEY (name)
            ) WITHOUT ROWID;
INSERT INTO "whimbrel_tenants" VALUES('kept_acme','9bd85ba6008a72c03e9168632d410ebbac4e6b3d7247ea8cbdca8f1b7563a2f2','{"tenant": "1"}','2026-11-30 06:47:26.352','2026-11-30 06:47:26.401','');
-- the tenant's database
CREATE TABLE t (id INTEGER);
INSERT INTO "t" VALUES(1);
CREATE TABLE "whimbrel_history" (
                set_name VARCHAR(64) NOT NULL,
                version VARCHAR(50) NOT NULL,
                installed_rank INTEGER NOT NULL UNIQUE,
                description VARCHAR(200) NOT NULL,
                script VARCHAR(255) NOT NULL,
                checksum VARCHAR(100) NOT NULL,
                statement_hashes TEXT NOT NULL,
                installed_by VARCHAR(255) NOT NULL,
                installed_on TIMESTAMP NOT NULL,
                execution_time BIGINT NOT NULL,
                min_app VARCHAR(50) NOT NULL,
                success BOOLEAN NOT NULL,
                PRIMARY KEY (set_name, version)
            ) WITHOUT ROWID;
INSERT INTO "whimbrel_history" VALUES('tenant','1',1,'t','V1__t.sql','v1:sha256:4ee3cc51747e2056bc078594c3a23aee8ffa0a4dae511c86dfac7ccfa87b220c','32ff2723566057be d5e418f9b41585d7','','2026-11-30 06:47:26.383',2,'',1);
CREATE TABLE "whimbrel_journal" (
                set_name VARCHAR(64) NOT NULL,
                version VARCHAR(50) NOT NULL,
                first_statement INTEGER NOT NULL,
                last_statement INTEGER NOT NULL,
                state VARCHAR(10) NOT NULL,
                kind VARCHAR(100) NOT NULL,
                digest VARCHAR(64) NOT NULL,
                catalog_before TEXT NOT NULL,
                shown TEXT NOT NULL,
                started_on TIMESTAMP NOT NULL,
                finished_on TIMESTAMP,
                PRIMARY KEY (set_name, version, first_statement)
            ) WITHOUT ROWID;
