-- alembic 1.20.1 on sqlite 3.40.1; recorded by: python -m tests.adoption.record alembic
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE customers (
	id INTEGER NOT NULL, 
	email VARCHAR(100) NOT NULL, 
	tier VARCHAR(20) DEFAULT 'basic' NOT NULL, 
	credit INTEGER DEFAULT '0' NOT NULL, phone VARCHAR(20), 
	PRIMARY KEY (id), 
	CONSTRAINT customers_email UNIQUE (email), 
	CONSTRAINT customers_credit CHECK (credit >= 0)
);
CREATE TABLE orders (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	total NUMERIC(10, 2) DEFAULT '0' NOT NULL, 
	placed_on DATE, paid INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT orders_customer FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX orders_by_date ON orders (customer_id, placed_on);
CREATE INDEX orders_by_total ON orders (total);
INSERT INTO "alembic_version" ("version_num") VALUES ('5e77a0b3d948');
INSERT INTO "customers" ("id", "email", "tier", "credit", "phone") VALUES (1, 'ana@example.org', 'gold', 250, NULL);
INSERT INTO "customers" ("id", "email", "tier", "credit", "phone") VALUES (2, 'bo@example.org', 'a; -- ?', 0, NULL);
INSERT INTO "orders" ("id", "customer_id", "total", "placed_on", "paid") VALUES (10, 1, 19.9, '2024-02-29', 0);
