CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 'a;b';
  RETURN 1;
END;
$$;
DO $do$ BEGIN EXECUTE $q$SELECT 1; SELECT '$$'$q$; END $do$;
SELECT $$it's; one$$, $a1$ $$;$$ $b$ ; $a1$;
SELECT $é$;$é$;
SELECT $Tag$ $tag$ ; $Tag$;
SELECT $$-- ;$$ || $$/* ;$$;
