BEGIN;
--
-- Add field phone to customer
--
ALTER TABLE "shop_customer" ADD COLUMN "phone" varchar(20) NULL;
--
-- Add field paid to order
--
CREATE TABLE "new__shop_order" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "total" decimal NOT NULL, "placed_on" date NULL, "customer_id" bigint NOT NULL REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED, "paid" integer NOT NULL);
INSERT INTO "new__shop_order" ("id", "total", "placed_on", "customer_id", "paid") SELECT "id", "total", "placed_on", "customer_id", 0 FROM "shop_order";
DROP TABLE "shop_order";
ALTER TABLE "new__shop_order" RENAME TO "shop_order";
CREATE INDEX "shop_order_customer_id_f638df20" ON "shop_order" ("customer_id");
CREATE INDEX "orders_by_date" ON "shop_order" ("customer_id", "placed_on");
COMMIT;
