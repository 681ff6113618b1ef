#include "api/server/catalog_ledger.h"

namespace foehn::server {
namespace {

constexpr int kAttempts = 20;  // an entry has one writer at a time; more is a defect

cloud::LedgerEntry entry_of(const store::ResourceRow& row) {
  return {row.kind, row.key, row.owner, row.state, row.body};
}

}  // namespace

Result<std::optional<cloud::LedgerEntry>> CatalogLedger::get(const std::string& kind, const std::string& key) {
  FOEHN_TRY(const auto row, catalog_.resource(kind, key));
  if (!row) return std::optional<cloud::LedgerEntry>();
  return std::optional(entry_of(*row));
}

Status CatalogLedger::put(const cloud::LedgerEntry& entry) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    FOEHN_TRY(auto row, catalog_.resource(entry.kind, entry.key));
    Status written;
    if (!row) {
      store::ResourceRow created;
      created.id = ResourceId::random();
      created.kind = entry.kind;
      created.key = entry.key;
      created.owner = entry.owner;
      created.state = entry.state;
      created.body = entry.body;
      created.created_at = clock_.wall();
      written = catalog_.create_resource(created);
    } else {
      const std::uint64_t expected = row->revision;
      row->owner = entry.owner;
      row->state = entry.state;
      row->body = entry.body;
      row->revision = expected + 1;
      row->updated_at = clock_.wall();
      written = catalog_.update_resource(*row, expected);
    }
    if (written) return {};
    if (written.error().code != ErrorCode::kConflict && written.error().code != ErrorCode::kAlreadyExists)
      return written;
  }
  return fail(ErrorCode::kInternal, "ledger entry " + entry.kind + " " + entry.key + " is written by many at once");
}

Status CatalogLedger::remove(const std::string& kind, const std::string& key) {
  const Status removed = catalog_.remove_resource(kind, key);
  if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

Result<std::vector<cloud::LedgerEntry>> CatalogLedger::list(const std::string& kind, const std::string& owner) {
  FOEHN_TRY(const auto rows, catalog_.resources(kind, owner));
  std::vector<cloud::LedgerEntry> entries;
  for (const auto& row : rows) entries.push_back(entry_of(row));
  return entries;
}

}  // namespace foehn::server
