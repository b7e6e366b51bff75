SELECT (1; 2);
SELECT E'\')', (1); SELECT $$($$; SELECT "("; SELECT 1 /* ( */; SELECT 2;
