CREATE TABLE größen (id INTEGER PRIMARY KEY, name VARCHAR(40));
	INSERT INTO	größen VALUES
	(1, 'größen'), (1, 'id')