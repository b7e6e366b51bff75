CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1f0a7c3d9e21

CREATE TABLE customers (
    id INTEGER NOT NULL, 
    email VARCHAR(100) NOT NULL, 
    tier VARCHAR(20) DEFAULT 'basic' NOT NULL, 
    credit INTEGER DEFAULT '0' NOT NULL, 
    PRIMARY KEY (id), 
    CONSTRAINT customers_email UNIQUE (email), 
    CONSTRAINT customers_credit CHECK (credit >= 0)
);

CREATE TABLE orders (
    id INTEGER NOT NULL, 
    customer_id INTEGER NOT NULL, 
    total NUMERIC(10, 2) DEFAULT '0' NOT NULL, 
    placed_on DATE, 
    PRIMARY KEY (id), 
    CONSTRAINT orders_customer FOREIGN KEY(customer_id) REFERENCES customers (id)
);

INSERT INTO alembic_version (version_num) VALUES ('1f0a7c3d9e21') RETURNING version_num;

