-- makes 1
CREATE FUNCTION atomic_end(end_ int, _end int, begin1 int) RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT end_ + _end + begin1; END; SELECT atomic_end(1, 2, 3);
