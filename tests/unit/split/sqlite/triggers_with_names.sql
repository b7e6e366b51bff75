CREATE /* a; comment */ TRIGGER -- another; one
 "end" AFTER INSERT ON t BEGIN
  UPDATE t SET "end" = 'END;';
  SELECT new."end"; -- END;
  /* END; */
  SELECT [end], `end`;
END /* now; */ -- really
;
SELECT 1;
