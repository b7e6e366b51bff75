-- Running upgrade 1f0a7c3d9e21 -> 2b6de41c8f05

CREATE INDEX orders_by_date ON orders (customer_id, placed_on);

UPDATE alembic_version SET version_num='2b6de41c8f05' WHERE alembic_version.version_num = '1f0a7c3d9e21';

