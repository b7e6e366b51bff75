-- Running upgrade 4d05f8e1c2b7 -> 5e77a0b3d948

CREATE INDEX orders_by_total ON orders (total);

UPDATE alembic_version SET version_num='5e77a0b3d948' WHERE alembic_version.version_num = '4d05f8e1c2b7';

