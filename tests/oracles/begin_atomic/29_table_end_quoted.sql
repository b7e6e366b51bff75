-- makes 1
CREATE TABLE "end" ("end" int);
CREATE FUNCTION f() RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT "end"."end" FROM "end"; SELECT "end".end FROM "end"; END;
