-- first; not a statement
SELECT 1 -- one; still one
  + 1; -- after; the end
SELECT 5--1;
;
SELECT 6 - -1, 7 - 1;
SELECT 3 -- the last; line