-- Measurements of machines: strict tables, an index of space, keys of several columns, sums kept by triggers.
CREATE TABLE site (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, latitude REAL, longitude REAL) STRICT;
CREATE TABLE machine (
    id INTEGER PRIMARY KEY,
    site_id INTEGER NOT NULL REFERENCES site (id) ON DELETE RESTRICT,
    serial TEXT NOT NULL,
    model TEXT NOT NULL,
    options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options)),
    firmware TEXT GENERATED ALWAYS AS (options ->> '$.firmware') STORED,
    UNIQUE (site_id, serial)
) STRICT;
CREATE TABLE metric (name TEXT PRIMARY KEY, unit TEXT NOT NULL, lowest REAL, highest REAL, CHECK (lowest < highest)) STRICT, WITHOUT ROWID;
CREATE TABLE sample (
    machine_id INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE,
    metric TEXT NOT NULL REFERENCES metric ON UPDATE CASCADE,
    at INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (machine_id, metric, at DESC)
) WITHOUT ROWID, STRICT;
CREATE TABLE sample_day (
    machine_id INTEGER NOT NULL, metric TEXT NOT NULL, day TEXT NOT NULL,
    samples INTEGER NOT NULL DEFAULT 0, total REAL NOT NULL DEFAULT 0.0,
    mean REAL AS (total / samples) VIRTUAL,
    PRIMARY KEY (machine_id, metric, day) ON CONFLICT IGNORE
) STRICT;
CREATE TABLE alarm (
    id INTEGER PRIMARY KEY DESC, machine_id INT NOT NULL, raised_at INTEGER NOT NULL DEFAULT (unixepoch()),
    level TEXT NOT NULL DEFAULT 'warning' CONSTRAINT known_level CHECK (level IN ('info', 'warning', 'fault')),
    acknowledged_by TEXT COLLATE RTRIM,
    FOREIGN KEY (machine_id) REFERENCES machine (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE site_area USING rtree(id, south, north, west, east);
CREATE INDEX sample_at ON sample (at, machine_id);
CREATE INDEX alarm_open ON alarm (machine_id, raised_at DESC) WHERE acknowledged_by IS NULL;
CREATE INDEX machine_firmware ON machine (firmware COLLATE NOCASE, lower(model) DESC);
CREATE TRIGGER sample_sum AFTER INSERT ON sample BEGIN
    INSERT INTO sample_day (machine_id, metric, day) VALUES (new.machine_id, new.metric, date(new.at, 'unixepoch'));
    UPDATE sample_day SET samples = samples + 1, total = total + new.value
    WHERE machine_id = new.machine_id AND metric = new.metric AND day = date(new.at, 'unixepoch');
END;
CREATE VIEW latest AS
WITH ranked AS (SELECT *, row_number() OVER (PARTITION BY machine_id, metric ORDER BY at DESC) AS place FROM sample)
SELECT machine_id, metric, at, value FROM ranked WHERE place = 1;
