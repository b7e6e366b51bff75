-- sql-migrate 0.0~git20191213 (Debian) on mariadb 10.11.19-MariaDB-0+deb12u1; recorded by: python -m tests.adoption.record sql-migrate
CREATE TABLE `gorp_migrations` (
  `id` varchar(255) NOT NULL,
  `applied_at` datetime,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `gorp_migrations` (`id`, `applied_at`) VALUES ('20240101120000_accounts.sql', '2026-11-30 13:11:17');
INSERT INTO `gorp_migrations` (`id`, `applied_at`) VALUES ('20240102120000_order_index.sql', '2026-11-30 13:11:17');
INSERT INTO `gorp_migrations` (`id`, `applied_at`) VALUES ('20240103120000_first_rows.sql', '2026-11-30 13:11:17');
INSERT INTO `gorp_migrations` (`id`, `applied_at`) VALUES ('20240104120000_contact.sql', '2026-11-30 13:11:17');
INSERT INTO `gorp_migrations` (`id`, `applied_at`) VALUES ('20240105120000_total_index.sql', '2026-11-30 13:11:17');
