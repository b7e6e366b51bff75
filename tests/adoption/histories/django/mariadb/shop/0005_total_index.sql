--
-- Create index orders_by_total on field(s) total of model order
--
CREATE INDEX `orders_by_total` ON `shop_order` (`total`);
