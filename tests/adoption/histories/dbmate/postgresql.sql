-- dbmate 2.37.0 on postgresql 18.6; recorded by: python -m tests.adoption.record dbmate
CREATE TABLE schema_migrations (
    version character varying NOT NULL,
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);
INSERT INTO "schema_migrations" ("version") VALUES ('20240101120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240102120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240103120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240104120000');
INSERT INTO "schema_migrations" ("version") VALUES ('20240105120000');
