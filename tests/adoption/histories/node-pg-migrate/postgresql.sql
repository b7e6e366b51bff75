-- node-pg-migrate 9.0.0 on postgresql 18.6; recorded by: python -m tests.adoption.record node-pg-migrate
CREATE SEQUENCE pgmigrations_id_seq AS integer;
CREATE TABLE pgmigrations (
    id integer DEFAULT nextval('pgmigrations_id_seq'::regclass) NOT NULL,
    name character varying(255) NOT NULL,
    run_on timestamp without time zone NOT NULL,
    CONSTRAINT pgmigrations_pkey PRIMARY KEY (id)
);
ALTER SEQUENCE pgmigrations_id_seq OWNED BY pgmigrations.id;
INSERT INTO "pgmigrations" ("id", "name", "run_on") VALUES (1, '1704110400001_accounts', '2026-11-30 13:09:41.017824+00:00');
INSERT INTO "pgmigrations" ("id", "name", "run_on") VALUES (2, '1704110400002_order_index', '2026-11-30 13:09:41.017824+00:00');
INSERT INTO "pgmigrations" ("id", "name", "run_on") VALUES (3, '1704110400003_first_rows', '2026-11-30 13:09:41.017824+00:00');
INSERT INTO "pgmigrations" ("id", "name", "run_on") VALUES (4, '1704110400004_contact', '2026-11-30 13:09:41.017824+00:00');
INSERT INTO "pgmigrations" ("id", "name", "run_on") VALUES (5, '1704110400005_total_index', '2026-11-30 13:09:41.017824+00:00');
