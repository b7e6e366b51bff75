DELIMITER $$
-- a; comment $$
# another $$
/* $$ */
SELECT 1; -- one $$
$$
SELECT `$$`, "$$"$$
DELIMITER ;
