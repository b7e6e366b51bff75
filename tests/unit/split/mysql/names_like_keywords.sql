CREATE TABLE `begin` (`end` INT, `case` INT);
CREATE PROCEDURE `begin`() BEGIN SELECT `end`, `case` FROM `begin` AS t; END;
CREATE TABLE events (begin_at INT); CREATE VIEW trigger_view AS SELECT 1;
ALTER TABLE t ADD COLUMN event INT, ADD COLUMN function_name INT; SELECT 1;
