SELECT 'it''s; one', '';
SELECT 'C:\'; SELECT "a\";
SELECT x'3B', 'two
lines;';
SELECT '-- no; comment', '/* nor; this */';
SELECT E, '\'; SELECT ''';''';
