CREATE TABLE counted (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT=500
;
CREATE TABLE touched (a int, b timestamp NULL DEFAULT current_timestamp ON UPDATE current_timestamp, c datetime(4) DEFAULT NULL ON UPDATE current_timestamp(4), d timestamp(2) NOT NULL DEFAULT current_timestamp(2))
;
CREATE TABLE `na``me "x" 'y'` (`co``l` int, `select` int, `a.b` int, `été` int, KEY `k``1` (`co``l`), CHECK (`select` > 1))
;
CREATE TABLE `ünïcødé` (a int COMMENT 'naïve ☃') COMMENT='naïve ☃'
;
CREATE TABLE prefixed (a varchar(90), b text, c varbinary(90), KEY k (a(4), b(10)), UNIQUE KEY u (c(5)))
;
CREATE TABLE descending (a int, b int, c int, KEY k (a DESC, b), UNIQUE KEY u (b DESC), KEY k2 (c) COMMENT 'it''s')
;
CREATE TABLE key_of_two (a int, b varchar(20), c int, PRIMARY KEY (b, a))
;
CREATE TABLE key_prefix (a varchar(200) NOT NULL, PRIMARY KEY (a(10)))
;
CREATE TABLE searched (a varchar(90), b text, FULLTEXT KEY f (a, b), FULLTEXT KEY f2 (b))
;
CREATE TABLE placed (p point NOT NULL, SPATIAL KEY s (p))
;
CREATE TABLE in_memory (a int, KEY h (a) USING HASH, UNIQUE KEY u (a) USING BTREE) ENGINE=MEMORY
;
CREATE TABLE old (a int, b varchar(9)) ENGINE=MyISAM ROW_FORMAT=FIXED PACK_KEYS=1 CHECKSUM=1 DELAY_KEY_WRITE=1
;
CREATE TABLE dynamic (a int) ROW_FORMAT=DYNAMIC
;
CREATE TABLE compact (a int) ROW_FORMAT=COMPACT STATS_PERSISTENT=0 STATS_AUTO_RECALC=1 STATS_SAMPLE_PAGES=3
;
CREATE TABLE squeezed (a int) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 MAX_ROWS=100 MIN_ROWS=2 AVG_ROW_LENGTH=9
;
CREATE TABLE latin (a varchar(9), b varchar(9) CHARACTER SET utf8mb4) DEFAULT CHARSET=latin1 COLLATE=latin1_german1_ci
;
CREATE TABLE binary_text (a varchar(9), b char(2)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
;
CREATE TABLE checked (a int, b int, CONSTRAINT positive CHECK (a > 0), CONSTRAINT pair CHECK (a < b or (b is null)), CONSTRAINT words CHECK (a in (1, 2)), CHECK (b <> 7))
;
CREATE TABLE checked_texts (a varchar(20), CONSTRAINT quoted CHECK (a <> 'it''s \\ 
 x'), CONSTRAINT accented CHECK (a <> 'é☃'))
;
CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL, c int GENERATED ALWAYS AS (a * 2) STORED, d varchar(20) GENERATED ALWAYS AS (concat('it''s ', a)) STORED COMMENT 'made', KEY k (b))
;
CREATE TABLE hidden (a int, b int INVISIBLE, c int DEFAULT 5 INVISIBLE COMMENT 'h')
;
CREATE TABLE expressed (a varchar(40) DEFAULT (uuid()), b date DEFAULT (curdate()), c json DEFAULT (json_array()), d int DEFAULT (1 + 2), e text DEFAULT ('é'), f varchar(40) DEFAULT (concat('it''s', '\\')))
;
CREATE TABLE parent (id int NOT NULL PRIMARY KEY, code varchar(20) NOT NULL, a int, b int, UNIQUE KEY code (code), KEY ab (a, b))
;
CREATE TABLE child_0 (id int PRIMARY KEY, p int, CONSTRAINT child_0_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE)
;
CREATE TABLE child_1 (id int PRIMARY KEY, p int, CONSTRAINT child_1_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE SET NULL)
;
CREATE TABLE child_2 (id int PRIMARY KEY, p int, CONSTRAINT child_2_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE RESTRICT)
;
CREATE TABLE child_3 (id int PRIMARY KEY, p int, CONSTRAINT child_3_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE NO ACTION)
;
CREATE TABLE child_4 (id int PRIMARY KEY, p int, CONSTRAINT child_4_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE CASCADE)
;
CREATE TABLE child_5 (id int PRIMARY KEY, p int, CONSTRAINT child_5_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE SET NULL)
;
CREATE TABLE child_6 (id int PRIMARY KEY, p int, CONSTRAINT child_6_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE RESTRICT)
;
CREATE TABLE child_7 (id int PRIMARY KEY, p int, CONSTRAINT child_7_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE NO ACTION)
;
CREATE TABLE child_8 (id int PRIMARY KEY, p int, CONSTRAINT child_8_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE RESTRICT ON UPDATE CASCADE)
;
CREATE TABLE child_9 (id int PRIMARY KEY, p int, CONSTRAINT child_9_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE RESTRICT ON UPDATE SET NULL)
;
CREATE TABLE child_10 (id int PRIMARY KEY, p int, CONSTRAINT child_10_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE RESTRICT ON UPDATE RESTRICT)
;
CREATE TABLE child_11 (id int PRIMARY KEY, p int, CONSTRAINT child_11_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE RESTRICT ON UPDATE NO ACTION)
;
CREATE TABLE child_12 (id int PRIMARY KEY, p int, CONSTRAINT child_12_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE NO ACTION ON UPDATE CASCADE)
;
CREATE TABLE child_13 (id int PRIMARY KEY, p int, CONSTRAINT child_13_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE NO ACTION ON UPDATE SET NULL)
;
CREATE TABLE child_14 (id int PRIMARY KEY, p int, CONSTRAINT child_14_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE NO ACTION ON UPDATE RESTRICT)
;
CREATE TABLE child_15 (id int PRIMARY KEY, p int, CONSTRAINT child_15_fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE NO ACTION ON UPDATE NO ACTION)
;
CREATE TABLE child_of_code (c varchar(20), FOREIGN KEY (c) REFERENCES parent (code))
;
CREATE TABLE child_of_pair (x varchar(20), y int, CONSTRAINT pair_fk FOREIGN KEY (x, y) REFERENCES key_of_two (b, a))
;
CREATE TABLE tree (id int PRIMARY KEY, up int, CONSTRAINT tree_fk FOREIGN KEY (up) REFERENCES tree (id) ON DELETE CASCADE)
;
CREATE TABLE circle_a (id int PRIMARY KEY, b int, note text, FULLTEXT KEY f (note))
;
CREATE TABLE circle_b (id int PRIMARY KEY, a int, CONSTRAINT to_a FOREIGN KEY (a) REFERENCES circle_a (id))
;
ALTER TABLE circle_a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES circle_b (id) ON DELETE SET NULL
;
CREATE TABLE by_range (id int, d date) PARTITION BY RANGE (year(d)) (PARTITION a VALUES LESS THAN (2000) COMMENT = 'it''s', PARTITION b VALUES LESS THAN MAXVALUE)
;
CREATE TABLE by_range_and_hash (id int, d date) PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION a VALUES LESS THAN (2000), PARTITION b VALUES LESS THAN MAXVALUE)
;
CREATE TABLE by_named_sub (id int, d date) PARTITION BY RANGE (year(d)) SUBPARTITION BY KEY (id) (PARTITION a VALUES LESS THAN (2000) (SUBPARTITION s0, SUBPARTITION s1))
;
CREATE TABLE by_list (id int) PARTITION BY LIST (id) (PARTITION a VALUES IN (1, 2, NULL), PARTITION b VALUES IN (3))
;
CREATE TABLE by_list_columns (id int, s varchar(9)) PARTITION BY LIST COLUMNS (id, s) (PARTITION a VALUES IN ((1, 'a'), (2, NULL)))
;
CREATE TABLE by_range_columns (id int, d datetime) PARTITION BY RANGE COLUMNS (d) (PARTITION a VALUES LESS THAN ('2020-01-01'), PARTITION b VALUES LESS THAN (MAXVALUE))
;
CREATE TABLE by_hash (id int) PARTITION BY HASH (id) PARTITIONS 3
;
CREATE TABLE by_linear_hash (id int) PARTITION BY LINEAR HASH (id) PARTITIONS 2
;
CREATE TABLE by_key (id int PRIMARY KEY) PARTITION BY KEY (id) PARTITIONS 2
;
CREATE TABLE by_named_hash (id int) PARTITION BY HASH (id) (PARTITION x, PARTITION y)
;
CREATE TABLE connected (a int) CONNECTION='mysql://somewhere/x' COMMENT 'a''b'
;
CREATE TABLE key_blocks (a int, b int, PRIMARY KEY (a) KEY_BLOCK_SIZE=4, KEY k (b) KEY_BLOCK_SIZE=4) ENGINE=MyISAM KEY_BLOCK_SIZE=8
;
CREATE TABLE union_1 (a int) ENGINE=MyISAM
;
CREATE TABLE union_2 (a int) ENGINE=MyISAM
;
CREATE TABLE union_all (a int) ENGINE=MERGE UNION=(union_1, union_2) INSERT_METHOD=LAST
;
CREATE TABLE old_keys (a int NOT NULL PRIMARY KEY) PARTITION BY KEY ALGORITHM=1 (a) PARTITIONS 2
;
CREATE TABLE sized_parts (a int) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (1) MAX_ROWS = 7, PARTITION p1 VALUES LESS THAN (9))
;
CREATE TABLE capitals (a varchar(90) DEFAULT 'CONNECTION=KEY_BLOCK_SIZE' COMMENT 'TABLESPACE x', `KEY_BLOCK_SIZE` int)
