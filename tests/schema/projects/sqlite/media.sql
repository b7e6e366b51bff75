-- A server of music and films, ten years old: renamed tables, columns added later, comments left in, odd names.
CREATE TABLE "Folders" ([Id] INTEGER PRIMARY KEY NOT NULL, `Path` TEXT NOT NULL UNIQUE ON CONFLICT IGNORE, 'Kind' INT DEFAULT 0 /* 0 music, 1 films; */);
CREATE TABLE old_items (
  Guid GUID PRIMARY KEY NOT NULL, -- (never shown, see "Id")
  ParentId GUID REFERENCES old_items(Guid) ON DELETE CASCADE,
  FolderId INTEGER CONSTRAINT FK_Items_Folders REFERENCES Folders(Id) ON DELETE SET DEFAULT DEFAULT 1,
  Name TEXT COLLATE NOCASE, SortName TEXT, "Index Number" INT, RunTimeTicks BIGINT,
  DateCreated DATETIME DEFAULT (datetime()), [Is/Locked] BIT DEFAULT 0,
  Data BLOB DEFAULT X'00ff'
);
CREATE TABLE people (Name TEXT NOT NULL, Role TEXT NOT NULL DEFAULT "Actor", ItemId GUID NOT NULL, ListOrder INT DEFAULT -1,
  PRIMARY KEY (Name, Role, ItemId), FOREIGN KEY (ItemId) REFERENCES old_items (Guid) ON DELETE CASCADE NOT DEFERRABLE);
CREATE TABLE users (Id INTEGER PRIMARY KEY AUTOINCREMENT, Name VARCHAR(64) NOT NULL COLLATE NOCASE, Pass CHAR(60), Flags INT DEFAULT 0x1F,
  CONSTRAINT UQ_Users UNIQUE (Name), CHECK (Name <> ''), CHECK (length(Name) < 65));
CREATE TABLE played (UserId INT NOT NULL REFERENCES users, ItemId GUID NOT NULL REFERENCES old_items, Position BIGINT DEFAULT +0,
  Rating FLOAT, LastPlayed DATETIME, UNIQUE (UserId, ItemId));
CREATE TABLE [chapters] (ItemId GUID, No SMALLINT, Title TEXT, Start BIGINT, PRIMARY KEY (ItemId, No)) WITHOUT ROWID;
CREATE TABLE "größe" (id INTEGER PRIMARY KEY, "breite×höhe" TEXT AS (w || '×' || h), w INT, h INT);
ALTER TABLE old_items RENAME TO "Media Items";
ALTER TABLE "Media Items" RENAME COLUMN Guid TO Id;
ALTER TABLE "Media Items" ADD COLUMN Overview TEXT;
ALTER TABLE "Media Items" ADD COLUMN Studio TEXT NOT NULL DEFAULT 'unknown; see (studio)';
ALTER TABLE users ADD COLUMN Locale VARCHAR(8) DEFAULT 'en-GB' COLLATE NOCASE;
ALTER TABLE played ADD COLUMN Favourite BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX idx_items_parent ON "Media Items"(ParentId, SortName COLLATE NOCASE);
CREATE INDEX [idx items/created] ON "Media Items"(DateCreated DESC) WHERE "Is/Locked" = 0;
CREATE INDEX idx_people ON people(ItemId);
CREATE INDEX idx_age ON "Media Items"(coalesce(DateCreated, '1970-01-01'), Id);
CREATE VIEW "Recently Added" AS SELECT Id, Name FROM "Media Items" ORDER BY DateCreated DESC LIMIT 100 -- as on the start page
;
CREATE TRIGGER "people; cleaned" AFTER DELETE ON "Media Items" BEGIN
  DELETE FROM people WHERE ItemId = old.Id; -- a key would do it too;
  DELETE FROM chapters WHERE ItemId = old.Id;
END;
