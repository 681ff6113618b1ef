// Brings a database to the newest schema: numbered SQL files, forward only, each in one transaction.
#pragma once

#include <span>

#include "engine/base/clock.h"
#include "engine/base/embedded.h"
#include "engine/base/result.h"
#include "engine/store/sqlite/db.h"

namespace foehn::store {

// The files of schema/, in order: their numbers are 1, 2, 3 …
std::span<const EmbeddedFile> schema_files();

// Before an existing database is changed, a copy is made beside it: "<path>.before-<number>".
// Errors: kFailedPrecondition for a newer schema or another program's database; else what SQLite says.
Status migrate(Connection& connection, std::span<const EmbeddedFile> files, WallTime now);

}  // namespace foehn::store
