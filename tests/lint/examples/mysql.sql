CREATE TABLE parents (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL, code VARCHAR(20) NOT NULL, UNIQUE KEY code (code)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE items (
    id BIGINT NOT NULL AUTO_INCREMENT, parent_id BIGINT, sku VARCHAR(20) NOT NULL, name VARCHAR(50), title VARCHAR(100), tiny TINYINT, small SMALLINT,
    quantity INT, positive INT UNSIGNED, big BIGINT, price DECIMAL(10, 2), rate FLOAT, ratio DOUBLE, fixed CHAR(10), flag BOOLEAN, day DATE,
    at DATETIME, at_short DATETIME(3), stamp TIMESTAMP NULL, clock TIME, note TEXT, long_note LONGTEXT, doc JSON, raw BLOB, bits VARBINARY(100),
    state ENUM('sad', 'ok', 'happy'), kinds SET('a', 'b'), n INT NOT NULL DEFAULT 3, plain_text VARCHAR(30) CHARACTER SET latin1,
    updated DATETIME DEFAULT CURRENT_TIMESTAMP, commented INT COMMENT 'old',
    PRIMARY KEY (id), KEY items_sku (sku), KEY items_quantity (quantity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE computed (
    id BIGINT NOT NULL PRIMARY KEY, quantity INT, doubled INT GENERATED ALWAYS AS (quantity * 2) STORED,
    tripled INT GENERATED ALWAYS AS (quantity * 3) VIRTUAL, n INT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shaped (id BIGINT NOT NULL PRIMARY KEY, place POINT NOT NULL, n INT NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE checked (id BIGINT NOT NULL PRIMARY KEY, n INT NOT NULL, sku VARCHAR(20), CONSTRAINT sku_check CHECK (sku <> ''))
    ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE children (
    id BIGINT NOT NULL PRIMARY KEY, parent_id BIGINT NOT NULL, name VARCHAR(50), position INT NOT NULL, UNIQUE KEY children_name (name),
    KEY children_parent (parent_id), CONSTRAINT children_fk FOREIGN KEY (parent_id) REFERENCES parents (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE plain (id BIGINT NOT NULL, name VARCHAR(50), body TEXT, code INT NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE old_charset (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(50), body TEXT) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE events (id BIGINT NOT NULL, y INT NOT NULL, PRIMARY KEY (id, y)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
    PARTITION BY RANGE (y) (PARTITION p1 VALUES LESS THAN (1000), PARTITION p2 VALUES LESS THAN (2000));
CREATE TABLE states (id BIGINT NOT NULL PRIMARY KEY, state ENUM('a', 'b'), kind TIMESTAMP NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
    COLLATE=utf8mb4_general_ci;
CREATE TABLE hashed (id BIGINT NOT NULL PRIMARY KEY, n INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 PARTITION BY HASH (id) PARTITIONS 4;
CREATE VIEW item_names AS SELECT id, name AS item FROM items;
CREATE TRIGGER items_touch BEFORE UPDATE ON checked FOR EACH ROW SET NEW.n = NEW.n;

-- Reset
SET foreign_key_checks = 0;
DROP TABLE IF EXISTS computed, shaped, checked, items, goods, items_old, plain_old, parents, children, plain, old_charset, events, fresh, states, hashed;
DROP VIEW IF EXISTS item_names, v;
DROP PROCEDURE IF EXISTS p;
DROP FUNCTION IF EXISTS f;
SET foreign_key_checks = 1;
-- Examples
-- = add column
ALTER TABLE items ADD COLUMN c INT;
-- = add column
alter table `items` add `c` varchar(20) null;
-- = add column
ALTER TABLE items ADD COLUMN c INT DEFAULT NULL;
-- = add column, not null
ALTER TABLE items ADD COLUMN c INT NOT NULL;
-- = add column, not null
ALTER TABLE items ADD COLUMN c VARCHAR(20) NOT NULL;
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c INT NOT NULL DEFAULT 0;
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c VARCHAR(20) NOT NULL DEFAULT 'a, b';
-- = add column, constant default
ALTER TABLE items ADD COLUMN c INT DEFAULT 5 COMMENT 'five, or six';
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c TINYINT(1) NOT NULL DEFAULT '0';
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c BOOLEAN NOT NULL DEFAULT FALSE;
-- = add column, constant default
ALTER TABLE items ADD COLUMN c DECIMAL(12, 4) DEFAULT -1.5;
-- = add column, not null, constant default
ALTER TABLE items ADD COLUMN c ENUM('a', 'b,c') NOT NULL DEFAULT 'a';
-- = add column, default now
ALTER TABLE items ADD COLUMN c DATETIME DEFAULT CURRENT_TIMESTAMP;
-- = add column, not null, default now
ALTER TABLE items ADD COLUMN c DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6);
-- = add column, not null, default now
ALTER TABLE items ADD COLUMN c TIMESTAMP NOT NULL DEFAULT NOW();
-- = add column
ALTER TABLE items ADD COLUMN c TEXT;
-- = add column
ALTER TABLE items ADD COLUMN c JSON NULL;
-- = add column, not null
ALTER TABLE items ADD COLUMN c TEXT NOT NULL;
-- = add column, constant default, of a long type
ALTER TABLE items ADD COLUMN c TEXT DEFAULT 'x';
-- = add column, not null, constant default, of a long type
ALTER TABLE items ADD COLUMN c TEXT NOT NULL DEFAULT '';
-- = add column, constant default, of a long type, in parentheses
ALTER TABLE items ADD COLUMN c JSON DEFAULT ('[]');
-- = add column, not null, steady default, of a long type, in parentheses
ALTER TABLE items ADD COLUMN c JSON NOT NULL DEFAULT (JSON_ARRAY());
-- = add column, constant default, of a long type, in parentheses
ALTER TABLE items ADD COLUMN c TEXT DEFAULT ('x');
-- = add column, steady default, in parentheses
ALTER TABLE items ADD COLUMN c VARCHAR(36) DEFAULT (CONCAT('a', 'b'));
-- = add column, not null, steady default, in parentheses
ALTER TABLE items ADD COLUMN c VARCHAR(36) NOT NULL DEFAULT (LOWER('A'));
-- = add column, constant default, in parentheses
ALTER TABLE items ADD COLUMN c INT DEFAULT (1 + 1);
-- = add column, not null, constant default, in parentheses
ALTER TABLE items ADD COLUMN c INT NOT NULL DEFAULT (1 + 1);
-- = add column, changing default, in parentheses
ALTER TABLE items ADD COLUMN c CHAR(36) DEFAULT (UUID());
-- = add column, not null, changing default, in parentheses
ALTER TABLE items ADD COLUMN c CHAR(36) NOT NULL DEFAULT (UUID());
-- = add column, changing default, in parentheses
ALTER TABLE items ADD COLUMN c DOUBLE DEFAULT (RAND());
-- = add column, default now, in parentheses
ALTER TABLE items ADD COLUMN c DATE DEFAULT (CURRENT_DATE);
-- = add column, not null, default now, in parentheses
ALTER TABLE items ADD COLUMN c DATE NOT NULL DEFAULT (CURRENT_DATE);
-- = add column, in its place
ALTER TABLE items ADD COLUMN c INT FIRST;
-- = add column, in its place
ALTER TABLE items ADD COLUMN c INT AFTER sku;
-- = add column, not null, constant default, in its place
ALTER TABLE items ADD COLUMN c INT NOT NULL DEFAULT 0 AFTER `sku`;
-- = add column, not null, in its place
ALTER TABLE items ADD COLUMN c VARCHAR(20) NOT NULL AFTER sku;
-- = add column, in its place
ALTER TABLE items ADD COLUMN c TEXT AFTER sku;
-- = add column, default now, in its place
ALTER TABLE items ADD COLUMN c DATETIME DEFAULT CURRENT_TIMESTAMP AFTER sku;
-- = add column, not null, default now, in its place
ALTER TABLE items ADD COLUMN c DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP AFTER sku;
-- = add column, generated stored
ALTER TABLE items ADD COLUMN c INT GENERATED ALWAYS AS (quantity * 2) STORED;
-- = add column, generated stored
ALTER TABLE items ADD COLUMN c INT AS (quantity + 1) STORED;
-- = add column, generated virtual
ALTER TABLE items ADD COLUMN c INT GENERATED ALWAYS AS (quantity * 2) VIRTUAL;
-- = add column, generated virtual
ALTER TABLE items ADD COLUMN c INT AS (quantity * 2);
-- = add column, generated virtual, in its place
ALTER TABLE items ADD COLUMN c INT AS (quantity * 2) VIRTUAL AFTER sku;
-- = add column, numbered | add column with primary key, filled
ALTER TABLE plain ADD COLUMN c BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY;
-- = add column, numbered | add column with unique, filled
ALTER TABLE plain ADD COLUMN c BIGINT AUTO_INCREMENT UNIQUE;
-- = add column, numbered
ALTER TABLE plain ADD COLUMN c SERIAL;
-- = add column | add column with unique
ALTER TABLE items ADD COLUMN c INT UNIQUE;
-- = add column | add column with check
ALTER TABLE items ADD COLUMN c INT CHECK (c > 0);
-- = add column, not null, constant default | add column with check, filled
ALTER TABLE items ADD COLUMN c INT NOT NULL DEFAULT 1 CHECK (c > 0);
-- = add column | add column with foreign key
ALTER TABLE items ADD COLUMN c BIGINT REFERENCES parents (id);
-- = add column
ALTER TABLE items ADD COLUMN c VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- = add column
ALTER TABLE items ADD COLUMN c INT INVISIBLE;
-- = add column | add column, constant default
ALTER TABLE items ADD COLUMN (a INT, b VARCHAR(10) DEFAULT ',');
-- = add column | add column, not null, constant default | add column
ALTER TABLE items ADD a INT, ADD b INT NOT NULL DEFAULT 1, ADD COLUMN d TEXT;
-- = add column
ALTER TABLE items ADD COLUMN IF NOT EXISTS c INT;
-- = nothing
ALTER TABLE items ADD COLUMN IF NOT EXISTS sku INT;
-- = add column | add index
ALTER TABLE items ADD COLUMN c INT, ADD INDEX c_index (c);
-- = add column [instant]
ALTER TABLE items ADD COLUMN c INT, ALGORITHM=INSTANT;
-- = add column [inplace none]
ALTER TABLE items ADD COLUMN c INT, ALGORITHM=INPLACE, LOCK=NONE;
-- = add column | algorithm copy [copy]
ALTER TABLE items ADD COLUMN c INT, ALGORITHM = COPY;
-- = drop column
ALTER TABLE items DROP COLUMN title;
-- = drop column
ALTER TABLE items DROP title;
-- = drop column, in index
ALTER TABLE items DROP COLUMN sku;
-- = drop column
ALTER TABLE items DROP COLUMN IF EXISTS title;
-- = nothing
ALTER TABLE items DROP COLUMN IF EXISTS not_there;
-- = drop column, generated stored
ALTER TABLE computed DROP COLUMN doubled;
-- = drop column, generated virtual
ALTER TABLE computed DROP COLUMN tripled;
-- = drop column, in unique
ALTER TABLE children DROP COLUMN name;
-- = drop column, in foreign key, in index
ALTER TABLE children DROP COLUMN parent_id;
-- = drop column, in primary key
ALTER TABLE children DROP COLUMN id;
-- = drop column | drop column
ALTER TABLE items DROP COLUMN title, DROP COLUMN note;
-- = modify, int -> bigint, indexed
ALTER TABLE items MODIFY quantity BIGINT;
-- = modify, tinyint -> int
ALTER TABLE items MODIFY COLUMN tiny INT;
-- = modify, smallint -> int
ALTER TABLE items MODIFY COLUMN small INT NULL;
-- = modify, int -> bigint
ALTER TABLE items MODIFY COLUMN n BIGINT NOT NULL DEFAULT 3;
-- = modify, int -> smallint
ALTER TABLE items MODIFY COLUMN n SMALLINT NOT NULL DEFAULT 3;
-- = modify, int -> tinyint
ALTER TABLE items MODIFY COLUMN n TINYINT NOT NULL DEFAULT 3;
-- = modify, smallint -> tinyint
ALTER TABLE items MODIFY COLUMN small TINYINT;
-- = modify, bigint -> smallint
ALTER TABLE items MODIFY COLUMN big SMALLINT;
-- = modify, varchar -> varbinary
ALTER TABLE items MODIFY COLUMN name VARBINARY(200);
-- = modify, varchar -> varbinary, indexed
ALTER TABLE items MODIFY COLUMN sku VARBINARY(80) NOT NULL;
-- = modify, bigint -> int
ALTER TABLE items MODIFY COLUMN big INT;
-- = modify, int -> int, sign
ALTER TABLE items MODIFY COLUMN positive INT;
-- = modify, int -> int, sign
ALTER TABLE items MODIFY COLUMN n INT UNSIGNED NOT NULL DEFAULT 3;
-- = modify, varchar, longer, one length byte
ALTER TABLE items MODIFY COLUMN name VARCHAR(60);
-- = modify, varchar, longer, one length byte
ALTER TABLE items MODIFY COLUMN name VARCHAR(63);
-- = modify, varchar, longer, one to two length bytes
ALTER TABLE items MODIFY COLUMN name VARCHAR(64);
-- = modify, varchar, longer, two length bytes
ALTER TABLE items MODIFY COLUMN title VARCHAR(200);
-- = modify, unchanged
ALTER TABLE items MODIFY COLUMN title VARCHAR(100);
-- = modify, varchar, shorter
ALTER TABLE items MODIFY COLUMN name VARCHAR(20);
-- = modify, varchar, longer, one length byte
ALTER TABLE items MODIFY COLUMN sku VARCHAR(40) NOT NULL;
-- = modify, varchar, shorter, indexed
ALTER TABLE items MODIFY COLUMN sku VARCHAR(10) NOT NULL;
-- = modify, varchar, longer, one to two length bytes
ALTER TABLE items MODIFY COLUMN sku VARCHAR(100) NOT NULL;
-- = modify, varchar -> text
ALTER TABLE items MODIFY COLUMN name TEXT;
-- = modify, varchar -> longtext
ALTER TABLE items MODIFY COLUMN title LONGTEXT;
-- = modify, text -> longtext
ALTER TABLE items MODIFY COLUMN note LONGTEXT;
-- = modify, text -> mediumtext
ALTER TABLE items MODIFY COLUMN note MEDIUMTEXT;
-- = modify, text -> varchar
ALTER TABLE items MODIFY COLUMN note VARCHAR(1000);
-- = modify, text -> json
ALTER TABLE items MODIFY COLUMN note JSON;
-- = modify, longtext -> json
ALTER TABLE items MODIFY COLUMN long_note JSON;
-- = modify, json -> longtext
ALTER TABLE items MODIFY COLUMN doc LONGTEXT;
-- = modify, char -> varchar
ALTER TABLE items MODIFY COLUMN fixed VARCHAR(10);
-- = modify, char, longer
ALTER TABLE items MODIFY COLUMN fixed CHAR(20);
-- = modify, varchar -> char
ALTER TABLE items MODIFY COLUMN name CHAR(50);
-- = modify, varbinary, longer, one length byte
ALTER TABLE items MODIFY COLUMN bits VARBINARY(200);
-- = modify, varbinary, longer, one to two length bytes
ALTER TABLE items MODIFY COLUMN bits VARBINARY(300);
-- = modify, blob -> longblob
ALTER TABLE items MODIFY COLUMN raw LONGBLOB;
-- = modify, decimal, longer
ALTER TABLE items MODIFY COLUMN price DECIMAL(14, 2);
-- = modify, decimal, shorter
ALTER TABLE items MODIFY COLUMN price DECIMAL(8, 2);
-- = modify, decimal, other scale
ALTER TABLE items MODIFY COLUMN price DECIMAL(14, 4);
-- = modify, unchanged
ALTER TABLE items MODIFY COLUMN price NUMERIC(10, 2);
-- = modify, decimal -> double
ALTER TABLE items MODIFY COLUMN price DOUBLE;
-- = modify, float -> double
ALTER TABLE items MODIFY COLUMN rate DOUBLE;
-- = modify, double -> decimal
ALTER TABLE items MODIFY COLUMN ratio DECIMAL(20, 4);
-- = modify, tinyint -> int
ALTER TABLE items MODIFY COLUMN flag INT;
-- = modify, date -> datetime
ALTER TABLE items MODIFY COLUMN day DATETIME;
-- = modify, datetime -> timestamp
ALTER TABLE items MODIFY COLUMN at TIMESTAMP NULL;
-- = modify, datetime, longer
ALTER TABLE items MODIFY COLUMN at DATETIME(6);
-- = modify, datetime -> date
ALTER TABLE items MODIFY COLUMN at DATE;
-- = modify, datetime, longer
ALTER TABLE items MODIFY COLUMN at_short DATETIME(6);
-- = modify, timestamp -> datetime
ALTER TABLE items MODIFY COLUMN stamp DATETIME NULL;
-- = modify, other default | modify, int -> varchar
ALTER TABLE items MODIFY COLUMN n VARCHAR(20) NOT NULL DEFAULT '3';
-- = modify, tinyint -> varchar
ALTER TABLE items MODIFY COLUMN tiny VARCHAR(20);
-- = modify, enum, values added at the end
ALTER TABLE items MODIFY COLUMN state ENUM('sad', 'ok', 'happy', 'angry');
-- = modify, enum, values changed
ALTER TABLE items MODIFY COLUMN state ENUM('sad', 'angry', 'ok', 'happy');
-- = modify, enum, values changed
ALTER TABLE items MODIFY COLUMN state ENUM('ok', 'happy');
-- = modify, enum -> varchar
ALTER TABLE items MODIFY COLUMN state VARCHAR(20);
-- = modify, set, values added at the end
ALTER TABLE items MODIFY COLUMN kinds SET('a', 'b', 'c');
-- = modify, set, values changed
ALTER TABLE items MODIFY COLUMN kinds SET('b', 'a');
-- = modify, to not null
ALTER TABLE items MODIFY COLUMN quantity INT NOT NULL;
-- = modify, to not null
ALTER TABLE items MODIFY COLUMN small SMALLINT NOT NULL;
-- = modify, to not null | modify, other default
ALTER TABLE items MODIFY COLUMN small SMALLINT NOT NULL DEFAULT 0;
-- = modify, to null
ALTER TABLE items MODIFY COLUMN sku VARCHAR(20) NULL;
-- = modify, to null
ALTER TABLE items MODIFY COLUMN n INT DEFAULT 3;
-- = modify, other default
ALTER TABLE items MODIFY COLUMN n INT NOT NULL DEFAULT 4;
-- = modify, other default
ALTER TABLE items MODIFY COLUMN n INT NOT NULL;
-- = modify, other default
ALTER TABLE items MODIFY COLUMN updated DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP;
-- = modify, other comment
ALTER TABLE items MODIFY COLUMN commented INT COMMENT 'new';
-- = modify, other comment
ALTER TABLE items MODIFY COLUMN commented INT;
-- = modify, unchanged
ALTER TABLE items MODIFY COLUMN quantity INT;
-- = modify, moved
ALTER TABLE items MODIFY COLUMN name VARCHAR(50) FIRST;
-- = modify, moved
ALTER TABLE items MODIFY COLUMN name VARCHAR(50) AFTER at;
-- = modify, unchanged
ALTER TABLE items MODIFY COLUMN name VARCHAR(50) AFTER sku;
-- = modify, other character set
ALTER TABLE items MODIFY COLUMN name VARCHAR(50) CHARACTER SET latin1;
-- = modify, other character set
ALTER TABLE items MODIFY COLUMN plain_text VARCHAR(30) CHARACTER SET utf8mb4;
-- = modify, other collation
ALTER TABLE items MODIFY COLUMN name VARCHAR(50) COLLATE utf8mb4_bin;
-- = modify, other collation, indexed
ALTER TABLE items MODIFY COLUMN sku VARCHAR(20) COLLATE utf8mb4_bin NOT NULL;
-- = modify, not numbered
ALTER TABLE items MODIFY COLUMN id BIGINT NOT NULL;
-- = modify, bigint -> int, indexed
ALTER TABLE items MODIFY COLUMN id INT NOT NULL AUTO_INCREMENT;
-- = modify, numbered
ALTER TABLE plain MODIFY COLUMN id BIGINT NOT NULL AUTO_INCREMENT;
-- = modify, numbered
ALTER TABLE children MODIFY COLUMN id BIGINT NOT NULL AUTO_INCREMENT;
-- = modify, other expression, generated virtual
ALTER TABLE computed MODIFY COLUMN tripled INT GENERATED ALWAYS AS (quantity * 4) VIRTUAL;
-- = modify, generated stored
ALTER TABLE computed MODIFY COLUMN tripled INT GENERATED ALWAYS AS (quantity * 3) STORED;
-- = modify, no longer generated stored
ALTER TABLE computed MODIFY COLUMN doubled INT;
-- = modify, renamed
ALTER TABLE items CHANGE name title2 VARCHAR(50);
-- = modify, varchar, longer, one length byte
ALTER TABLE items CHANGE COLUMN `name` `name` VARCHAR(60);
-- = modify, to not null | modify, renamed | modify, int -> bigint, indexed
ALTER TABLE items CHANGE quantity amount BIGINT NOT NULL;
-- = modify, renamed | modify, moved
ALTER TABLE items CHANGE sku code VARCHAR(20) NOT NULL FIRST;
-- = modify, unchanged or modify, int -> bigint
ALTER TABLE not_known MODIFY COLUMN a INT;
-- = alter column set default
ALTER TABLE items ALTER COLUMN n SET DEFAULT 0;
-- = alter column drop default
ALTER TABLE items ALTER n DROP DEFAULT;
-- = alter column set invisible
ALTER TABLE items ALTER COLUMN title SET INVISIBLE;
-- = rename column
ALTER TABLE items RENAME COLUMN name TO label;
-- = rename table
ALTER TABLE items RENAME TO goods;
-- = rename table
ALTER TABLE items RENAME goods;
-- = rename index
ALTER TABLE items RENAME INDEX items_sku TO items_code;
-- = rename index
ALTER TABLE items RENAME KEY items_sku TO items_code;
-- = add index
ALTER TABLE items ADD INDEX items_name (name);
-- = add index
ALTER TABLE items ADD KEY (name, title(20));
-- = add index
ALTER TABLE items ADD INDEX items_desc (name DESC);
-- = add unique
ALTER TABLE items ADD UNIQUE KEY items_unique (sku);
-- = add unique
ALTER TABLE items ADD CONSTRAINT items_unique UNIQUE (sku);
-- = add fulltext index
ALTER TABLE items ADD FULLTEXT INDEX items_text (note);
-- = add spatial index
ALTER TABLE shaped ADD SPATIAL INDEX items_place (place);
-- = add index, of an expression
ALTER TABLE items ADD INDEX items_lower ((LOWER(name)));
-- = add index | add index
ALTER TABLE items ADD INDEX a (name), ADD INDEX b (title);
-- = add index [inplace none]
ALTER TABLE items ADD INDEX a (name), ALGORITHM=INPLACE, LOCK=NONE;
-- = modify, int -> bigint, indexed [inplace]
ALTER TABLE items MODIFY quantity BIGINT, ALGORITHM=INPLACE;
-- = modify, int -> bigint, indexed [none]
ALTER TABLE items MODIFY quantity BIGINT, LOCK=NONE;
-- = add index [instant]
ALTER TABLE items ADD INDEX a (name), ALGORITHM=INSTANT;
-- = add primary key
ALTER TABLE plain ADD PRIMARY KEY (id);
-- = add primary key
ALTER TABLE plain ADD CONSTRAINT PRIMARY KEY (id, code);
-- = drop primary key
ALTER TABLE children DROP PRIMARY KEY;
-- = replace primary key
ALTER TABLE children DROP PRIMARY KEY, ADD PRIMARY KEY (id, position);
-- = add foreign key
ALTER TABLE items ADD CONSTRAINT items_parent FOREIGN KEY (parent_id) REFERENCES parents (id);
-- = add foreign key
ALTER TABLE items ADD FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE;
-- = add foreign key
ALTER TABLE items ADD CONSTRAINT items_self FOREIGN KEY (parent_id) REFERENCES items (id);
-- = add check
ALTER TABLE items ADD CONSTRAINT quantity_check CHECK (quantity >= 0);
-- = add check
ALTER TABLE items ADD CHECK (price >= 0);
-- = add check, not enforced
ALTER TABLE items ADD CONSTRAINT quantity_check CHECK (quantity >= 0) NOT ENFORCED;
-- = drop foreign key
ALTER TABLE children DROP FOREIGN KEY children_fk;
-- = drop foreign key
ALTER TABLE children DROP CONSTRAINT children_fk;
-- = drop check
ALTER TABLE checked DROP CHECK sku_check;
-- = drop constraint of a check
ALTER TABLE checked DROP CONSTRAINT sku_check;
-- = drop index
ALTER TABLE items DROP INDEX items_sku;
-- = drop index | add index
ALTER TABLE items DROP KEY items_sku, ADD KEY items_sku (sku, name);
-- = drop index
ALTER TABLE children DROP INDEX children_name;
-- = drop index
ALTER TABLE children DROP INDEX children_parent;
-- = engine innodb
ALTER TABLE items ENGINE=InnoDB;
-- = force
ALTER TABLE items FORCE;
-- = row_format compressed
ALTER TABLE items ROW_FORMAT=COMPRESSED;
-- = row_format dynamic
ALTER TABLE items ROW_FORMAT=DYNAMIC;
-- = comment
ALTER TABLE items COMMENT='Goods, for sale';
-- = auto_increment
ALTER TABLE items AUTO_INCREMENT=100000;
-- = stats_persistent
ALTER TABLE items STATS_PERSISTENT=1;
-- = default character set
ALTER TABLE plain DEFAULT CHARACTER SET latin1;
-- = convert to the same character set
ALTER TABLE checked CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- = convert to the same character set, indexed
ALTER TABLE children CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- = convert to the same character set, of an enum
ALTER TABLE states CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- = convert to the same character set, same collation
ALTER TABLE states CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
-- = convert to the same character set, of a text
ALTER TABLE plain CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- = convert to another character set
ALTER TABLE plain CONVERT TO CHARACTER SET latin1;
-- = convert to another character set
ALTER TABLE old_charset CONVERT TO CHARACTER SET utf8mb4;
-- = engine of another kind
ALTER TABLE plain ENGINE=MyISAM;
-- = order by
ALTER TABLE plain ORDER BY name;
-- = add partition
ALTER TABLE events ADD PARTITION (PARTITION p3 VALUES LESS THAN (3000));
-- = drop partition
ALTER TABLE events DROP PARTITION p1;
-- = truncate partition
ALTER TABLE events TRUNCATE PARTITION p1;
-- = reorganize partition
ALTER TABLE events REORGANIZE PARTITION p2 INTO (PARTITION p2a VALUES LESS THAN (1500), PARTITION p2b VALUES LESS THAN (2000));
-- = remove partitioning
ALTER TABLE events REMOVE PARTITIONING;
-- = partition by
ALTER TABLE plain PARTITION BY HASH (id) PARTITIONS 2;
-- = create index
CREATE INDEX items_name ON items (name);
-- = create index
create index `items_title` on `items` (`title`);
-- = create index
CREATE INDEX IF NOT EXISTS items_name ON items (name);
-- = nothing
CREATE INDEX IF NOT EXISTS items_sku ON items (sku);
-- = create unique index
CREATE UNIQUE INDEX items_unique ON items (sku);
-- = create fulltext index
CREATE FULLTEXT INDEX items_text ON items (note);
-- = create spatial index
CREATE SPATIAL INDEX items_place ON shaped (place);
-- = create index, of an expression
CREATE INDEX items_lower ON items ((LOWER(name)));
-- = create index [inplace none]
CREATE INDEX items_name USING BTREE ON items (name) ALGORITHM=INPLACE LOCK=NONE;
-- = drop index
DROP INDEX items_sku ON items;
-- = drop index
DROP INDEX IF EXISTS items_sku ON items;
-- = nothing
DROP INDEX IF EXISTS not_there ON items;
-- = create table
CREATE TABLE fresh (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20)) ENGINE=InnoDB;
-- = create table
CREATE TABLE IF NOT EXISTS fresh (id BIGINT NOT NULL PRIMARY KEY);
-- = nothing
CREATE TABLE IF NOT EXISTS items (id BIGINT);
-- = create temporary table
CREATE TEMPORARY TABLE fresh (id BIGINT);
-- = create table | create table with foreign key
CREATE TABLE fresh (id BIGINT NOT NULL PRIMARY KEY, parent_id BIGINT, CONSTRAINT fresh_fk FOREIGN KEY (parent_id) REFERENCES parents (id));
-- = create table
CREATE TABLE fresh LIKE items;
-- = create table from a query
CREATE TABLE fresh AS SELECT id, name FROM items;
-- = create table from a query
CREATE TABLE fresh SELECT id, name FROM items;
-- = drop table
DROP TABLE plain;
-- = drop table
DROP TABLE IF EXISTS `plain`;
-- = nothing
DROP TABLE IF EXISTS not_there;
-- = drop table, referring
DROP TABLE children;
-- = drop table, referred to
DROP TABLE parents;
-- = drop table, referring | drop table
DROP TABLE children, parents;
-- = drop view
DROP VIEW item_names;
-- = drop trigger
DROP TRIGGER items_touch;
-- = rename table
RENAME TABLE items TO goods;
-- = rename table | rename table
RENAME TABLE plain TO plain_old, items TO items_old;
-- = create view
CREATE VIEW v AS SELECT id FROM items;
-- = create view, again
CREATE OR REPLACE VIEW item_names AS SELECT id FROM items;
-- = create view
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v AS SELECT id FROM items;
-- = create trigger
CREATE TRIGGER t BEFORE INSERT ON items FOR EACH ROW SET NEW.n = 1;
-- = create procedure
CREATE PROCEDURE p() SELECT 1;
-- = create function
CREATE FUNCTION f() RETURNS INT DETERMINISTIC NO SQL RETURN 1;
-- = truncate
TRUNCATE plain;
-- = truncate
TRUNCATE TABLE plain;
-- = truncate, referred to
TRUNCATE TABLE parents;
-- = optimize
OPTIMIZE TABLE items;
-- = analyze
ANALYZE TABLE items;
-- = insert
INSERT INTO plain VALUES (100001, 'a', 'b', 1);
-- = insert
INSERT IGNORE INTO plain (id, name, code) VALUES (100001, 'select', 2);
-- = insert from a query
INSERT INTO plain (id, name, code) SELECT id, name, 1 FROM parents;
-- = replace
REPLACE INTO plain (id, name, code) VALUES (1, 'x', 1);
-- = update every row
UPDATE items SET n = 1;
-- = update by key
UPDATE items SET n = 1 WHERE id = 1;
-- = update by key
UPDATE `items` SET `n` = 1 WHERE `id` IN (1, 2);
-- = update rows without an index
UPDATE items SET n = n + 1 WHERE n > 0;
-- = update rows by an index or update rows without an index
UPDATE items SET n = 2 LIMIT 10;
-- = delete every row
DELETE FROM plain;
-- = delete by key
DELETE FROM items WHERE id = 1;
-- = delete rows without an index
DELETE FROM plain WHERE name IS NULL;
-- = delete rows by an index or delete rows without an index
DELETE FROM plain LIMIT 10;
-- = select
SELECT 1;
-- = nothing
SET @a = 1;
-- = update rows by an index
UPDATE items SET n = 2 WHERE sku = 'a';
-- = delete rows by an index
DELETE FROM items WHERE quantity > 1000;
-- = modify, int -> bigint
ALTER TABLE plain MODIFY COLUMN code BIGINT NOT NULL;
-- = add index | drop column
ALTER TABLE plain ADD INDEX (name), DROP COLUMN body;
-- = add column | rename column
ALTER TABLE items ADD COLUMN c INT, RENAME COLUMN name TO title2;
-- = add column, not null, constant default | drop column, in unique
ALTER TABLE children ADD COLUMN c INT NOT NULL DEFAULT 0, DROP COLUMN name;
-- = add column
ALTER TABLE computed ADD COLUMN c INT;
-- = drop column
ALTER TABLE computed DROP COLUMN n;
-- = add column
ALTER TABLE shaped ADD COLUMN c INT;
-- = drop column
ALTER TABLE shaped DROP COLUMN n;
-- = add column
ALTER TABLE checked ADD COLUMN c INT;
-- = drop column
ALTER TABLE checked DROP COLUMN n;
-- = add column
ALTER TABLE events ADD COLUMN c INT;
-- = add column, there already
ALTER TABLE items ADD COLUMN sku TEXT;
-- = drop column, not there
ALTER TABLE items DROP COLUMN not_there;
-- = create table, there already
CREATE TABLE items (id BIGINT);
-- = create index, there already
CREATE INDEX items_sku ON items (quantity);
-- = create index | algorithm copy [copy]
CREATE INDEX items_name ON items (name) ALGORITHM=COPY;
-- = create index | lock shared [shared]
CREATE INDEX items_name ON items (name) LOCK=SHARED;
-- = add index | lock exclusive [exclusive]
ALTER TABLE items ADD INDEX items_name (name), LOCK=EXCLUSIVE;
-- = create index, of no column
CREATE INDEX items_none ON items (not_there);
-- = rename column, not there
ALTER TABLE items RENAME COLUMN not_there TO a;
-- = rename table, name taken
ALTER TABLE items RENAME TO plain;
-- = add unique, too long
ALTER TABLE plain ADD UNIQUE KEY plain_body (body);
-- = add column, generated virtual | add index | index of a new virtual column
ALTER TABLE items ADD COLUMN doubled INT AS (quantity * 2) VIRTUAL, ADD INDEX items_doubled (doubled);
-- = add partition by number
ALTER TABLE hashed ADD PARTITION PARTITIONS 2;
-- = coalesce partition
ALTER TABLE hashed COALESCE PARTITION 2;
-- = rebuild partition
ALTER TABLE events REBUILD PARTITION p1, p2;
-- = optimize partition
ALTER TABLE events OPTIMIZE PARTITION p1;
-- = analyze partition
ALTER TABLE events ANALYZE PARTITION p1, p2;
-- = check partition
ALTER TABLE events CHECK PARTITION ALL;
-- = modify, double -> float
ALTER TABLE items MODIFY ratio FLOAT;
-- = modify, timestamp, longer
ALTER TABLE items MODIFY stamp TIMESTAMP(3) NULL;
-- = modify, longtext -> text
ALTER TABLE items MODIFY long_note TEXT;
-- = modify, text -> mediumtext
ALTER TABLE items MODIFY note MEDIUMTEXT;
-- = modify, text -> blob
ALTER TABLE items MODIFY note BLOB;
-- = modify, other expression, generated stored
ALTER TABLE computed MODIFY doubled INT GENERATED ALWAYS AS (quantity * 4) STORED;
-- = default collate
ALTER TABLE plain COLLATE utf8mb4_bin;
-- = max_rows
ALTER TABLE plain MAX_ROWS=1000000;
-- = stats_sample_pages
ALTER TABLE plain STATS_SAMPLE_PAGES=50;
-- = disable keys
ALTER TABLE plain DISABLE KEYS;
