-- In the manner of a tool that rebuilds tables over two files: the parent goes in one, and its successor takes the name in the next.
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent (id));
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
INSERT INTO child VALUES (10, 1), (20, 2);
CREATE TABLE "_parent" (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '', rank INTEGER);
INSERT INTO "_parent" (id, name) SELECT id, name FROM parent;
DROP TABLE parent;
