-- alembic 1.20.1 on postgresql 18.6; recorded by: python -m tests.adoption.record alembic
CREATE SEQUENCE customers_id_seq AS integer;
CREATE SEQUENCE orders_id_seq AS integer;
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE customers (
    id integer DEFAULT nextval('customers_id_seq'::regclass) NOT NULL,
    email character varying(100) NOT NULL,
    tier character varying(20) DEFAULT 'basic'::character varying NOT NULL,
    credit integer DEFAULT 0 NOT NULL,
    phone character varying(20),
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT customers_email UNIQUE (email),
    CONSTRAINT customers_credit CHECK ((credit >= 0))
);
CREATE TABLE orders (
    id integer DEFAULT nextval('orders_id_seq'::regclass) NOT NULL,
    customer_id integer NOT NULL,
    total numeric(10,2) DEFAULT '0'::numeric NOT NULL,
    placed_on date,
    paid integer DEFAULT 0 NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (id)
);
ALTER SEQUENCE customers_id_seq OWNED BY customers.id;
ALTER SEQUENCE orders_id_seq OWNED BY orders.id;
CREATE INDEX orders_by_date ON orders USING btree (customer_id, placed_on);
CREATE INDEX orders_by_total ON orders USING btree (total);
ALTER TABLE ONLY orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers(id);
INSERT INTO "alembic_version" ("version_num") VALUES ('5e77a0b3d948');
INSERT INTO "customers" ("id", "email", "tier", "credit", "phone") VALUES (2, 'bo@example.org', 'a; -- ?', 0, NULL);
INSERT INTO "customers" ("id", "email", "tier", "credit", "phone") VALUES (1, 'ana@example.org', 'gold', 250, NULL);
INSERT INTO "orders" ("id", "customer_id", "total", "placed_on", "paid") VALUES (10, 1, 19.90, '2024-02-29', 0);
