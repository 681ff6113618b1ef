// Text → YamlNode tree. Wraps yaml-cpp, which is seen nowhere else. Differences from plain YAML, all as Mistral's
// loader has them: anchors and aliases are plain text, `@` may begin a plain scalar, one document only, the last of
// duplicate keys wins (with warning W110). Pure; any thread; never recursive.
#pragma once

#include <memory>
#include <string_view>

#include "dsl/yaml/node.h"
#include "engine/base/diagnostic.h"

namespace foehn::dsl {

// The document, or nullptr after an error (E1xx) in `diagnostics`. An empty text is an empty document.
std::unique_ptr<YamlDocument> read_yaml(std::string_view text, Diagnostics& diagnostics);

}  // namespace foehn::dsl
