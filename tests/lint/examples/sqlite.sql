CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT NOT NULL, code TEXT NOT NULL UNIQUE);
CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, parent_id INTEGER, sku VARCHAR(20) NOT NULL, name TEXT, note TEXT, quantity INTEGER, price NUMERIC(10, 2),
    checked INTEGER CHECK (checked > 0), unique_code TEXT UNIQUE, doubled INTEGER GENERATED ALWAYS AS (quantity * 2) VIRTUAL,
    tripled INTEGER GENERATED ALWAYS AS (quantity * 3) STORED, n INTEGER NOT NULL DEFAULT 3, low INTEGER, high INTEGER,
    CHECK (low <= high)
);
CREATE INDEX items_sku ON items (sku);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parents (id), name TEXT);
CREATE TABLE plain (id INTEGER NOT NULL, name TEXT, body TEXT);
CREATE TABLE [odd name] (id INTEGER PRIMARY KEY, [a b] TEXT);
CREATE TABLE strict_one (id INTEGER PRIMARY KEY, a TEXT) STRICT;
CREATE TABLE pairs (a TEXT, b TEXT, c TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE VIEW item_names AS SELECT id, name AS item FROM items;
CREATE TRIGGER items_touch AFTER UPDATE OF n ON items BEGIN SELECT 1; END;

-- Reset
DROP VIEW IF EXISTS item_names;
DROP VIEW IF EXISTS v;
DROP TABLE IF EXISTS children;
DROP TABLE IF EXISTS kids;
DROP TABLE IF EXISTS "plain two";
DROP TABLE IF EXISTS fresh;
DROP TABLE IF EXISTS items;
DROP TABLE IF EXISTS goods;
DROP TABLE IF EXISTS parents;
DROP TABLE IF EXISTS elders;
DROP TABLE IF EXISTS plain;
DROP TABLE IF EXISTS "odd name";
DROP TABLE IF EXISTS strict_one;
DROP TABLE IF EXISTS pairs;
DROP TABLE IF EXISTS search;
-- Examples
-- = add column
ALTER TABLE items ADD COLUMN c INTEGER;
-- = add column
alter table "items" add c text;
-- = add column
ALTER TABLE [items] ADD COLUMN [c d] TEXT;
-- = add column
ALTER TABLE `items` ADD COLUMN c TEXT DEFAULT NULL;
-- = add column, constant default
ALTER TABLE main.items ADD COLUMN c INTEGER DEFAULT 0;
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c INTEGER NOT NULL DEFAULT 0;
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c TEXT NOT NULL DEFAULT 'a, b; c';
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c TEXT NOT NULL DEFAULT '' /* empty */;
-- = add column, not null
ALTER TABLE items ADD COLUMN c INTEGER NOT NULL;
-- = add column, default now
ALTER TABLE items ADD COLUMN c TEXT DEFAULT CURRENT_TIMESTAMP;
-- = add column, not null, default now
ALTER TABLE items ADD COLUMN c TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP;
-- = add column, steady default, in parentheses
ALTER TABLE items ADD COLUMN c TEXT DEFAULT (datetime('now'));
-- = add column, not null, steady default, in parentheses
ALTER TABLE items ADD COLUMN c TEXT NOT NULL DEFAULT (datetime('now'));
-- = add column, changing default, in parentheses
ALTER TABLE items ADD COLUMN c INTEGER DEFAULT (random());
-- = add column, changing default, in parentheses
ALTER TABLE items ADD COLUMN c TEXT DEFAULT (lower(hex(randomblob(16))));
-- = add column, constant default
ALTER TABLE items ADD COLUMN c INTEGER DEFAULT (1);
-- = add column, constant default, in parentheses
ALTER TABLE items ADD COLUMN c INTEGER DEFAULT (1 + 1);
-- = add column, not null, constant default, in parentheses
ALTER TABLE items ADD COLUMN c INTEGER NOT NULL DEFAULT (1 + 1);
-- = add column, constant default
ALTER TABLE items ADD COLUMN c REAL DEFAULT -1.5;
-- = add column | add column with primary key
ALTER TABLE items ADD COLUMN c INTEGER PRIMARY KEY;
-- = add column | add column with unique
ALTER TABLE items ADD COLUMN c TEXT UNIQUE;
-- = add column | add column with check
ALTER TABLE items ADD COLUMN c INTEGER CHECK (c > 0);
-- = add column, not null, constant default | add column with check, filled
ALTER TABLE items ADD COLUMN c INTEGER NOT NULL DEFAULT 1 CHECK (c > 0);
-- = add column | add column with foreign key
ALTER TABLE items ADD COLUMN c INTEGER REFERENCES parents (id);
-- = add column | add column with foreign key
ALTER TABLE items ADD COLUMN c INTEGER REFERENCES parents;
-- = add column, not null, constant default | add column with foreign key, filled
ALTER TABLE items ADD COLUMN c INTEGER NOT NULL DEFAULT 1 REFERENCES parents (id);
-- = add column, generated virtual
ALTER TABLE items ADD COLUMN c INTEGER GENERATED ALWAYS AS (quantity * 2) VIRTUAL;
-- = add column, generated virtual
ALTER TABLE items ADD COLUMN c INTEGER AS (quantity * 2);
-- = add column, generated stored
ALTER TABLE items ADD COLUMN c INTEGER GENERATED ALWAYS AS (quantity * 2) STORED;
-- = add column
ALTER TABLE items ADD COLUMN c TEXT COLLATE NOCASE;
-- = add column
ALTER TABLE items ADD COLUMN IF NOT EXISTS c TEXT;
-- = nothing
ALTER TABLE items ADD COLUMN IF NOT EXISTS sku TEXT;
-- = add column
ALTER TABLE "odd name" ADD COLUMN c TEXT;
-- = drop column
ALTER TABLE items DROP COLUMN note;
-- = drop column
ALTER TABLE items DROP note;
-- = drop column
ALTER TABLE [odd name] DROP COLUMN [a b];
-- = nothing
ALTER TABLE items DROP COLUMN IF EXISTS not_there;
-- = drop column, in index
ALTER TABLE items DROP COLUMN sku;
-- = drop column, in unique
ALTER TABLE items DROP COLUMN unique_code;
-- = drop column
ALTER TABLE items DROP COLUMN checked;
-- = drop column, in primary key, in a view
ALTER TABLE items DROP COLUMN id;
-- = drop column, generated virtual
ALTER TABLE items DROP COLUMN doubled;
-- = drop column, generated stored
ALTER TABLE items DROP COLUMN tripled;
-- = drop column, in foreign key
ALTER TABLE children DROP COLUMN parent_id;
-- = drop column, in primary key
ALTER TABLE pairs DROP COLUMN a;
-- = drop column
ALTER TABLE pairs DROP COLUMN c;
-- = rename column
ALTER TABLE items RENAME COLUMN note TO remark;
-- = rename column
ALTER TABLE items RENAME note TO remark;
-- = rename column
ALTER TABLE items RENAME COLUMN sku TO code;
-- = rename table
ALTER TABLE items RENAME TO goods;
-- = rename table
ALTER TABLE 'items' RENAME TO "Goods";
-- = rename table
ALTER TABLE parents RENAME TO elders;
-- = type
ALTER TABLE items ALTER COLUMN n TYPE TEXT;
-- = set not null
ALTER TABLE items ALTER COLUMN quantity SET NOT NULL;
-- = alter column set default
ALTER TABLE items ALTER COLUMN n SET DEFAULT 5;
-- = alter column drop default
ALTER TABLE items ALTER COLUMN n DROP DEFAULT;
-- = alter column drop not null
ALTER TABLE items ALTER COLUMN sku DROP NOT NULL;
-- = modify
ALTER TABLE items MODIFY COLUMN n BIGINT;
-- = modify
ALTER TABLE items CHANGE n m INTEGER;
-- = add check
ALTER TABLE items ADD CONSTRAINT quantity_check CHECK (quantity > 0);
-- = add unique
ALTER TABLE items ADD CONSTRAINT items_unique UNIQUE (sku);
-- = add foreign key
ALTER TABLE items ADD CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES parents (id);
-- = add primary key
ALTER TABLE plain ADD PRIMARY KEY (id);
-- = drop constraint
ALTER TABLE items DROP CONSTRAINT quantity_check;
-- = add index
ALTER TABLE items ADD INDEX i (name);
-- = create index
CREATE INDEX items_name ON items (name);
-- = create index
create index if not exists items_name on items (name collate nocase desc);
-- = nothing
CREATE INDEX IF NOT EXISTS items_sku ON items (sku);
-- = create index
CREATE INDEX main.items_name ON items (name);
-- = create index
CREATE INDEX [items name] ON [items] ([name], `note`);
-- = create index
CREATE INDEX items_part ON items (name) WHERE n > 1;
-- = create index
CREATE INDEX items_lower ON items (lower(name));
-- = create unique index
CREATE UNIQUE INDEX items_unique ON items (sku);
-- = create index, concurrently
CREATE INDEX CONCURRENTLY items_name ON items (name);
-- = drop index
DROP INDEX items_sku;
-- = drop index
DROP INDEX IF EXISTS main.items_sku;
-- = nothing
DROP INDEX IF EXISTS not_there;
-- = create table
CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT);
-- = create table
CREATE TABLE IF NOT EXISTS fresh (id INTEGER PRIMARY KEY);
-- = nothing
CREATE TABLE IF NOT EXISTS items (id INTEGER);
-- = create temporary table
CREATE TEMP TABLE fresh (id INTEGER);
-- = create table | create table with foreign key
CREATE TABLE fresh (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents (id) ON DELETE CASCADE);
-- = create table from a query
CREATE TABLE fresh AS SELECT * FROM items;
-- = create virtual table
CREATE VIRTUAL TABLE search USING fts5(body);
-- = drop table
DROP TABLE plain;
-- = drop table
DROP TABLE IF EXISTS [plain];
-- = nothing
DROP TABLE IF EXISTS not_there;
-- = drop table, referring
DROP TABLE children;
-- = drop table, referred to
DROP TABLE parents;
-- = drop view
DROP VIEW item_names;
-- = drop trigger
DROP TRIGGER items_touch;
-- = drop trigger
DROP TRIGGER IF EXISTS not_there;
-- = create view
CREATE VIEW v AS SELECT id FROM items;
-- = nothing
CREATE VIEW IF NOT EXISTS item_names AS SELECT 1;
-- = create view
CREATE TEMP VIEW v AS SELECT 1;
-- = create trigger
CREATE TRIGGER t AFTER INSERT ON items BEGIN UPDATE items SET n = 1 WHERE id = NEW.id; END;
-- = vacuum of every table
VACUUM;
-- = reindex of every table
REINDEX;
-- = reindex index
REINDEX items_sku;
-- = analyze of every table
ANALYZE;
-- = analyze
ANALYZE items;
-- = insert
INSERT INTO plain VALUES (100001, 'a', 'b');
-- = insert
INSERT OR IGNORE INTO plain (id) VALUES (100001);
-- = insert from a query
INSERT INTO plain (id, name) SELECT id, name FROM parents;
-- = insert
INSERT INTO plain (id) VALUES (1) ON CONFLICT DO NOTHING;
-- = replace
REPLACE INTO plain (id) VALUES (1);
-- = update every row
UPDATE items SET n = 1;
-- = update every row
UPDATE items SET n = 1 WHERE 1 = 1;
-- = update by key
UPDATE items SET n = 1 WHERE id = 1;
-- = update by key
UPDATE OR IGNORE items SET n = 1 WHERE id IN (1, 2);
-- = update rows without an index
UPDATE items SET n = n + 1 WHERE n > 1;
-- = delete every row
DELETE FROM plain;
-- = delete by key
DELETE FROM items WHERE id = 1;
-- = delete rows without an index
DELETE FROM plain WHERE name IS NULL;
-- = delete rows without an index
WITH old AS (SELECT id FROM items) DELETE FROM plain WHERE id IN (SELECT id FROM old);
-- = select
SELECT 1;
-- = nothing
PRAGMA user_version = 3;
-- = truncate
TRUNCATE TABLE plain;
-- = create materialized view
CREATE MATERIALIZED VIEW m AS SELECT 1;
-- = update rows by an index
UPDATE items SET n = 2 WHERE sku = 'a';
-- = delete rows by an index
DELETE FROM items WHERE sku = 'a';
-- = add column, not null, constant default
ALTER TABLE "items" ADD COLUMN "c" BOOLEAN NOT NULL DEFAULT 0;
-- = add column
alter table items add column created_at timestamp;
-- = add column, constant default
ALTER TABLE main.[items] ADD COLUMN c VARCHAR(10) DEFAULT 'x' COLLATE NOCASE;
-- = add column, constant default
ALTER TABLE items ADD COLUMN c BLOB DEFAULT X'00';
-- = add column, constant default
ALTER TABLE items ADD COLUMN c INTEGER DEFAULT TRUE;
-- = add column, constant default
ALTER TABLE items ADD COLUMN c DEFAULT 5;
-- = add column
ALTER TABLE items ADD c;
-- = add column, not null, constant default
ALTER TABLE items -- the table
  ADD COLUMN /* new */ c TEXT NOT NULL DEFAULT "none";
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c TEXT CONSTRAINT c_set NOT NULL DEFAULT 'x';
-- = add column | add column with unique
ALTER TABLE items ADD COLUMN c TEXT CONSTRAINT c_unique UNIQUE;
-- = add column | add column with foreign key
ALTER TABLE items ADD COLUMN c INTEGER REFERENCES parents (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
-- = add column, default now
ALTER TABLE items ADD COLUMN c TEXT DEFAULT CURRENT_DATE;
-- = add column, steady default, in parentheses
ALTER TABLE items ADD COLUMN c TEXT DEFAULT (date('now', '+1 day'));
-- = add column, constant default, in parentheses
ALTER TABLE items ADD COLUMN c TEXT DEFAULT ('a' || 'b');
-- = add column, generated virtual
ALTER TABLE items ADD COLUMN c TEXT AS (name || sku) VIRTUAL;
-- = add column
ALTER TABLE children ADD COLUMN c TEXT;
-- = add column
ALTER TABLE pairs ADD COLUMN d TEXT;
-- = add column, not null, constant default
ALTER TABLE strict_one ADD COLUMN b INTEGER NOT NULL DEFAULT 0;
-- = drop column
ALTER TABLE strict_one DROP COLUMN a;
-- = drop column
ALTER TABLE main.plain DROP COLUMN body;
-- = drop column
ALTER TABLE `plain` DROP COLUMN `body`;
-- = rename column
ALTER TABLE "plain" RENAME COLUMN "body" TO "text";
-- = rename table
ALTER TABLE [plain] RENAME TO [plain two];
-- = rename table
ALTER TABLE children RENAME TO kids;
-- = create unique index
CREATE UNIQUE INDEX IF NOT EXISTS plain_id ON plain (id);
-- = create unique index
CREATE UNIQUE INDEX plain_pair ON "plain" ("id", "name" DESC);
-- = create index
CREATE INDEX plain_name ON plain (name COLLATE NOCASE);
-- = create index
CREATE INDEX "plain'body" ON plain (body);
-- = create index
CREATE INDEX plain_expr ON plain (length(body), id);
-- = create table
CREATE TABLE "fresh" ("id" INTEGER PRIMARY KEY, "a" TEXT CHECK (a IN ('x', 'y')), UNIQUE (a));
-- = create table
CREATE TABLE fresh (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID, STRICT;
-- = create table | create table with foreign key
CREATE TABLE fresh (id INTEGER PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES parents (id) ON UPDATE CASCADE);
-- = create table
CREATE TABLE main.fresh (id INTEGER PRIMARY KEY AUTOINCREMENT);
-- = create table
CREATE TABLE [fresh] (id INTEGER DEFAULT (1 + 1), b GENERATED ALWAYS AS (id + 1));
-- = create temporary table
CREATE TEMPORARY TABLE fresh AS SELECT 1 AS a;
-- = create table from a query
CREATE TABLE IF NOT EXISTS fresh AS SELECT id, name FROM parents;
-- = drop table
DROP TABLE main.plain;
-- = drop table
DROP TABLE "pairs";
-- = drop view
DROP VIEW IF EXISTS item_names;
-- = nothing
DROP VIEW IF EXISTS not_there;
-- = drop index
DROP INDEX [items_sku];
-- = create trigger
CREATE TRIGGER IF NOT EXISTS t BEFORE DELETE ON parents WHEN OLD.id > 5 BEGIN SELECT RAISE(ABORT, 'no; never'); END;
-- = create trigger
CREATE TRIGGER t INSTEAD OF INSERT ON item_names BEGIN SELECT 1; END;
-- = insert
INSERT INTO plain (id, name) VALUES (7, 'a'), (8, 'b;c');
-- = insert
insert or replace into plain (id) values (9);
-- = insert from a query
INSERT INTO plain (id) SELECT 1 UNION ALL SELECT 2;
-- = insert from a query
WITH a (x) AS (VALUES (1), (2)) INSERT INTO plain (id) SELECT x FROM a;
-- = update every row
UPDATE plain SET name = 'where';
-- = update rows without an index
UPDATE plain SET name = 'a' WHERE body LIKE '%x%';
-- = update by key
UPDATE "items" SET n = 1 WHERE "id" = 4;
-- = update rows by an index
UPDATE items SET n = 1 WHERE id = 1 OR id = 2;
-- = update every row
UPDATE items SET n = (SELECT count(*) FROM parents);
-- = update rows by an index
UPDATE items SET n = p.id FROM parents AS p WHERE p.id = items.parent_id;
-- = delete every row
DELETE FROM [plain];
-- = delete rows without an index
DELETE FROM main.plain WHERE id = 1;
-- = delete rows by an index
DELETE FROM items WHERE id IN (SELECT id FROM parents);
-- = delete by key
DELETE FROM items WHERE id IN (1, 2) RETURNING id;
-- = update rows by an index
WITH gone AS (SELECT 1 AS id) UPDATE items SET n = 0 WHERE id IN (SELECT id FROM gone);
-- = select
SELECT count(*) FROM items;
-- = select
select name from parents where code = 'drop table';
-- = nothing
PRAGMA foreign_keys;
-- = analyze
ANALYZE main;
-- = reindex table
REINDEX items;
-- = explain
EXPLAIN DELETE FROM plain;
-- = add foreign key
ALTER TABLE items ADD FOREIGN KEY (parent_id) REFERENCES parents (id);
-- = add unique
ALTER TABLE items ADD UNIQUE (sku);
-- = add check
ALTER TABLE items ADD CHECK (n > 0);
-- = drop primary key
ALTER TABLE items DROP PRIMARY KEY;
-- = rename index
ALTER TABLE items RENAME INDEX items_sku TO items_code;
-- = type
ALTER TABLE items ALTER n SET DATA TYPE TEXT;
-- = alter index rename to
ALTER INDEX items_sku RENAME TO items_code;
-- = alter view rename to
ALTER VIEW item_names RENAME TO v;
-- = rename table
RENAME TABLE items TO goods;
-- = comment on table
COMMENT ON TABLE items IS 'x';
-- = create sequence
CREATE SEQUENCE s;
-- = create schema
CREATE SCHEMA s;
-- = create function
CREATE FUNCTION f() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';
-- = lock table, access exclusive
LOCK TABLE items;
-- = add column, there already
ALTER TABLE items ADD COLUMN sku TEXT;
-- = drop column, not there
ALTER TABLE items DROP COLUMN not_there;
-- = create table, there already
CREATE TABLE items (id INTEGER);
-- = create index, there already
CREATE INDEX items_sku ON items (quantity);
-- = drop column, in check
ALTER TABLE items DROP COLUMN low;
-- = drop column, in a view
ALTER TABLE items DROP COLUMN name;
-- = create index, using a method
CREATE INDEX items_name ON items USING btree (name);
-- = create index, of no column
CREATE INDEX items_none ON items (not_there);
-- = create view, again
CREATE OR REPLACE VIEW v AS SELECT 1;
-- = drop several tables
DROP TABLE plain, pairs;
-- = rename column, not there
ALTER TABLE items RENAME COLUMN not_there TO a;
-- = rename table, name taken
ALTER TABLE items RENAME TO plain;
-- = create type
CREATE TYPE mood AS ENUM ('a', 'b');
-- = drop materialized view
DROP MATERIALIZED VIEW m;
-- = grant
GRANT SELECT ON items TO someone;
-- = create domain
CREATE DOMAIN d AS TEXT;
-- = create extension
CREATE EXTENSION x;
-- = refresh materialized view
REFRESH MATERIALIZED VIEW m;
