-- In the manner of a shop's schema: enum values that are used at once, functions in three languages, triggers, partitions.
CREATE TYPE order_state AS ENUM ('new', 'paid');
CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, note text);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customer, state order_state NOT NULL DEFAULT 'new',
    placed date NOT NULL
);
ALTER TYPE order_state ADD VALUE 'sent' AFTER 'paid';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- a semicolon; and a quote ' in a comment
    IF NEW.note IS NULL THEN NEW.note := $$it's; new$$; END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER customer_note BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION total(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + b;
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT total(a, a); END;
INSERT INTO customer (email) VALUES ('a@example.org'), (E'b\'s@example.org;');
INSERT INTO orders VALUES (1, 1, 'sent', '2024-02-29');
COPY orders (id, customer, state, placed) FROM stdin WITH (FORMAT csv);
2,1,paid,2024-03-01
3,2,"new",2024-03-02
\.
CREATE VIEW open_orders AS SELECT o.id, c.email FROM orders o JOIN customer c ON c.id = o.customer WHERE o.state <> 'sent';
CREATE RULE no_delete AS ON DELETE TO open_orders DO INSTEAD (SELECT 1; SELECT 2);
