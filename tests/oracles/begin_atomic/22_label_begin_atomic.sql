-- makes 1
CREATE TABLE t (id int PRIMARY KEY, "end" int, begin int, atomic int);
CREATE FUNCTION f() RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT begin atomic FROM t; SELECT t.begin AS atomic FROM t; END;
