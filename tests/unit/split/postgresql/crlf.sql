-- first;
SELECT 1 -- one;
  + 1;

SELECT E'a'
  '\';b';
SELECT 3
