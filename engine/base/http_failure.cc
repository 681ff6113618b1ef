#include "engine/base/http_failure.h"

#include "engine/base/value.h"

namespace foehn {

std::string http_failure(const Value& result) {
  const Value* status = find(result, "status");
  const Value* content = find(result, "content");
  if (content == nullptr || status == nullptr || !status->is_number_integer()) return "";
  const std::string said = content->is_structured() ? to_python_json(*content) : to_python_str(*content);
  const std::string reason = text_or(result, "reason");
  return "HTTP " + to_json(*status) + (reason.empty() ? "" : " " + reason) + (said.empty() ? "" : ": " + said);
}

}  // namespace foehn
