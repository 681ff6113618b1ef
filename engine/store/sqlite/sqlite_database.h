// SqliteDatabase: one data directory – lock, schema, writer, readers – and the three interfaces on it. Start here.
// Files: <directory>/foehn.db (and SQLite's -wal and -shm), <directory>/lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/store/catalog.h"
#include "engine/store/events.h"
#include "engine/store/query.h"
#include "engine/store/store.h"

namespace foehn::store {

struct StoreOptions {
  std::string directory;
  std::int64_t writer_cache_kib = 65'536;
  std::int64_t reader_cache_kib = 8'192;    // of each read connection
  std::size_t readers_max = 8;              // read connections; callers wait for one
  std::size_t group_bytes_max = 8'000'000;  // of writes that share one commit
  std::int64_t wal_bytes_max = 8'000'000;   // then the log is moved into the database file
  std::int64_t busy_timeout_ms = 5'000;     // for locks of other programs, such as a backup
  std::int64_t pages_max = 0;               // of 4 KiB, of the database file; 0 = no bound
  EventWindow event_window = {};
};

class SqliteDatabase {
 public:
  // Makes directory and database when they do not exist, and brings an older schema to the newest.
  // Errors: kConflict "data directory … is in use by process N"; kFailedPrecondition for a newer schema or another
  // program's file; kIo for what the disk says.
  static Result<std::unique_ptr<SqliteDatabase>> open(const StoreOptions& options);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  Store& store();
  Catalog& catalog();
  Query& query();
  // Reads and checks every page (foehn doctor): one line per fault, empty when all is well. Takes its time.
  Result<std::vector<std::string>> check();
  static std::string library_version();  // of the SQLite that is linked

 private:
  struct Parts;
  explicit SqliteDatabase(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace foehn::store
