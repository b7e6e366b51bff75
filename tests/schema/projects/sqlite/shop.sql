-- A shop that began on another database: its types, lengths and names of keys came along.
CREATE TABLE customers (
    customer_id BIGINT PRIMARY KEY,
    email VARCHAR(254) NOT NULL,
    full_name VARCHAR(100) NOT NULL,
    country CHAR(2) NOT NULL DEFAULT 'DE',
    credit DECIMAL(12, 2) NOT NULL DEFAULT 0.00,
    newsletter BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT customers_email_key UNIQUE (email COLLATE NOCASE),
    CONSTRAINT customers_country_check CHECK (country = upper(country) AND length(country) = 2)
);
CREATE TABLE addresses (
    address_id INTEGER PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('billing', 'shipping')),
    street VARCHAR(200) NOT NULL, city VARCHAR(100) NOT NULL, zip VARCHAR(12) NOT NULL,
    CONSTRAINT addresses_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (customer_id) ON DELETE CASCADE
);
CREATE TABLE products (
    sku VARCHAR(40) NOT NULL, "version" SMALLINT NOT NULL DEFAULT 1,
    name NVARCHAR(200) NOT NULL, price NUMERIC(10,2) NOT NULL CHECK (price >= 0), tax REAL NOT NULL DEFAULT 0.19,
    gross NUMERIC(10,2) GENERATED ALWAYS AS (round(price * (1 + tax), 2)) STORED,
    attributes JSON, picture BLOB, discontinued_on DATE,
    CONSTRAINT products_pkey PRIMARY KEY (sku, "version")
);
CREATE TABLE orders (
    order_id CHAR(36) NOT NULL PRIMARY KEY,
    customer_id BIGINT REFERENCES customers ON DELETE SET NULL ON UPDATE CASCADE,
    state VARCHAR(12) NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid', 'sent', 'returned')),
    placed_at TIMESTAMP(3) NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    note TEXT
);
CREATE TABLE order_lines (
    order_id CHAR(36) NOT NULL REFERENCES orders (order_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    line INT NOT NULL, sku VARCHAR(40) NOT NULL, "version" SMALLINT NOT NULL,
    quantity INT NOT NULL DEFAULT 1 CHECK (quantity BETWEEN 1 AND 999),
    PRIMARY KEY (order_id, line),
    CONSTRAINT order_lines_product_fkey FOREIGN KEY (sku, "version") REFERENCES products (sku, "version") ON UPDATE RESTRICT
);
CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY AUTOINCREMENT, order_id CHAR(36) NOT NULL REFERENCES orders,
    amount DECIMAL(12,2) NOT NULL, currency CHAR(3) NOT NULL DEFAULT 'EUR', provider VARCHAR(20) NOT NULL,
    reference VARCHAR(64), paid_at TIMESTAMP, UNIQUE (provider, reference)
);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at DESC);
CREATE INDEX products_by_colour ON products (json_extract(attributes, '$.colour')) WHERE attributes IS NOT NULL;
CREATE UNIQUE INDEX addresses_one_billing ON addresses (customer_id) WHERE kind = 'billing';
CREATE VIEW revenue (day, total) AS
SELECT date(p.paid_at), sum(p.amount) FROM payments p WHERE p.paid_at IS NOT NULL GROUP BY 1;
CREATE TRIGGER orders_sent BEFORE UPDATE OF state ON orders FOR EACH ROW WHEN new.state = 'sent' AND old.state <> 'paid'
BEGIN SELECT RAISE(ABORT, 'an order is paid first; then it is sent'); END;
