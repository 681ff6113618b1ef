// The tree that the YAML reader makes: nodes with the place of every key and value. Text lies in the document's arena,
// so nodes are small, trivially destroyed and valid as long as their YamlDocument. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace foehn::dsl {

struct YamlEntry;

struct YamlNode {
  enum class Kind : std::uint8_t { kScalar, kSequence, kMapping };

  Kind kind = Kind::kScalar;
  bool plain = false;   // a scalar without quotes: YAML 1.1 decides its type (see scalar.h)
  bool quoted = false;  // the text begins one column after `mark`
  std::uint32_t count = 0;
  Mark mark;
  std::string_view text;                   // scalar, unescaped
  const YamlNode* first_item = nullptr;    // sequence
  const YamlEntry* first_entry = nullptr;  // mapping

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  std::span<const YamlNode> items() const;     // empty unless a sequence
  std::span<const YamlEntry> entries() const;  // empty unless a mapping; keys are distinct
  const YamlEntry* find(std::string_view key) const;
  // Where the text of a one-line scalar begins.
  Mark text_mark() const { return {mark.line, mark.column + (quoted ? 1U : 0U)}; }
};

struct YamlEntry {
  std::string_view key;  // as written, not resolved
  bool plain_key = false;
  Mark key_mark;
  YamlNode value;
};

inline std::span<const YamlNode> YamlNode::items() const { return {first_item, is_sequence() ? count : 0U}; }
inline std::span<const YamlEntry> YamlNode::entries() const { return {first_entry, is_mapping() ? count : 0U}; }
inline const YamlEntry* YamlNode::find(std::string_view key) const {
  for (const auto& entry : entries())
    if (entry.key == key) return &entry;
  return nullptr;
}

// One document. Not copyable: nodes point into its arena.
class YamlDocument {
 public:
  YamlDocument() { root_.plain = true; }  // null
  YamlDocument(const YamlDocument&) = delete;
  YamlDocument& operator=(const YamlDocument&) = delete;

  bool empty() const { return empty_; }  // no document at all, or only comments
  const YamlNode& root() const { return root_; }

 private:
  friend class YamlBuilder;
  std::pmr::monotonic_buffer_resource arena_;
  YamlNode root_;
  bool empty_ = true;
};

}  // namespace foehn::dsl
