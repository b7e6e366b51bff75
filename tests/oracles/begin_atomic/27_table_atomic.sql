-- makes 1
CREATE TABLE atomic (atomic int);
CREATE FUNCTION f() RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT atomic FROM atomic; SELECT atomic.atomic FROM atomic atomic; END;
