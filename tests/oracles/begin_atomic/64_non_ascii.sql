-- makes 1
CREATE FUNCTION größe(名前 int) RETURNS int BEGIN ATOMIC SELECT 名前 AS ende; SELECT 1 AS éend; SELECT 2 endé; END; SELECT größe(1);
