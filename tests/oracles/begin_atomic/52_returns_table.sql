-- makes 1
CREATE FUNCTION f() RETURNS TABLE ("end" int, atomic int) BEGIN ATOMIC VALUES (1, 2), (3, 4); END; SELECT * FROM f();
