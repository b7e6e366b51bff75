CREATE TABLE [a;b] ("c;""d" TEXT, `e;``f` TEXT, [g'h"i`;] TEXT);
SELECT [a;b].[c], [d[e] FROM [a;b];
SELECT "it's;" FROM `it's;`;
