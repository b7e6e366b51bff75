-- sql-migrate 0.0~git20191213 (Debian) on sqlite 3.40.1; recorded by: python -m tests.adoption.record sql-migrate
CREATE TABLE "gorp_migrations" ("id" varchar(255) not null primary key, "applied_at" datetime);
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240101120000_accounts.sql', '2026-11-30 13:11:21.638764+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240102120000_order_index.sql', '2026-11-30 13:11:21.660705+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240103120000_first_rows.sql', '2026-11-30 13:11:21.683784+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240104120000_contact.sql', '2026-11-30 13:11:21.696479+00:00');
INSERT INTO "gorp_migrations" ("id", "applied_at") VALUES ('20240105120000_total_index.sql', '2026-11-30 13:11:21.727690+00:00');
