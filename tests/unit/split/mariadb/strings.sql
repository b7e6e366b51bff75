SELECT 'it''s; one', '';
SELECT 'it\'s; two', "say \"; no";
SELECT '\\'; SELECT "\\"; SELECT "it's;", 'say ";';
SELECT 'two
lines;', "-- ;", '/* ;', "# ;";
SELECT x'3B', b'101', N'a;b', _utf8mb4'c;';
SELECT "a"";b", ''';''';
