-- makes 1
CREATE TABLE t (id int PRIMARY KEY, "end" int, begin int, atomic int);
CREATE PROCEDURE p(n int) BEGIN ATOMIC
  INSERT INTO t (id) VALUES (n) ON CONFLICT (id) DO UPDATE SET begin = CASE WHEN t.atomic = 1 THEN excluded.begin END;
  INSERT INTO t (id) VALUES (n) ON CONFLICT DO NOTHING;
END;
CALL p(1);
