-- makes 1
CREATE TABLE t (id int PRIMARY KEY, "end" int, begin int, atomic int);
CREATE PROCEDURE p() BEGIN ATOMIC UPDATE t SET "end" = t.end + 1; INSERT INTO t ("end", id) VALUES (1, 2); END;
