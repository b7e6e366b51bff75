--
-- Create index orders_by_date on field(s) customer, placed_on of model order
--
CREATE INDEX `orders_by_date` ON `shop_order` (`customer_id`, `placed_on`);
