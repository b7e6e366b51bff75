-- alembic 1.20.1 on mysql 9.7.4-2; recorded by: python -m tests.adoption.record alembic
CREATE TABLE `alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
CREATE TABLE `customers` (
  `id` int NOT NULL AUTO_INCREMENT,
  `email` varchar(100) NOT NULL,
  `tier` varchar(20) NOT NULL DEFAULT 'basic',
  `credit` int NOT NULL DEFAULT '0',
  `phone` varchar(20),
  PRIMARY KEY (`id`),
  UNIQUE KEY `customers_email` (`email`),
  CONSTRAINT `customers_credit` CHECK (`credit` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
CREATE TABLE `orders` (
  `id` int NOT NULL AUTO_INCREMENT,
  `customer_id` int NOT NULL,
  `total` decimal(10,2) NOT NULL DEFAULT '0.00',
  `placed_on` date,
  `paid` int NOT NULL DEFAULT '0',
  PRIMARY KEY (`id`),
  KEY `orders_by_date` (`customer_id`,`placed_on`),
  KEY `orders_by_total` (`total`),
  CONSTRAINT `orders_customer` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `alembic_version` (`version_num`) VALUES ('5e77a0b3d948');
INSERT INTO `customers` (`id`, `email`, `tier`, `credit`, `phone`) VALUES (1, 'ana@example.org', 'gold', 250, NULL);
INSERT INTO `customers` (`id`, `email`, `tier`, `credit`, `phone`) VALUES (2, 'bo@example.org', 'a; -- ?', 0, NULL);
INSERT INTO `orders` (`id`, `customer_id`, `total`, `placed_on`, `paid`) VALUES (10, 1, 19.90, '2024-02-29', 0);
