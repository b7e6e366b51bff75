SELECT 'it''s; one', '';
SELECT 'C:\'; SELECT '\\;';
SELECT U&'d\0061t;a', B'101', X'1F', N'a;b';
SELECT 'two
lines; of text', '-- no comment; here', '/* nor here; */';
SELECT ''';''';
