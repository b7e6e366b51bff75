-- makes 1
CREATE DOMAIN atomic AS int; CREATE FUNCTION f(begin atomic) RETURNS atomic BEGIN ATOMIC SELECT begin; END; SELECT f(1);
