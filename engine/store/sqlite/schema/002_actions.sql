-- Ad-hoc actions and workbooks; collections of with-items as they were when an attempt of a task began.

CREATE TABLE actions (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  namespace TEXT NOT NULL,
  project_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  definition TEXT NOT NULL,
  hash TEXT NOT NULL,
  input TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  workbook_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  UNIQUE (name, namespace, project_id)
) STRICT;
CREATE INDEX actions_created ON actions (created_at, id);

CREATE TABLE workbooks (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  namespace TEXT NOT NULL,
  project_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  definition TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  UNIQUE (name, namespace, project_id)
) STRICT;
CREATE INDEX workbooks_created ON workbooks (created_at, id);

-- Written once per attempt; a row of an earlier attempt says nothing.
CREATE TABLE task_items (
  task_id BLOB NOT NULL PRIMARY KEY,
  execution_id BLOB NOT NULL,
  attempt INTEGER NOT NULL,
  collections TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX task_items_execution ON task_items (execution_id);
