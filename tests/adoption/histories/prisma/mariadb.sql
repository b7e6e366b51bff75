-- prisma did not run: these are its tables by its public source (schema-engine/connectors/sql-schema-connector/src/flavour/*.rs, create_migrations_table.)
CREATE TABLE `_prisma_migrations` (
  `id` VARCHAR(36) NOT NULL, `checksum` VARCHAR(64) NOT NULL, `finished_at` DATETIME(3), `migration_name` VARCHAR(255) NOT NULL,
  `logs` TEXT, `rolled_back_at` DATETIME(3), `started_at` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `applied_steps_count` INTEGER UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
);
INSERT INTO `_prisma_migrations` VALUES ('0b2f6d5e-3c1a-4c6b-9a53-000000000001', '79a05645f141f29b802b761d7411e5052908ca4d4194560e007d17389c7612ef', '2024-01-31 12:00:00', '20240101120000_accounts', NULL, NULL, '2024-01-31 12:00:00', 1);
INSERT INTO `_prisma_migrations` VALUES ('0b2f6d5e-3c1a-4c6b-9a53-000000000002', 'acc81ecac0751f81ee00e3a703591f5e19354b23f35db940f270d2bddf36f7fd', '2024-01-31 12:00:00', '20240102120000_order_index', NULL, NULL, '2024-01-31 12:00:00', 1);
INSERT INTO `_prisma_migrations` VALUES ('0b2f6d5e-3c1a-4c6b-9a53-000000000003', '3f26705e85869738deb5cc5ce33d1b13cd8eb59b4f954302269e6396c2011463', '2024-01-31 12:00:00', '20240103120000_first_rows', NULL, NULL, '2024-01-31 12:00:00', 1);
INSERT INTO `_prisma_migrations` VALUES ('0b2f6d5e-3c1a-4c6b-9a53-000000000004', '44b34a8a0132311ce17541da164ca74e0ee09393ed54edb739156abd57268ca6', '2024-01-31 12:00:00', '20240104120000_contact', NULL, NULL, '2024-01-31 12:00:00', 1);
INSERT INTO `_prisma_migrations` VALUES ('0b2f6d5e-3c1a-4c6b-9a53-000000000005', '57bd17e2155ded72e294baf8f6778d4e3a06786ded9e2e2bde4137776079ffd5', '2024-01-31 12:00:00', '20240105120000_total_index', NULL, NULL, '2024-01-31 12:00:00', 1);
