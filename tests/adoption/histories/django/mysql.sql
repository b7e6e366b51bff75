-- django 5.2.19 on mysql 9.7.4-2; recorded by: python -m tests.adoption.record django
CREATE TABLE `django_migrations` (
  `id` bigint NOT NULL AUTO_INCREMENT,
  `app` varchar(255) NOT NULL,
  `name` varchar(255) NOT NULL,
  `applied` datetime(6) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
CREATE TABLE `shop_customer` (
  `id` bigint NOT NULL AUTO_INCREMENT,
  `email` varchar(100) NOT NULL,
  `tier` varchar(20) NOT NULL DEFAULT 'basic',
  `credit` int NOT NULL,
  `phone` varchar(20),
  PRIMARY KEY (`id`),
  UNIQUE KEY `email` (`email`),
  CONSTRAINT `customers_credit` CHECK (`credit` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
CREATE TABLE `shop_order` (
  `id` bigint NOT NULL AUTO_INCREMENT,
  `total` decimal(10,2) NOT NULL,
  `placed_on` date,
  `customer_id` bigint NOT NULL,
  `paid` int NOT NULL,
  PRIMARY KEY (`id`),
  KEY `orders_by_date` (`customer_id`,`placed_on`),
  KEY `orders_by_total` (`total`),
  CONSTRAINT `shop_order_customer_id_f638df20_fk_shop_customer_id` FOREIGN KEY (`customer_id`) REFERENCES `shop_customer` (`id`) ON DELETE NO ACTION ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `django_migrations` (`id`, `app`, `name`, `applied`) VALUES (1, 'shop', '0001_initial', '2026-11-30 13:01:58.311111');
INSERT INTO `django_migrations` (`id`, `app`, `name`, `applied`) VALUES (2, 'shop', '0002_order_index', '2026-11-30 13:01:58.413822');
INSERT INTO `django_migrations` (`id`, `app`, `name`, `applied`) VALUES (3, 'shop', '0003_first_rows', '2026-11-30 13:01:58.559662');
INSERT INTO `django_migrations` (`id`, `app`, `name`, `applied`) VALUES (4, 'shop', '0004_contact', '2026-11-30 13:01:58.816117');
INSERT INTO `django_migrations` (`id`, `app`, `name`, `applied`) VALUES (5, 'shop', '0005_total_index', '2026-11-30 13:01:58.902320');
INSERT INTO `shop_customer` (`id`, `email`, `tier`, `credit`, `phone`) VALUES (1, 'ana@example.org', 'gold', 250, NULL);
