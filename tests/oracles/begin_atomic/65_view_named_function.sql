-- makes 1
CREATE TABLE t (id int PRIMARY KEY, "end" int, begin int, atomic int);
CREATE VIEW function AS SELECT begin atomic FROM t; CREATE TABLE procedure AS SELECT 1 FROM t begin; CREATE FUNCTION f() RETURNS int LANGUAGE SQL RETURN 1;
