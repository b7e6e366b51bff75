-- first; not a statement
SELECT 1 -- one; still one
  + 1; -- after; the end
--
SELECT 5--1;
;
SELECT 2 /* a; b */ + 2;
SELECT 3 -- the last; line