CREATE TABLE functional (a int, b varchar(20), KEY f ((a + 1) DESC, b), UNIQUE KEY u ((lower(b))), KEY q ((concat(b, 'it''s é'))))
;
CREATE TABLE unused (a int, b int, KEY i (a) INVISIBLE, UNIQUE KEY u (b) INVISIBLE)
;
CREATE TABLE lenient (a int, CONSTRAINT maybe CHECK (a > 0) NOT ENFORCED)
;
CREATE TABLE on_earth (p point NOT NULL SRID 4326, q geometry SRID 0, SPATIAL KEY s (p))
;
CREATE TABLE by_ngram (a text, FULLTEXT KEY f (a) WITH PARSER ngram)
;
CREATE TABLE many_valued (a json, KEY m ((cast(a->'$[*]' AS unsigned array))))
;
CREATE TABLE packed (a int) COMPRESSION='zlib'
;
CREATE TABLE emoji (a varchar(20) DEFAULT 'x😀', CHECK (a <> '😀'), b varchar(20) GENERATED ALWAYS AS (concat(a, '😀')) STORED)
;
CREATE TABLE growing (a int) AUTOEXTEND_SIZE=4M STATS_SAMPLE_PAGES=4
;
CREATE TABLE formatted (a int COLUMN_FORMAT FIXED STORAGE DISK, b varchar(9) COLUMN_FORMAT DYNAMIC DEFAULT 'x')
;
CREATE TABLE in_system_space (a int) TABLESPACE innodb_system
;
CREATE TABLE seconded (a int, b int NOT SECONDARY) SECONDARY_ENGINE=rapid
