-- Running upgrade 3c9912aa7b64 -> 4d05f8e1c2b7

ALTER TABLE customers ADD COLUMN phone VARCHAR(20);

ALTER TABLE orders ADD COLUMN paid INTEGER DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='4d05f8e1c2b7' WHERE alembic_version.version_num = '3c9912aa7b64';

