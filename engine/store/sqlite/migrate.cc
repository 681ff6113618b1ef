#include "engine/store/sqlite/migrate.h"

#include <unistd.h>

namespace foehn::embedded {
extern const EmbeddedFile* const sqlite_schema;
extern const std::size_t sqlite_schema_count;
}  // namespace foehn::embedded

namespace foehn::store {
namespace {

constexpr std::int64_t kApplicationId = 0x466f656e;  // "Foen", for file(1) and against other programs' databases

// 0 for a fresh file.
Result<std::int64_t> version_of(Connection& connection) {
  FOEHN_TRY(const std::int64_t tables, connection.number_of("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) return 0;
  FOEHN_TRY(const std::int64_t application, connection.number_of("PRAGMA application_id"));
  if (application != kApplicationId)
    return fail(ErrorCode::kFailedPrecondition, connection.path() + " is a database of another program");
  return connection.number_of("SELECT max(version) FROM schema_version");
}

Status back_up(Connection& connection, std::int64_t version) {
  const std::string copy = connection.path() + ".before-" + std::to_string(version + 1);
  ::unlink(copy.c_str());
  return connection.prepare_once("VACUUM INTO ?").add_text(std::string_view(copy)).run();
}

Status apply(Connection& connection, std::int64_t version, const EmbeddedFile& file, WallTime now) {
  FOEHN_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
  if (version == 1) {
    FOEHN_CHECK_OK(connection.execute("PRAGMA application_id=" + std::to_string(kApplicationId)));
    FOEHN_CHECK_OK(
        connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                           "applied_at INTEGER NOT NULL) STRICT"));
  }
  FOEHN_CHECK_OK(connection.execute(std::string(file.text())));
  Statement note = connection.prepare_once("INSERT INTO schema_version VALUES (?, ?, ?)");
  FOEHN_CHECK_OK(note.add(version).add_text(std::string_view(file.name)).add(now).run());
  return transaction.commit();
}

}  // namespace

std::span<const EmbeddedFile> schema_files() { return {embedded::sqlite_schema, embedded::sqlite_schema_count}; }

Status migrate(Connection& connection, std::span<const EmbeddedFile> files, WallTime now) {
  FOEHN_TRY(const std::int64_t stored, version_of(connection));
  const auto newest = static_cast<std::int64_t>(files.size());
  if (stored > newest)
    return fail(ErrorCode::kFailedPrecondition, connection.path() + " was written by a newer foehn: its schema is " +
                                                    std::to_string(stored) + ", this one knows " +
                                                    std::to_string(newest) + "; install the newer foehn");
  if (stored > 0 && stored < newest) FOEHN_CHECK_OK(back_up(connection, stored));
  for (std::int64_t version = stored + 1; version <= newest; ++version) {
    const EmbeddedFile& file = files[static_cast<std::size_t>(version - 1)];
    auto status = apply(connection, version, file, now);
    if (!status) return fail(status.error().wrapped(std::string("while applying ") + file.name));
  }
  return {};
}

}  // namespace foehn::store
