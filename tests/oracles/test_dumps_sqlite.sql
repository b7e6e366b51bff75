CREATE TABLE "peo;ple" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- it's; a comment
  "na;me" TEXT NOT NULL DEFAULT 'it''s; "x" \',
  [br;acket] TEXT, /* ; */
  `back;tick` TEXT,
  begin TEXT,
  "end" TEXT,
  twice GENERATED ALWAYS AS (id * 2) STORED,
  CHECK ("na;me" <> 'a;''b')
);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES "peo;ple" (id), UNIQUE (parent));
CREATE TABLE without_row_id (a TEXT PRIMARY KEY, b BLOB) WITHOUT ROWID;
INSERT INTO "peo;ple" ("na;me", [br;acket], `back;tick`, begin) VALUES
  ('it''s; "a" \ -- not /* a comment', 'tab	here
newline;', X'00FF3B27', '😀 größe 漢字; BEGIN'),
  ('', NULL, X'', 'END;'),
  ('NULL', 1.5e300, -7, 'CREATE TRIGGER x BEGIN SELECT 1; END;');
INSERT INTO child VALUES (1, 1), (2, NULL);
INSERT INTO without_row_id VALUES ('a;', X'3B');
CREATE INDEX "in;dex" ON "peo;ple" ("na;me") WHERE "na;me" <> 'a;';
CREATE VIEW "vi;ew" AS SELECT CASE WHEN id > 1 THEN 'it''s;' ELSE '\' END AS "end" FROM "peo;ple";
CREATE TRIGGER "trig;ger" AFTER INSERT ON child WHEN NEW.id <> ';' BEGIN
  -- it's; END;
  INSERT INTO without_row_id VALUES ('x;' || NEW.id, CASE WHEN NEW.id THEN 1 END);
  DELETE FROM without_row_id WHERE a = 'END;'; /* ; */
END;
CREATE TRIGGER instead INSTEAD OF UPDATE ON "vi;ew" BEGIN SELECT 1; END;
