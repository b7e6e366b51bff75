CREATE VIEW z_first AS SELECT id, code AS `the code` FROM parent WHERE a > 1 OR code = 'it''s \\ é'
;
CREATE VIEW a_second AS SELECT z.id, c.p FROM z_first z JOIN child_0 c ON c.p = z.id WHERE c.id IN (SELECT id FROM tree)
;
CREATE VIEW with_names (x, `y ) z`) AS SELECT id, code FROM parent
;
CREATE VIEW over_names AS SELECT x FROM with_names
;
CREATE SQL SECURITY INVOKER VIEW invoked AS SELECT count(*) AS n FROM parent
;
CREATE DEFINER='someone'@'%' VIEW of_someone AS SELECT 1 AS one
;
CREATE ALGORITHM=MERGE VIEW merged AS SELECT id, a FROM parent WHERE a > 1 WITH LOCAL CHECK OPTION
;
CREATE ALGORITHM=TEMPTABLE VIEW through_table AS SELECT code, extract(year FROM d) AS y FROM parent JOIN by_range ON parent.id = by_range.id
;
CREATE VIEW checked_view AS SELECT id FROM parent WHERE id > 5 WITH CASCADED CHECK OPTION
;
CREATE FUNCTION plus_one(a int, `b c` VARCHAR(9)) RETURNS varchar(9) DETERMINISTIC COMMENT 'it''s' RETURN concat(a + 1, `b c`, '😀')
;
CREATE VIEW a_uses_function AS SELECT plus_one(id, 'x') AS n FROM parent
;
CREATE PROCEDURE fill(IN n int, OUT m int, INOUT k decimal(5,2)) SQL SECURITY INVOKER MODIFIES SQL DATA BEGIN DECLARE i int DEFAULT 0; WHILE i < n DO INSERT INTO tree VALUES (i, NULL); SET i = i + 1; END WHILE; SET m = i; END
;
SET sql_mode='ANSI_QUOTES,PIPES_AS_CONCAT'
;
CREATE PROCEDURE quoting(OUT "x y" varchar(20)) BEGIN SELECT 'a' || 'b' INTO "x y"; END
;
SET sql_mode=DEFAULT
;
CREATE TRIGGER second_ BEFORE INSERT ON parent FOR EACH ROW SET NEW.a = 1
;
CREATE TRIGGER first_ BEFORE INSERT ON parent FOR EACH ROW PRECEDES second_ SET NEW.b = 2
;
CREATE TRIGGER third BEFORE INSERT ON parent FOR EACH ROW BEGIN SET NEW.a = 2; SET NEW.b = 3; END
;
CREATE TRIGGER after_all AFTER DELETE ON parent FOR EACH ROW DELETE FROM tree WHERE up = OLD.id
;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'x' DO DELETE FROM tree
