SELECT E'a'
  '\';b';
SELECT E'a' -- a comment; between
  '\';b';
SELECT 'a'
  '\'; SELECT 2;
SELECT E'a'

  '\'c;' AS d;
