CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1f0a7c3d9e21

CREATE TABLE customers (
    id INTEGER NOT NULL AUTO_INCREMENT, 
    email VARCHAR(100) NOT NULL, 
    tier VARCHAR(20) NOT NULL DEFAULT 'basic', 
    credit INTEGER NOT NULL DEFAULT '0', 
    PRIMARY KEY (id), 
    CONSTRAINT customers_email UNIQUE (email), 
    CONSTRAINT customers_credit CHECK (credit >= 0)
);

CREATE TABLE orders (
    id INTEGER NOT NULL AUTO_INCREMENT, 
    customer_id INTEGER NOT NULL, 
    total NUMERIC(10, 2) NOT NULL DEFAULT '0', 
    placed_on DATE, 
    PRIMARY KEY (id), 
    CONSTRAINT orders_customer FOREIGN KEY(customer_id) REFERENCES customers (id)
);

INSERT INTO alembic_version (version_num) VALUES ('1f0a7c3d9e21');

