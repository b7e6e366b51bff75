CREATE TABLE "a;b" ("c""d;" INTEGER, "e\" TEXT);
SELECT "it's; fine" FROM "a;b";
SELECT U&"d\0061ta;" FROM t;
SELECT "/* ; */", "--;" FROM t;
