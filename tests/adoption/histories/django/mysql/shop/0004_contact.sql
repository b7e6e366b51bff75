--
-- Add field phone to customer
--
ALTER TABLE `shop_customer` ADD COLUMN `phone` varchar(20) NULL;
--
-- Add field paid to order
--
ALTER TABLE `shop_order` ADD COLUMN `paid` integer DEFAULT 0 NOT NULL;
ALTER TABLE `shop_order` ALTER COLUMN `paid` DROP DEFAULT;
