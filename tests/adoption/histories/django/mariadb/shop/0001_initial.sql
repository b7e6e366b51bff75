--
-- Create model Customer
--
CREATE TABLE `shop_customer` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `email` varchar(100) NOT NULL UNIQUE, `tier` varchar(20) DEFAULT 'basic' NOT NULL, `credit` integer NOT NULL);
--
-- Create model Order
--
CREATE TABLE `shop_order` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `total` numeric(10, 2) NOT NULL, `placed_on` date NULL, `customer_id` bigint NOT NULL);
ALTER TABLE `shop_customer` ADD CONSTRAINT `customers_credit` CHECK (`credit` >= 0);
ALTER TABLE `shop_order` ADD CONSTRAINT `shop_order_customer_id_f638df20_fk_shop_customer_id` FOREIGN KEY (`customer_id`) REFERENCES `shop_customer` (`id`);
