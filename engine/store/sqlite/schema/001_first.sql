-- Ids are 16-byte BLOBs, times INTEGER microseconds since 1970 UTC, JSON compact TEXT, states their names.
-- `number` is the order of creation and survives VACUUM. A column named `details` holds what nobody lists or filters by
-- (engine/store/row_details.h).

CREATE TABLE executions (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  workflow_id BLOB NOT NULL,
  workflow_name TEXT NOT NULL,
  workflow_namespace TEXT NOT NULL,
  definition_hash TEXT NOT NULL,
  project_id TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  root_id BLOB,
  parent_execution_id BLOB,
  parent_task_id BLOB,
  parent_index INTEGER,
  source_id BLOB,
  state TEXT NOT NULL,
  state_info TEXT,
  details TEXT NOT NULL,
  next_serial INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER
) STRICT;
CREATE INDEX executions_created ON executions (created_at, id);
CREATE INDEX executions_state ON executions (state, created_at, id);
CREATE INDEX executions_workflow ON executions (workflow_name, created_at, id);
CREATE INDEX executions_workflow_id ON executions (workflow_id, created_at, id);
CREATE INDEX executions_project ON executions (project_id, created_at, id);
CREATE INDEX executions_definition ON executions (definition_hash);
CREATE INDEX executions_root ON executions (root_id, created_at, id);
CREATE INDEX executions_parent ON executions (parent_execution_id) WHERE parent_execution_id IS NOT NULL;
CREATE INDEX executions_parent_task ON executions (parent_task_id, parent_index) WHERE parent_task_id IS NOT NULL;

-- The large values of an execution, apart so that a change of its state does not rewrite them.
CREATE TABLE execution_values (
  execution_id BLOB NOT NULL PRIMARY KEY,
  input TEXT NOT NULL,
  vars TEXT NOT NULL,
  params TEXT NOT NULL,
  globals TEXT NOT NULL,
  output TEXT
) STRICT;

CREATE TABLE tasks (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  execution_id BLOB NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  state_info TEXT,
  context BLOB,               -- contexts.key; NULL = empty
  published TEXT NOT NULL,
  published_global TEXT NOT NULL,
  processed INTEGER NOT NULL,
  details TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX tasks_execution ON tasks (execution_id);
CREATE INDEX tasks_created ON tasks (created_at, id);
CREATE INDEX tasks_state ON tasks (state, created_at, id);
CREATE INDEX tasks_name ON tasks (name, created_at, id);

CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  task_id BLOB NOT NULL,
  execution_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  state_info TEXT,
  accepted INTEGER NOT NULL,
  item INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  is_sync INTEGER NOT NULL,
  input TEXT NOT NULL,
  output TEXT,
  details TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER
) STRICT;
CREATE INDEX runs_task ON runs (task_id, item);
CREATE INDEX runs_execution ON runs (execution_id);
CREATE INDEX runs_created ON runs (created_at, id);
CREATE INDEX runs_name ON runs (name, created_at, id);
CREATE INDEX runs_state ON runs (CASE state WHEN 'SCHEDULED' THEN 'RUNNING' ELSE state END, created_at, id);
CREATE INDEX runs_pending ON runs (id) WHERE kind = 'action' AND state IN ('SCHEDULED', 'RUNNING');

CREATE TABLE timers (
  id BLOB NOT NULL PRIMARY KEY,
  execution_id BLOB NOT NULL,
  task_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at, id);
CREATE INDEX timers_execution ON timers (execution_id);

-- Context layers and the values in them, each once per execution (engine/core/context.h, "Parts").
-- `variables` is {"name": stored variable, or the key of its row in context_values as hex text}.
CREATE TABLE contexts (
  execution_id BLOB NOT NULL,
  key BLOB NOT NULL,
  below BLOB,
  variables TEXT NOT NULL,
  PRIMARY KEY (execution_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE context_values (
  execution_id BLOB NOT NULL,
  key BLOB NOT NULL,
  value TEXT NOT NULL,
  UNIQUE (execution_id, key)
) STRICT;

-- Items stay, without their event, after they were consumed: an id is taken only once.
CREATE TABLE inbox (
  number INTEGER PRIMARY KEY,
  execution_id BLOB NOT NULL,
  id TEXT NOT NULL,
  event TEXT,
  UNIQUE (execution_id, id)
) STRICT;
CREATE INDEX inbox_waiting ON inbox (execution_id) WHERE event IS NOT NULL;

CREATE TABLE workflows (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  namespace TEXT NOT NULL,
  project_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  definition TEXT NOT NULL,
  hash TEXT NOT NULL,
  input TEXT NOT NULL,
  interface TEXT NOT NULL,
  tags TEXT NOT NULL,
  workbook_name TEXT NOT NULL,
  is_system INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  UNIQUE (name, namespace, project_id)
) STRICT;
CREATE INDEX workflows_hash ON workflows (hash);
CREATE INDEX workflows_created ON workflows (created_at, id);

CREATE TABLE definition_texts (
  hash TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE resources (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  owner TEXT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  UNIQUE (kind, key)
) STRICT;
CREATE INDEX resources_kind ON resources (kind, created_at);
CREATE INDEX resources_owner ON resources (kind, owner, created_at);
