-- yoyo 9.0.0 on mariadb 10.11.19-MariaDB-0+deb12u1; recorded by: python -m tests.adoption.record yoyo
CREATE TABLE `_yoyo_log` (
  `id` varchar(36) NOT NULL,
  `migration_hash` varchar(64),
  `migration_id` varchar(255),
  `operation` varchar(10),
  `username` varchar(255),
  `hostname` varchar(255),
  `comment` varchar(255),
  `created_at_utc` timestamp NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
CREATE TABLE `_yoyo_migration` (
  `migration_hash` varchar(64) NOT NULL,
  `migration_id` varchar(255),
  `applied_at_utc` timestamp NULL,
  PRIMARY KEY (`migration_hash`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
CREATE TABLE `_yoyo_version` (
  `version` int(11) NOT NULL,
  `installed_at_utc` timestamp NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
CREATE TABLE `yoyo_lock` (
  `locked` int(11) NOT NULL DEFAULT 1,
  `ctime` timestamp NULL,
  `pid` int(11) NOT NULL,
  PRIMARY KEY (`locked`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
INSERT INTO `_yoyo_log` (`id`, `migration_hash`, `migration_id`, `operation`, `username`, `hostname`, `comment`, `created_at_utc`) VALUES ('54463eb4-ecbf-11f1-b34a-02fc00000001', '59b2424b5316d4454a7550ed074b1a03896edd5873ecf0423d7f998626b6ecec', '0001_accounts', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:09:52');
INSERT INTO `_yoyo_log` (`id`, `migration_hash`, `migration_id`, `operation`, `username`, `hostname`, `comment`, `created_at_utc`) VALUES ('54c789ba-ecbf-11f1-b34a-02fc00000001', '5e8b9024365cff217a4cfe372f3d88d7486c38cdce5c791baa8e4637441931b2', '0002_order_index', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:09:53');
INSERT INTO `_yoyo_log` (`id`, `migration_hash`, `migration_id`, `operation`, `username`, `hostname`, `comment`, `created_at_utc`) VALUES ('555fd01c-ecbf-11f1-b34a-02fc00000001', '4d705c48d241052a6ab5f8ec10e299d7aad3b29964641f64f2e189cbf5c035c4', '0003_first_rows', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:09:54');
INSERT INTO `_yoyo_log` (`id`, `migration_hash`, `migration_id`, `operation`, `username`, `hostname`, `comment`, `created_at_utc`) VALUES ('55a57a9a-ecbf-11f1-b34a-02fc00000001', 'f793b047cbb101307c420e663561b8ac494e2bdfa268b28ec8b5c013ef90119c', '0004_contact', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:09:54');
INSERT INTO `_yoyo_log` (`id`, `migration_hash`, `migration_id`, `operation`, `username`, `hostname`, `comment`, `created_at_utc`) VALUES ('55f0da62-ecbf-11f1-b34a-02fc00000001', 'b3f8d8ef29060ef54ee53ace03b469d3f399a24728219614985b2b86883e49e8', '0005_total_index', 'apply', 'root', 'localhost', NULL, '2026-11-30 13:09:54');
INSERT INTO `_yoyo_migration` (`migration_hash`, `migration_id`, `applied_at_utc`) VALUES ('4d705c48d241052a6ab5f8ec10e299d7aad3b29964641f64f2e189cbf5c035c4', '0003_first_rows', '2026-11-30 13:09:54');
INSERT INTO `_yoyo_migration` (`migration_hash`, `migration_id`, `applied_at_utc`) VALUES ('59b2424b5316d4454a7550ed074b1a03896edd5873ecf0423d7f998626b6ecec', '0001_accounts', '2026-11-30 13:09:52');
INSERT INTO `_yoyo_migration` (`migration_hash`, `migration_id`, `applied_at_utc`) VALUES ('5e8b9024365cff217a4cfe372f3d88d7486c38cdce5c791baa8e4637441931b2', '0002_order_index', '2026-11-30 13:09:53');
INSERT INTO `_yoyo_migration` (`migration_hash`, `migration_id`, `applied_at_utc`) VALUES ('b3f8d8ef29060ef54ee53ace03b469d3f399a24728219614985b2b86883e49e8', '0005_total_index', '2026-11-30 13:09:55');
INSERT INTO `_yoyo_migration` (`migration_hash`, `migration_id`, `applied_at_utc`) VALUES ('f793b047cbb101307c420e663561b8ac494e2bdfa268b28ec8b5c013ef90119c', '0004_contact', '2026-11-30 13:09:54');
INSERT INTO `_yoyo_version` (`version`, `installed_at_utc`) VALUES (2, '2026-11-30 13:09:51');
