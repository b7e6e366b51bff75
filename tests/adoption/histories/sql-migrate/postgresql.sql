-- sql-migrate 0.0~git20191213 (Debian) on postgresql 18.6; recorded by: python -m tests.adoption.record sql-migrate
CREATE TABLE gorp_migrations (
    id text NOT NULL,
    applied_at timestamp with time zone,
    CONSTRAINT gorp_migrations_pkey PRIMARY KEY (id)
);
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240101120000_accounts.sql', '2026-11-30 13:11:20.686686+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240102120000_order_index.sql', '2026-11-30 13:11:20.689410+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240103120000_first_rows.sql', '2026-11-30 13:11:20.698092+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240104120000_contact.sql', '2026-11-30 13:11:20.699746+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240105120000_total_index.sql', '2026-11-30 13:11:20.702081+00:00');
