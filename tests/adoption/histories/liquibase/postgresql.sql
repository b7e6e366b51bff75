-- liquibase 4.28.0 on postgresql 18.6; recorded by: python -m tests.adoption.record liquibase
CREATE TABLE databasechangelog (
    id character varying(255) NOT NULL,
    author character varying(255) NOT NULL,
    filename character varying(255) NOT NULL,
    dateexecuted timestamp without time zone NOT NULL,
    orderexecuted integer NOT NULL,
    exectype character varying(10) NOT NULL,
    md5sum character varying(35),
    description character varying(255),
    comments character varying(255),
    tag character varying(255),
    liquibase character varying(20),
    contexts character varying(255),
    labels character varying(255),
    deployment_id character varying(10)
);
CREATE TABLE databasechangeloglock (
    id integer NOT NULL,
    locked boolean NOT NULL,
    lockgranted timestamp without time zone,
    lockedby character varying(255),
    CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (id)
);
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('accounts-1', 'ana', '001-accounts.sql', '2026-11-30 13:07:03.474485+00:00', 1, 'EXECUTED', '9:e170a7049a850ee788a0ec094d7b2c62', 'sql', 'accounts', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('accounts-2', 'ana', '001-accounts.sql', '2026-11-30 13:07:03.734296+00:00', 2, 'EXECUTED', '9:95531956c1dbb70420912fd4d97cd332', 'sql', 'accounts', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('order_index-1', 'ana', '002-order_index.sql', '2026-11-30 13:07:03.911395+00:00', 3, 'EXECUTED', '9:d6002d93e4c99b88b2a220906f670020', 'sql', 'order index', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('first_rows-1', 'ana', '003-first_rows.sql', '2026-11-30 13:07:04.132883+00:00', 4, 'EXECUTED', '9:1999af8a3839b76f31c9d9343fce4f26', 'sql', 'first rows', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('contact-1', 'ana', '004-contact.sql', '2026-11-30 13:07:04.299882+00:00', 5, 'EXECUTED', '9:b6fd5796754db977f67b79da587bd06e', 'sql', 'contact', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('contact-2', 'ana', '004-contact.sql', '2026-11-30 13:07:04.447041+00:00', 6, 'EXECUTED', '9:c7932925959c59a14dbbb9183ff8b02b', 'sql', 'contact', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangelog" ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum", "description", "comments", "tag", "liquibase", "contexts", "labels", "deployment_id") VALUES ('total_index-1', 'ana', '005-total_index.sql', '2026-11-30 13:07:04.638706+00:00', 7, 'EXECUTED', '9:c6080c21e9292ff24afbaad39901d59d', 'sql', 'total index', NULL, '4.28.0', NULL, NULL, '6044022969');
INSERT INTO "databasechangeloglock" ("id", "locked", "lockgranted", "lockedby") VALUES (1, False, NULL, NULL);
