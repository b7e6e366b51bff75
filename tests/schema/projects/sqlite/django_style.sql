-- As an object-relational mapper writes it: every name quoted, keys deferred, long names of constraints.
CREATE TABLE IF NOT EXISTS "library_author" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(120) NOT NULL, "slug" varchar(50) NOT NULL UNIQUE, "born" date NULL, "biography" text NOT NULL);
CREATE TABLE IF NOT EXISTS "library_genre" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(60) NOT NULL UNIQUE, "parent_id" bigint NULL REFERENCES "library_genre" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE IF NOT EXISTS "library_book" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "title" varchar(200) NOT NULL, "isbn" varchar(13) NOT NULL UNIQUE, "pages" smallint unsigned NULL CHECK ("pages" >= 0), "price" decimal NOT NULL, "available" bool NOT NULL, "details" text NOT NULL CHECK ((JSON_VALID("details") OR "details" IS NULL)), "author_id" bigint NOT NULL REFERENCES "library_author" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "price_is_positive" CHECK ("price" > 0));
CREATE TABLE IF NOT EXISTS "library_book_genres" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "book_id" bigint NOT NULL REFERENCES "library_book" ("id") DEFERRABLE INITIALLY DEFERRED, "genre_id" bigint NOT NULL REFERENCES "library_genre" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE IF NOT EXISTS "library_member" ("id" char(32) NOT NULL PRIMARY KEY, "email" varchar(254) NOT NULL, "joined" datetime NOT NULL, "balance" decimal NOT NULL, "order" integer NOT NULL);
CREATE TABLE IF NOT EXISTS "library_loan" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "due" date NOT NULL, "returned_at" datetime NULL, "book_id" bigint NOT NULL REFERENCES "library_book" ("id") DEFERRABLE INITIALLY DEFERRED, "member_id" char(32) NOT NULL REFERENCES "library_member" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX "library_book_genres_book_id_genre_id_9a1c4f1e_uniq" ON "library_book_genres" ("book_id", "genre_id");
CREATE INDEX "library_book_author_id_3f2a9b10" ON "library_book" ("author_id");
CREATE INDEX "library_loan_book_id_77aa01c2" ON "library_loan" ("book_id");
CREATE UNIQUE INDEX "one_open_loan" ON "library_loan" ("book_id") WHERE "returned_at" IS NULL;
CREATE UNIQUE INDEX "member_email_ci" ON "library_member" (lower("email"));
ALTER TABLE "library_member" ADD COLUMN "locale" varchar(8) DEFAULT 'en' NOT NULL;
