// What the language needs to know about actions; implemented by actions/registry. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foehn::dsl {

struct ActionSignature {
  struct Parameter {
    std::string name;
    bool required = false;
  };
  std::vector<Parameter> parameters;
  bool accepts_any = false;  // `**kwargs`: names are not checked
};

class ActionCatalog {
 public:
  virtual ~ActionCatalog() = default;
  virtual std::optional<ActionSignature> signature(std::string_view action) const = 0;
  virtual std::vector<std::string> action_names() const = 0;
};

}  // namespace foehn::dsl
