-- makes 1
CREATE FUNCTION f() RETURNS int LANGUAGE SQL BEGIN ATOMIC -- END;
  SELECT 1; /* ; END; /* END; */ */
  SELECT 2 /* END */; -- ; END;
END /* END */ ;
