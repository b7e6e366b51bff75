-- makes 1
CREATE TABLE t (id int PRIMARY KEY, "end" int, begin int, atomic int);
CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FILTER (WHERE CASE WHEN true THEN true END) OVER (ORDER BY CASE WHEN true THEN id END) FROM t; END;
