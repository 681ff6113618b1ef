#include "actions/script_source.h"

namespace foehn::actions {

Result<std::string> EmbeddedScripts::script(std::string_view name) const {
  for (std::size_t i = 0; i < count_; ++i)
    if (files_[i].name == name) return std::string(files_[i].text());
  return fail(ErrorCode::kNotFound, "there is no script file '" + std::string(name) + "' in the bundle");
}

}  // namespace foehn::actions
