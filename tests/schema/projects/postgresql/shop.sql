-- A web shop: serial keys, checked states, a search column, totals kept by a trigger.
CREATE TABLE customers (
    id serial PRIMARY KEY,
    email varchar(255) NOT NULL,
    name varchar(100) NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'blocked', 'deleted')),
    created_at timestamp with time zone NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customers_email ON customers (lower(email)) WHERE status <> 'deleted';
CREATE TABLE products (
    id serial PRIMARY KEY,
    sku varchar(40) NOT NULL UNIQUE,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    price numeric(12, 2) NOT NULL CHECK (price >= 0),
    tags text[] NOT NULL DEFAULT '{}',
    attributes jsonb NOT NULL DEFAULT '{}'::jsonb,
    search tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', title), 'A') || to_tsvector('simple', description)) STORED
);
CREATE INDEX products_search ON products USING gin (search);
CREATE INDEX products_attributes ON products USING gin (attributes jsonb_path_ops);
CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id) ON DELETE RESTRICT,
    state varchar(12) NOT NULL DEFAULT 'new',
    total numeric(14, 2) NOT NULL DEFAULT 0,
    placed_at timestamptz,
    CONSTRAINT orders_state CHECK (state IN ('new', 'paid', 'sent') AND (state = 'new' OR placed_at IS NOT NULL))
);
CREATE TABLE order_lines (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    position smallint NOT NULL,
    product_id integer NOT NULL REFERENCES products,
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
    price numeric(12, 2) NOT NULL,
    PRIMARY KEY (order_id, position)
);
CREATE FUNCTION sum_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET total = (SELECT coalesce(sum(quantity * price), 0) FROM order_lines WHERE order_id = NEW.order_id)
    WHERE id = NEW.order_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER order_total AFTER INSERT OR UPDATE ON order_lines FOR EACH ROW EXECUTE FUNCTION sum_order();
CREATE VIEW open_orders AS
    SELECT o.id, c.email, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.state IN ('new', 'paid');
CREATE MATERIALIZED VIEW best_sellers AS
    SELECT p.id, p.title, sum(l.quantity) AS sold FROM products p JOIN order_lines l ON l.product_id = p.id GROUP BY p.id;
CREATE UNIQUE INDEX best_sellers_id ON best_sellers (id);
COMMENT ON TABLE orders IS 'one for each checkout';
COMMENT ON COLUMN orders.total IS 'kept by the trigger order_total';
