SELECT E'it\'s; one';
SELECT e'\\'; SELECT E'a''b;\\\';';
SELECT somee'\';
SELECT E'\';', 'C:\';
SELECT 1;
