-- makes 1
CREATE FUNCTION f(begin int, atomic int) RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT CASE begin WHEN atomic THEN begin ELSE atomic END + begin; END;
