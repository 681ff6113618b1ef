// The OverCloud repository: records as resources of the store, changed only by compare-and-set on their revision.
// Any thread; calls block on the store.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/store/catalog.h"

namespace foehn::workflows {

inline constexpr char kOvercloudKind[] = "overcloud";

class Repository {
 public:
  Repository(store::Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}

  Status create(std::string_view id, std::string_view state, const Value& body);
  // kNotFound when there is none.
  Result<store::ResourceRow> get(std::string_view id);
  Result<std::vector<store::ResourceRow>> list();
  // Reads, lets `change` edit state and body, writes if nobody was faster; repeats when somebody was (bounded).
  // `change` may refuse with an error, which is returned.
  Result<store::ResourceRow> update(std::string_view id, const std::function<Status(store::ResourceRow&)>& change);

 private:
  store::Catalog& catalog_;
  const Clock& clock_;
};

}  // namespace foehn::workflows
