CREATE TABLE termine (id INTEGER PRIMARY KEY, tag DATE CHECK (tag < '9999-12-31'));
INSERT INTO termine (id, tag) VALUES (1, '2026-01-02'), -- 'übermorgen'
	(2, 'übermorgen');
