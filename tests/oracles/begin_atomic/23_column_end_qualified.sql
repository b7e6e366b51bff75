-- makes 1
CREATE TABLE t (id int PRIMARY KEY, "end" int, begin int, atomic int);
CREATE FUNCTION f() RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT t.end FROM t; SELECT t . end FROM t; END;
