-- Small stored things of the API: environments, triggers, members, code sources (engine/store/records.h).

CREATE TABLE records (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  namespace TEXT NOT NULL,
  project_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  body TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  UNIQUE (kind, name, namespace, project_id)
) STRICT;
CREATE INDEX records_kind ON records (kind, created_at, id);
