-- postgresql, as release 0.1.0 leaves it.
CREATE SCHEMA kept_acme;
CREATE TABLE kept_acme.t (
    id integer
);
CREATE TABLE kept_acme.whimbrel_history (
    set_name character varying(64) NOT NULL,
    version character varying(50) NOT NULL,
    installed_rank integer NOT NULL,
    description character varying(200) NOT NULL,
    script character varying(255) NOT NULL,
    checksum character varying(100) NOT NULL,
    statement_hashes text NOT NULL,
    installed_by character varying(255) NOT NULL,
    installed_on timestamp with time zone NOT NULL,
    execution_time bigint NOT NULL,
    min_app character varying(50) NOT NULL,
    success boolean NOT NULL
);
CREATE TABLE kept_acme.whimbrel_journal (
    set_name character varying(64) NOT NULL,
    version character varying(50) NOT NULL,
    first_statement integer NOT NULL,
    last_statement integer NOT NULL,
    state character varying(10) NOT NULL,
    kind character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    catalog_before text NOT NULL,
    shown text NOT NULL,
    started_on timestamp with time zone NOT NULL,
    finished_on timestamp with time zone
);
CREATE TABLE public.a (
    id integer
);
CREATE TABLE public.half_a (
    id integer
);
CREATE TABLE public.lost_a (
    id integer
);
CREATE TABLE public.whimbrel_history (
    set_name character varying(64) NOT NULL,
    version character varying(50) NOT NULL,
    installed_rank integer NOT NULL,
    description character varying(200) NOT NULL,
    script character varying(255) NOT NULL,
    checksum character varying(100) NOT NULL,
    statement_hashes text NOT NULL,
    installed_by character varying(255) NOT NULL,
    installed_on timestamp with time zone NOT NULL,
    execution_time bigint NOT NULL,
    min_app character varying(50) NOT NULL,
    success boolean NOT NULL
);
CREATE TABLE public.whimbrel_journal (
    set_name character varying(64) NOT NULL,
    version character varying(50) NOT NULL,
    first_statement integer NOT NULL,
    last_statement integer NOT NULL,
    state character varying(10) NOT NULL,
    kind character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    catalog_before text NOT NULL,
    shown text NOT NULL,
    started_on timestamp with time zone NOT NULL,
    finished_on timestamp with time zone
);
CREATE TABLE public.whimbrel_tenants (
    name character varying(63) NOT NULL,
    digest character varying(64) NOT NULL,
    versions text NOT NULL,
    created_on timestamp with time zone NOT NULL,
    synced_on timestamp with time zone,
    last_error text NOT NULL
);
INSERT INTO kept_acme.t (id) VALUES (1);
INSERT INTO kept_acme.whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('tenant', '1', 1, 't', 'V1__t.sql', 'v1:sha256:4ee3cc51747e2056bc078594c3a23aee8ffa0a4dae511c86dfac7ccfa87b220c', '32ff2723566057be d5e418f9b41585d7', 'postgres', '2026-11-30 06:47:55.909772+00', 2, '', true);
INSERT INTO public.a (id) VALUES (1);
INSERT INTO public.a (id) VALUES (2);
INSERT INTO public.half_a (id) VALUES (1);
INSERT INTO public.whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('app', '1', 1, 'a', 'V1__a.sql', 'v1:sha256:2f46279d7762dae0eed2b53f4f4da26b11f7f677eb99fb6ef017d6aafe89c135', '505043de25eabdc2 db58ca52767e30fb', 'postgres', '2026-11-30 06:47:55.701627+00', 2, '', true);
INSERT INTO public.whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('app', '2', 2, 'b', 'V2__b.sql', 'v1:sha256:47049341529adea319ad2d8bcefd538e4ac0eefbd6681ee94bebf83478a33805', '78304f474fd27f25', 'postgres', '2026-11-30 06:47:55.704174+00', 0, '', true);
INSERT INTO public.whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('half', '1', 3, 'half', 'V1__half.sql', 'v1:sha256:d6d38b165147f1f55b469ea094a3e7f14252b3db74057b5db2c9b0a136bd3b01', '', 'postgres', '2026-11-30 06:47:55.759205+00', 0, '', false);
INSERT INTO public.whimbrel_history (set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, execution_time, min_app, success) VALUES ('lost', '1', 4, 'lost', 'V1__lost.sql', 'v1:sha256:c8cece0cbcbe984b085e36c71d77a08df7257bbac2dedb275a54ecb190ba8b34', '', 'postgres', '2026-11-30 06:47:55.810425+00', 0, '', false);
INSERT INTO public.whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('half', '1', 1, 1, 'done', 'CREATE TABLE', 'ba043e1b6a0fd762', '', 'CREATE TABLE half_a (id INTEGER)', '2026-11-30 06:47:55.759018+00', '2026-11-30 06:47:55.759018+00');
INSERT INTO public.whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('half', '1', 2, 2, 'done', 'INSERT', '4d98fc2465aa0873', '', 'INSERT INTO half_a VALUES (1)', '2026-11-30 06:47:55.760096+00', '2026-11-30 06:47:55.760096+00');
INSERT INTO public.whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on) VALUES ('lost', '1', 1, 1, 'done', 'CREATE TABLE', '92fe6475b3b325c4', '', 'CREATE TABLE lost_a (id INTEGER)', '2026-11-30 06:47:55.810358+00', '2026-11-30 06:47:55.810358+00');
INSERT INTO public.whimbrel_tenants (name, digest, versions, created_on, synced_on, last_error) VALUES ('kept_acme', '9bd85ba6008a72c03e9168632d410ebbac4e6b3d7247ea8cbdca8f1b7563a2f2', '{"tenant": "1"}', '2026-11-30 06:47:55.870073+00', '2026-11-30 06:47:55.913412+00', '');
ALTER TABLE ONLY kept_acme.whimbrel_history
    ADD CONSTRAINT whimbrel_history_installed_rank_key UNIQUE (installed_rank);
ALTER TABLE ONLY kept_acme.whimbrel_history
    ADD CONSTRAINT whimbrel_history_pkey PRIMARY KEY (set_name, version);
ALTER TABLE ONLY kept_acme.whimbrel_journal
    ADD CONSTRAINT whimbrel_journal_pkey PRIMARY KEY (set_name, version, first_statement);
ALTER TABLE ONLY public.whimbrel_history
    ADD CONSTRAINT whimbrel_history_installed_rank_key UNIQUE (installed_rank);
ALTER TABLE ONLY public.whimbrel_history
    ADD CONSTRAINT whimbrel_history_pkey PRIMARY KEY (set_name, version);
ALTER TABLE ONLY public.whimbrel_journal
    ADD CONSTRAINT whimbrel_journal_pkey PRIMARY KEY (set_name, version, first_statement);
ALTER TABLE ONLY public.whimbrel_tenants
    ADD CONSTRAINT whimbrel_tenants_pkey PRIMARY KEY (name);
