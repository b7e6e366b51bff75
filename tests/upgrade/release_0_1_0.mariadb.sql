-- mariadb, as release 0.1.0 leaves it.
CREATE TABLE `a` (
  `id` int(11) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO a (id) VALUES (1);
INSERT INTO a (id) VALUES (2);
CREATE TABLE `half_a` (
  `id` int(11) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO half_a (id) VALUES (1);
CREATE TABLE `lost_a` (
  `id` int(11) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `whimbrel_history` (
  `set_name` varchar(64) NOT NULL,
  `version` varchar(50) NOT NULL,
  `installed_rank` int(11) NOT NULL,
  `description` varchar(200) NOT NULL,
  `script` varchar(255) NOT NULL,
  `checksum` varchar(100) NOT NULL,
  `statement_hashes` mediumtext NOT NULL,
  `installed_by` varchar(255) NOT NULL,
  `installed_on` datetime(6) NOT NULL,
  `execution_time` bigint(20) NOT NULL,
  `min_app` varchar(50) NOT NULL,
  `success` tinyint(1) NOT NULL,
  PRIMARY KEY (`set_name`,`version`),
  UNIQUE KEY `installed_rank` (`installed_rank`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
INSERT INTO whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('app', '1', 1, 'a', 'V1__a.sql', 'v1:sha256:2f46279d7762dae0eed2b53f4f4da26b11f7f677eb99fb6ef017d6aafe89c135', '505043de25eabdc2 db58ca52767e30fb', 'root', '2026-11-30 06:47:35.728869', 19, '', TRUE);
INSERT INTO whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('app', '2', 2, 'b', 'V2__b.sql', 'v1:sha256:47049341529adea319ad2d8bcefd538e4ac0eefbd6681ee94bebf83478a33805', '78304f474fd27f25', 'root', '2026-11-30 06:47:35.732835', 3, '', TRUE);
INSERT INTO whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('half', '1', 3, 'half', 'V1__half.sql', 'v1:sha256:d6d38b165147f1f55b469ea094a3e7f14252b3db74057b5db2c9b0a136bd3b01', '', 'root', '2026-11-30 06:47:35.761097', 0, '', FALSE);
INSERT INTO whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('lost', '1', 4, 'lost', 'V1__lost.sql', 'v1:sha256:c8cece0cbcbe984b085e36c71d77a08df7257bbac2dedb275a54ecb190ba8b34', '', 'root', '2026-11-30 06:47:35.801394', 0, '', FALSE);
CREATE TABLE `whimbrel_journal` (
  `set_name` varchar(64) NOT NULL,
  `version` varchar(50) NOT NULL,
  `first_statement` int(11) NOT NULL,
  `last_statement` int(11) NOT NULL,
  `state` varchar(10) NOT NULL,
  `kind` varchar(100) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `catalog_before` mediumtext NOT NULL,
  `shown` mediumtext NOT NULL,
  `started_on` datetime(6) NOT NULL,
  `finished_on` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`set_name`,`version`,`first_statement`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
INSERT INTO whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('half', '1', 1, 1, 'done', 'CREATE TABLE', 'ba043e1b6a0fd762', '[["", "half_a", "absent"]]', 'CREATE TABLE half_a (id INTEGER)', '2026-11-30 06:47:35.760852', '2026-11-30 06:47:35.774235');
INSERT INTO whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('half', '1', 2, 2, 'done', 'INSERT', '4d98fc2465aa0873', '', 'INSERT INTO half_a VALUES (1)', '2026-11-30 06:47:35.774096', '2026-11-30 06:47:35.774096');
INSERT INTO whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('lost', '1', 1, 1, 'done', 'CREATE TABLE', '92fe6475b3b325c4', '[["", "lost_a", "absent"]]', 'CREATE TABLE lost_a (id INTEGER)', '2026-11-30 06:47:35.801153', '2026-11-30 06:47:35.808131');
INSERT INTO whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('lost', '1', 2, 2, 'intent', 'CREATE TABLE', 'df71ef1c26cf5718', '[["", "lost_b", "absent"]]', 'CREATE TABLE lost_b (id INTEGER)', '2026-11-30 06:47:35.807705', NULL);
CREATE TABLE `whimbrel_tenants` (
  `name` varchar(63) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `versions` mediumtext NOT NULL,
  `created_on` datetime(6) NOT NULL,
  `synced_on` datetime(6) DEFAULT NULL,
  `last_error` mediumtext NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
INSERT INTO whimbrel_tenants (name, digest, versions, created_on, synced_on, last_error) VALUES ('kept_acme', '9bd85ba6008a72c03e9168632d410ebbac4e6b3d7247ea8cbdca8f1b7563a2f2', '{"tenant": "1"}', '2026-11-30 06:47:35.836215', '2026-11-30 06:47:35.877648', '');
-- the tenant's database
CREATE DATABASE kept_acme CHARACTER SET utf8mb4;
CREATE TABLE `kept_acme`.`t` (
  `id` int(11) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `kept_acme`.t (id) VALUES (1);
CREATE TABLE `kept_acme`.`whimbrel_history` (
  `set_name` varchar(64) NOT NULL,
  `version` varchar(50) NOT NULL,
  `installed_rank` int(11) NOT NULL,
  `description` varchar(200) NOT NULL,
  `script` varchar(255) NOT NULL,
  `checksum` varchar(100) NOT NULL,
  `statement_hashes` mediumtext NOT NULL,
  `installed_by` varchar(255) NOT NULL,
  `installed_on` datetime(6) NOT NULL,
  `execution_time` bigint(20) NOT NULL,
  `min_app` varchar(50) NOT NULL,
  `success` tinyint(1) NOT NULL,
  PRIMARY KEY (`set_name`,`version`),
  UNIQUE KEY `installed_rank` (`installed_rank`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
INSERT INTO `kept_acme`.whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('tenant', '1', 1, 't', 'V1__t.sql', 'v1:sha256:4ee3cc51747e2056bc078594c3a23aee8ffa0a4dae511c86dfac7ccfa87b220c', '32ff2723566057be d5e418f9b41585d7', 'root', '2026-11-30 06:47:35.873729', 11, '', TRUE);
CREATE TABLE `kept_acme`.`whimbrel_journal` (
  `set_name` varchar(64) NOT NULL,
  `version` varchar(50) NOT NULL,
  `first_statement` int(11) NOT NULL,
  `last_statement` int(11) NOT NULL,
  `state` varchar(10) NOT NULL,
  `kind` varchar(100) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `catalog_before` mediumtext NOT NULL,
  `shown` mediumtext NOT NULL,
  `started_on` datetime(6) NOT NULL,
  `finished_on` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`set_name`,`version`,`first_statement`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
