#include "engine/store/sqlite/sqlite_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/store/sqlite/directory_lock.h"
#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/migrate.h"
#include "engine/store/sqlite/readers.h"
#include "engine/store/sqlite/row_codec.h"
#include "engine/store/sqlite/sqlite_catalog.h"
#include "engine/store/sqlite/sqlite_query.h"
#include "engine/store/sqlite/sqlite_store.h"

namespace foehn::store {

// In order of construction; the readers go before the writer, which is then the last to close and cleans up the WAL.
struct SqliteDatabase::Parts {
  std::unique_ptr<DirectoryLock> lock;
  std::unique_ptr<Connection> writer;
  GroupCommit writes;
  Readers readers;
  SqliteStore store;
  SqliteCatalog catalog{writes, readers};
  SqliteQuery query{readers};

  Parts(std::unique_ptr<DirectoryLock> held, std::unique_ptr<Connection> connection, const StoreOptions& options)
      : lock(std::move(held)),
        writer(std::move(connection)),
        writes(*writer, {options.group_bytes_max, options.wal_bytes_max}),
        readers({writer->path(), true, options.reader_cache_kib, options.busy_timeout_ms, 0}, options.readers_max),
        store(writes, readers, options.event_window) {}
};

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const StoreOptions& options) {
  FOEHN_TRY(auto lock, DirectoryLock::take(options.directory));
  const std::string path = options.directory + "/foehn.db";
  // SQLite gives the -wal and -shm files the mode of the database: nobody else reads definitions and results.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::kIo, "cannot open " + path + ": " + std::strerror(errno));
  ::close(file);
  FOEHN_TRY(auto writer,
            Connection::open({path, false, options.writer_cache_kib, options.busy_timeout_ms, options.pages_max}));
  FOEHN_CHECK_OK(migrate(*writer, schema_files(), SystemClock().wall()));
  return std::unique_ptr<SqliteDatabase>(
      new SqliteDatabase(std::make_unique<Parts>(std::move(lock), std::move(writer), options)));
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteDatabase::~SqliteDatabase() = default;

Store& SqliteDatabase::store() { return parts_->store; }
Catalog& SqliteDatabase::catalog() { return parts_->catalog; }
Query& SqliteDatabase::query() { return parts_->query; }

Result<std::vector<std::string>> SqliteDatabase::check() {
  return parts_->readers.with([](Connection& reader) -> Result<std::vector<std::string>> {
    Statement rows = reader.prepare_once("PRAGMA integrity_check");
    FOEHN_TRY(auto lines,
              all_rows<std::string>(rows, [](Statement& row) -> Result<std::string> { return row.text(); }));
    if (lines.size() == 1 && lines[0] == "ok") lines.clear();
    return lines;
  });
}

std::string SqliteDatabase::library_version() { return sqlite_version(); }

}  // namespace foehn::store
