SELECT a->'b;', a @> '{"c": ";"}', a ? 'd' FROM t;
SELECT 1::text, ARRAY[1, 2], b[1:2], -1 - -1 FROM t;
SELECT 6/2*3, @-5, a #>> '{a,b}' FROM t;
COPY t FROM '/tmp/a;b';
