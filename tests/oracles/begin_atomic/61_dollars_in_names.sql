-- makes 1
CREATE FUNCTION f$end$(a$b$ int) RETURNS int BEGIN ATOMIC SELECT a$b$; SELECT a$b$ AS end$; END; SELECT f$end$(1);
