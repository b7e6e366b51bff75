SELECT a$b, $$ FROM t$; SELECT $c$; SELECT 2;
