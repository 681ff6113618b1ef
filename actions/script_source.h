// Where `script_file` of ssh.run finds its text: files of a workflow bundle, by relative name. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/embedded.h"
#include "engine/base/result.h"

namespace foehn::actions {

class ScriptSource {
 public:
  virtual ~ScriptSource() = default;
  // kNotFound when there is no such file.
  virtual Result<std::string> script(std::string_view name) const = 0;
};

// Files compiled into the binary by foehn_embed().
class EmbeddedScripts final : public ScriptSource {
 public:
  EmbeddedScripts(const EmbeddedFile* files, std::size_t count) : files_(files), count_(count) {}
  Result<std::string> script(std::string_view name) const override;

 private:
  const EmbeddedFile* files_;
  const std::size_t count_;
};

}  // namespace foehn::actions
