-- A shop in the manner of a PHP framework: unsigned ids, enums, timestamps, soft deletes.
CREATE TABLE `users` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `name` varchar(255) NOT NULL,
  `email` varchar(191) NOT NULL,
  `email_verified_at` timestamp NULL DEFAULT NULL,
  `password` varchar(255) NOT NULL,
  `remember_token` varchar(100) DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  `deleted_at` timestamp NULL DEFAULT NULL,
  UNIQUE KEY `users_email_unique` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE `categories` (
  `id` int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `parent_id` int unsigned DEFAULT NULL,
  `slug` varchar(120) NOT NULL,
  `title` varchar(120) NOT NULL DEFAULT '' COMMENT 'shown in the menu, isn''t translated',
  UNIQUE KEY `categories_slug` (`slug`),
  KEY `categories_parent` (`parent_id`),
  CONSTRAINT `categories_parent_fk` FOREIGN KEY (`parent_id`) REFERENCES `categories` (`id`) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE `products` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `category_id` int unsigned DEFAULT NULL,
  `sku` char(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `price` decimal(10,2) unsigned NOT NULL DEFAULT '0.00',
  `state` enum('draft','live','sold out') NOT NULL DEFAULT 'draft',
  `flags` set('new','sale') DEFAULT NULL,
  `attributes` json DEFAULT NULL,
  `description` mediumtext,
  UNIQUE KEY `products_sku` (`sku`),
  KEY `products_category` (`category_id`,`state`),
  FULLTEXT KEY `products_search` (`description`),
  CONSTRAINT `products_category_fk` FOREIGN KEY (`category_id`) REFERENCES `categories` (`id`) ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT `products_price` CHECK (`price` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE `orders` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `user_id` bigint unsigned NOT NULL,
  `placed_at` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `total` decimal(12,2) NOT NULL DEFAULT '0.00',
  KEY `orders_user` (`user_id`),
  CONSTRAINT `orders_user_fk` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE `order_lines` (
  `order_id` bigint unsigned NOT NULL,
  `line` smallint unsigned NOT NULL,
  `product_id` bigint unsigned NOT NULL,
  `quantity` int NOT NULL DEFAULT '1',
  `amount` decimal(12,2) GENERATED ALWAYS AS (`quantity` * 2) STORED,
  PRIMARY KEY (`order_id`,`line`),
  KEY `order_lines_product` (`product_id`),
  CONSTRAINT `order_lines_order_fk` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE CASCADE,
  CONSTRAINT `order_lines_product_fk` FOREIGN KEY (`product_id`) REFERENCES `products` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE VIEW `revenue` AS SELECT `user_id`, sum(`total`) AS `total` FROM `orders` GROUP BY `user_id`;
CREATE VIEW `best_customers` AS SELECT `u`.`name`, `r`.`total` FROM `users` `u` JOIN `revenue` `r` ON `r`.`user_id` = `u`.`id` WHERE `r`.`total` > 1000;
