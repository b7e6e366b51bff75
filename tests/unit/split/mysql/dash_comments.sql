-- first; not a statement
SELECT 1 -- one; still one
  + 1; -- after; the end
--
--	tab; comment
SELECT 5--1; SELECT 5--a;
SELECT 6--
  1;
SELECT 3 -- the last; line