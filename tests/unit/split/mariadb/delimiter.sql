SELECT 1;
DELIMITER //
CREATE PROCEDURE a()
BEGIN
  SELECT 1;
  SELECT 'no //; end';
  -- nor // here
END//
SELECT 2; SELECT 3 /* // */ // SELECT 6/2//
delimiter ;
SELECT 4;
