-- dbmate 2.37.0 on sqlite 3.40.1; recorded by: python -m tests.adoption.record dbmate
CREATE TABLE "schema_migrations" (version varchar(128) primary key);
INSERT INTO "schema_migrations" ("version") VALUES ('20240101120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240102120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240103120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240104120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240105120000');
