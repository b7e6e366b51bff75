CREATE PROCEDURE a()
outer_block: BEGIN
  again: LOOP
    IF @n > 1 THEN LEAVE again; END IF;
    ITERATE again;
  END LOOP again;
  WHILE @n < 3 DO
    SET @n = @n + 1;
  END WHILE;
  back: REPEAT
    SET @n = 1;
  UNTIL @n = 1 END REPEAT back;
END outer_block;
CREATE PROCEDURE b() WHILE @n < 3 DO SET @n = @n + 1; END WHILE;
CREATE PROCEDURE c() again: LOOP LEAVE again; END LOOP again;
SELECT 1;
