# first; not a statement
SELECT 1 # one; still 'one
  + 1; # after; the end
#
SELECT 'a#b', `c#;d`, "#";
SELECT 2#last; line