SELECT a$b, a$$c FROM t$; SELECT 2;
