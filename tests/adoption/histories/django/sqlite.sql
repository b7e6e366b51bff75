-- django 5.2.19 on sqlite 3.40.1; recorded by: python -m tests.adoption.record django
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "shop_customer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "email" varchar(100) NOT NULL UNIQUE, "tier" varchar(20) DEFAULT 'basic' NOT NULL, "credit" integer NOT NULL, "phone" varchar(20) NULL, CONSTRAINT "customers_credit" CHECK ("credit" >= 0));
CREATE TABLE "shop_order" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "total" decimal NOT NULL, "placed_on" date NULL, "customer_id" bigint NOT NULL REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED, "paid" integer NOT NULL);
CREATE INDEX "orders_by_date" ON "shop_order" ("customer_id", "placed_on");
CREATE INDEX "orders_by_total" ON "shop_order" ("total");
CREATE INDEX "shop_order_customer_id_f638df20" ON "shop_order" ("customer_id");
INSERT INTO "django_migrations" ("id", "app", "name", "applied") VALUES (1, 'shop', '0001_initial', '2026-11-30 13:03:12.230183+00:00');
INSERT INTO "django_migrations" ("id", "app", "name", "applied") VALUES (2, 'shop', '0002_order_index', '2026-11-30 13:03:12.268425+00:00');
INSERT INTO "django_migrations" ("id", "app", "name", "applied") VALUES (3, 'shop', '0003_first_rows', '2026-11-30 13:03:12.340789+00:00');
INSERT INTO "django_migrations" ("id", "app", "name", "applied") VALUES (4, 'shop', '0004_contact', '2026-11-30 13:03:12.385616+00:00');
INSERT INTO "django_migrations" ("id", "app", "name", "applied") VALUES (5, 'shop', '0005_total_index', '2026-11-30 13:03:12.580921+00:00');
INSERT INTO "shop_customer" ("id", "email", "tier", "credit", "phone") VALUES (1, 'ana@example.org', 'gold', 250, NULL);
