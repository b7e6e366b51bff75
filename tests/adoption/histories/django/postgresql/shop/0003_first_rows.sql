BEGIN;
--
-- Raw SQL operation
--
INSERT INTO shop_customer (id, email, tier, credit) VALUES (1, 'ana@example.org', 'basic', 250);
--
-- Raw SQL operation
--
UPDATE shop_customer SET tier = 'gold' WHERE credit > 100;
COMMIT;
