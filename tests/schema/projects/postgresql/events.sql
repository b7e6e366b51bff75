-- Telemetry: partitions by month and by device, counters, sketchy statistics.
CREATE TABLE devices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial text NOT NULL UNIQUE,
    place point,
    address inet,
    firmware text COLLATE "C"
);
CREATE TABLE events (
    device_id bigint NOT NULL REFERENCES devices,
    at timestamptz NOT NULL,
    kind smallint NOT NULL,
    value double precision,
    payload jsonb,
    PRIMARY KEY (device_id, at),
    CHECK (at > '2020-01-01 00:00:00+00')
) PARTITION BY RANGE (at);
CREATE INDEX events_kind ON events (kind, at DESC);
CREATE INDEX events_at ON events USING brin (at) WITH (pages_per_range = 64);
CREATE TABLE events_2026_01 PARTITION OF events FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');
CREATE TABLE events_2026_02 PARTITION OF events FOR VALUES FROM ('2026-02-01 00:00:00+00') TO ('2026-03-01 00:00:00+00')
    PARTITION BY HASH (device_id);
CREATE TABLE events_2026_02_0 PARTITION OF events_2026_02 FOR VALUES WITH (MODULUS 2, REMAINDER 0) WITH (fillfactor = 90);
CREATE TABLE events_2026_02_1 PARTITION OF events_2026_02 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE UNLOGGED TABLE counters (
    device_id bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    n integer NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, hour)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01);
CREATE STATISTICS events_kind_value (dependencies, mcv) ON kind, value FROM events;
CREATE FUNCTION count_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counters VALUES (NEW.device_id, date_trunc('hour', NEW.at), 1)
    ON CONFLICT (device_id, hour) DO UPDATE SET n = counters.n + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER counted AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION count_event();
CREATE VIEW latest AS SELECT DISTINCT ON (device_id) device_id, at, value FROM events ORDER BY device_id, at DESC;
ALTER TABLE events_rest ALTER COLUMN payload SET STATISTICS 0;
