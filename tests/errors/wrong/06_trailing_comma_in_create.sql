CREATE TABLE vögel (id INTEGER PRIMARY KEY, art VARCHAR(20) CHECK (art <> ',)'));
CREATE TABLE nester (
	id INTEGER PRIMARY KEY,	-- Schlüssel, )
	ort VARCHAR(20) DEFAULT '),', /* größer, ) */
);
DROP TABLE nester;
