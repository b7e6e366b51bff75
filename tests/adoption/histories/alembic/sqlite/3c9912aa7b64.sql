-- Running upgrade 2b6de41c8f05 -> 3c9912aa7b64

INSERT INTO customers (id, email, tier, credit) VALUES (1, 'ana@example.org', 'basic', 250);

INSERT INTO customers (id, email, tier, credit) VALUES (2, 'bo@example.org', 'a; -- ?', 0);

INSERT INTO orders (id, customer_id, total, placed_on) VALUES (10, 1, 19.90, '2024-02-29');

UPDATE customers SET tier = 'gold' WHERE credit > 100;

UPDATE alembic_version SET version_num='3c9912aa7b64' WHERE alembic_version.version_num = '2b6de41c8f05';

