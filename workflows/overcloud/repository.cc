#include "workflows/overcloud/repository.h"

namespace foehn::workflows {
namespace {
constexpr int kAttempts = 20;  // concurrent changes of one record; more means something is broken
}

Status Repository::create(std::string_view id, std::string_view state, const Value& body) {
  store::ResourceRow row;
  row.id = ResourceId::random();
  row.kind = kOvercloudKind;
  row.key = id;
  row.owner = id;
  row.state = state;
  row.body = body;
  row.created_at = clock_.wall();
  return catalog_.create_resource(row);
}

Result<store::ResourceRow> Repository::get(std::string_view id) {
  FOEHN_TRY(const auto row, catalog_.resource(kOvercloudKind, id));
  if (!row) return fail(ErrorCode::kNotFound, "OverCloud not found [id=" + std::string(id) + "]");
  return *row;
}

Result<std::vector<store::ResourceRow>> Repository::list() { return catalog_.resources(kOvercloudKind, ""); }

Result<store::ResourceRow> Repository::update(std::string_view id,
                                              const std::function<Status(store::ResourceRow&)>& change) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    FOEHN_TRY(auto row, get(id));
    const std::uint64_t expected = row.revision;
    FOEHN_CHECK_OK(change(row));
    row.revision = expected + 1;
    row.updated_at = clock_.wall();
    const Status written = catalog_.update_resource(row, expected);
    if (written) return row;
    if (written.error().code != ErrorCode::kConflict) return fail(written.error());
  }
  return fail(ErrorCode::kUnavailable, "OverCloud " + std::string(id) + " is being changed by many at once; try again");
}

}  // namespace foehn::workflows
