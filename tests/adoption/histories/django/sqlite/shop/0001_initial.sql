BEGIN;
--
-- Create model Customer
--
CREATE TABLE "shop_customer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "email" varchar(100) NOT NULL UNIQUE, "tier" varchar(20) DEFAULT 'basic' NOT NULL, "credit" integer NOT NULL, CONSTRAINT "customers_credit" CHECK ("credit" >= 0));
--
-- Create model Order
--
CREATE TABLE "shop_order" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "total" decimal NOT NULL, "placed_on" date NULL, "customer_id" bigint NOT NULL REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX "shop_order_customer_id_f638df20" ON "shop_order" ("customer_id");
COMMIT;
