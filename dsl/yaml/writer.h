// Value → YAML text, block style, two spaces, keys in their order: for definitions cut out of a larger document and
// for yaml_dump(). Whatever it writes, read_yaml() reads back as the same Value. Pure.
#pragma once

#include <string>

#include "engine/base/value.h"

namespace foehn::dsl {

struct YamlStyle {
  bool sort_keys = false;
};

std::string write_yaml(const Value& value, YamlStyle style = {});

}  // namespace foehn::dsl
