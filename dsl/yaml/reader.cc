#include "dsl/yaml/reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstring>
#include <istream>
#include <new>
#include <optional>
#include <streambuf>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/yaml/scalar.h"
#include "dsl/yaml/source_text.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

constexpr std::size_t kDuplicateScanMax = 16;  // larger mappings find duplicates through a table

// Thrown through yaml-cpp to end the parse; never leaves this file.
struct Abort {
  Diagnostic diagnostic;
};

class ReadOnlyBuffer final : public std::streambuf {
 public:
  explicit ReadOnlyBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's interface; nothing writes through it
    setg(begin, begin, begin + text.size());
  }
};

// yaml-cpp counts columns in bytes, people count characters. Marks come in document order, so a cursor does.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {
    ascii_ = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }

  Mark mark(const YAML::Mark& from) {
    if (from.line < 0 || from.column < 0) return {};
    const auto line = static_cast<std::uint32_t>(from.line) + 1;
    if (ascii_) return {line, static_cast<std::uint32_t>(from.column) + 1};
    const auto bytes = static_cast<std::size_t>(from.column);
    if (line < line_) restart();
    while (line_ < line) {
      const std::size_t end = text_.find('\n', line_begin_);
      if (end == std::string_view::npos) break;
      line_begin_ = end + 1;
      ++line_;
      bytes_ = columns_ = 0;
    }
    if (bytes < bytes_) bytes_ = columns_ = 0;
    while (bytes_ < bytes && line_begin_ + bytes_ < text_.size()) {
      if ((static_cast<unsigned char>(text_[line_begin_ + bytes_]) & 0xC0U) != 0x80U) ++columns_;
      ++bytes_;
    }
    return {line, columns_ + 1};
  }

 private:
  void restart() {
    line_ = 1;
    line_begin_ = bytes_ = 0;
    columns_ = 0;
  }

  std::string_view text_;
  bool ascii_ = true;
  std::uint32_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t columns_ = 0;
};

Diagnostic unreadable(std::string_view code, Mark mark, std::string_view text, std::string hint = {}) {
  return {std::string(code), Severity::kError, mark, "Definition could not be parsed: " + std::string(text),
          std::move(hint)};
}

// yaml-cpp writes the escapes \N and \_ as one byte each, which is no UTF-8. Empty when there is nothing to mend.
std::string repair_escapes(const std::string& text) {
  if (text.find_first_of("\x85\xA0") == std::string::npos) return {};
  std::string mended;
  std::size_t tail = 0;  // continuation bytes still due
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0U) == 0x80U;
    if (continues && tail == 0) mended.push_back('\xC2');
    if (continues && tail != 0) --tail;
    if (!continues) tail = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
    mended.push_back(c);
  }
  return mended;
}

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

}  // namespace

// Turns yaml-cpp's events into nodes. Children of open collections wait on one stack and move into the arena at the
// end of their collection.
class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(YamlDocument& document, std::string_view text, bool hidden, Diagnostics& diagnostics)
      : document_(document), text_(text), columns_(text), hidden_(hidden), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!document_.empty_) {
      throw Abort{unreadable("E106", columns_.mark(mark),
                             "expected a single document in the stream but found another document",
                             "Send each document on its own; remove the `---` line.")};
    }
    document_.empty_ = false;
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}  // cannot be: markers are hidden

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode node;
    node.plain = true;
    node.mark = columns_.mark(mark);
    // yaml-cpp places an empty value at whatever follows it; its key is where people look.
    const auto at = static_cast<std::size_t>(mark.pos);
    const bool written = mark.pos >= 0 && at < text_.size() && (text_[at] == '~' || (text_[at] | 0x20) == 'n');
    if (!written && waits_for_value()) node.mark = stack_.back().mark;
    last_quoted_ = std::string_view::npos;
    add(node);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    YamlNode node;
    node.mark = columns_.mark(mark);
    node.plain = tag == "?";
    if (tag == "!") {
      const auto at = static_cast<std::size_t>(mark.pos);
      node.quoted = mark.pos >= 0 && at < text_.size() && (text_[at] == '"' || text_[at] == '\'');
    } else if (!node.plain) {
      node.plain = resolves_by_tag(node.mark, tag);
    }
    last_quoted_mark_ = node.mark;
    last_quoted_ = node.quoted ? static_cast<std::size_t>(mark.pos) : std::string_view::npos;
    const bool escapes = node.quoted && text_[static_cast<std::size_t>(mark.pos)] == '"';
    node.text = keep(value, escapes ? text_.substr(static_cast<std::size_t>(mark.pos)) : std::string_view());
    add(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, tag, "seq");
  }
  void OnSequenceEnd() override { close_sequence(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMapping, mark, tag, "map");
  }
  void OnMapEnd() override { close_mapping(); }

  // The innermost `[` or `{` that is still open, or {0,0}.
  Mark open_bracket(char& bracket) const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (frame->at >= text_.size() || (text_[frame->at] != '[' && text_[frame->at] != '{')) continue;
      bracket = text_[frame->at];
      return frame->mark;
    }
    return {};
  }

  // yaml-cpp takes the end of the text for a closing quote when it follows a line end.
  void check_last_quote() {
    if (last_quoted_ == std::string_view::npos) return;
    const char quote = text_[last_quoted_];
    for (std::size_t at = last_quoted_ + 1; at < text_.size(); ++at) {
      if (text_[at] == '\\' && quote == '"') {
        ++at;
      } else if (text_[at] == quote) {
        return;
      }
    }
    throw Abort{unreadable("E101", last_quoted_mark_, "found unexpected end of stream", "Close the quote.")};
  }

 private:
  struct Frame {
    YamlNode::Kind kind;
    Mark mark;
    std::size_t first;  // its first child on the stack
    std::size_t at;     // where it begins in the text
  };

  bool waits_for_value() const {
    return !frames_.empty() && frames_.back().kind == YamlNode::Kind::kMapping &&
           (stack_.size() - frames_.back().first) % 2 == 1;
  }

  void count_node(Mark mark) {
    if (++nodes_ > limits::kYamlNodesMax) {
      throw Abort{unreadable("E104", mark, "it has more than " + std::to_string(limits::kYamlNodesMax) + " nodes",
                             "Split it into several documents.")};
    }
  }

  void open(YamlNode::Kind kind, const YAML::Mark& from, const std::string& tag, std::string_view own) {
    const Mark mark = columns_.mark(from);
    count_node(mark);
    if (frames_.size() >= limits::kYamlDepthMax) {
      throw Abort{unreadable("E103", mark,
                             "it is nested deeper than " + std::to_string(limits::kYamlDepthMax) + " levels",
                             "Nobody can read this; flatten it.")};
    }
    if (tag != "?" && tag != "!" && tag != std::string(kTagPrefix).append(own)) bad_tag(mark, tag);
    frames_.push_back({kind, mark, stack_.size(), static_cast<std::size_t>(from.pos)});
  }

  void add(const YamlNode& node) {
    if (node.is_scalar()) count_node(node.mark);
    if (frames_.empty()) {
      document_.root_ = node;
    } else {
      stack_.push_back(node);
    }
  }

  void close_sequence() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    YamlNode node;
    node.kind = frame.kind;
    node.mark = frame.mark;
    node.count = static_cast<std::uint32_t>(stack_.size() - frame.first);
    if (node.count != 0) {
      YamlNode* items = allocate<YamlNode>(node.count);
      std::uninitialized_copy_n(stack_.data() + frame.first, node.count, items);
      node.first_item = items;
    }
    stack_.resize(frame.first);
    add(node);
  }

  void close_mapping() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    std::vector<YamlEntry>& entries = entries_;
    entries.clear();
    bool merges = false;
    for (std::size_t i = frame.first; i + 1 < stack_.size(); i += 2) {
      const YamlNode& key = stack_[i];
      if (!key.is_scalar()) {
        throw Abort{unreadable("E107", key.mark, "found unhashable key: a key must be a scalar",
                               key.is_mapping() ? "A text that begins with {{ must be in quotes: '{{ … }}'."
                                                : "Quote the key if it begins with a bracket or an expression.")};
      }
      merges = merges || (key.plain && key.text == "<<");
      entries.push_back({key.text, key.plain, key.mark, stack_[i + 1]});
    }
    if (merges) merge_keys();
    remove_duplicates(!merges);
    YamlNode node;
    node.kind = frame.kind;
    node.mark = frame.mark;
    node.count = static_cast<std::uint32_t>(entries.size());
    if (node.count != 0) {
      YamlEntry* kept = allocate<YamlEntry>(node.count);
      std::uninitialized_copy_n(entries.data(), node.count, kept);
      node.first_entry = kept;
    }
    stack_.resize(frame.first);
    add(node);
  }

  // `<<: {…}` and `<<: [{…}, …]` (YAML 1.1 merge keys): merged keys come first, own keys win.
  void merge_keys() {
    std::vector<YamlEntry> merged;
    std::vector<YamlEntry> own;
    for (const YamlEntry& entry : entries_) {
      if (!entry.plain_key || entry.key != "<<") {
        own.push_back(entry);
        continue;
      }
      if (entry.value.is_mapping()) {
        merged.insert(merged.end(), entry.value.entries().begin(), entry.value.entries().end());
        continue;
      }
      const auto items = entry.value.items();
      const bool mappings =
          std::all_of(items.begin(), items.end(), [](const YamlNode& item) { return item.is_mapping(); });
      if (!entry.value.is_sequence() || !mappings) {
        throw Abort{unreadable("E107", entry.value.mark, "expected a mapping or list of mappings for merging",
                               "Anchors and aliases (&x, *x) are plain text here; write the keys out.")};
      }
      for (auto item = items.rbegin(); item != items.rend(); ++item)
        merged.insert(merged.end(), item->entries().begin(), item->entries().end());
    }
    merged.insert(merged.end(), own.begin(), own.end());
    entries_ = std::move(merged);
  }

  void remove_duplicates(bool warn) {
    if (entries_.size() < 2) return;
    if (entries_.size() <= kDuplicateScanMax) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < entries_.size(); ++i) {
        std::size_t same = 0;
        while (same < kept && entries_[same].key != entries_[i].key) ++same;
        take(i, same, kept, warn);
      }
      entries_.resize(kept);
      return;
    }
    std::unordered_map<std::string_view, std::size_t> seen;
    seen.reserve(entries_.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto [found, fresh] = seen.emplace(entries_[i].key, kept);
      take(i, fresh ? kept : found->second, kept, warn);
    }
    entries_.resize(kept);
  }

  // Keeps entry `i` at `place`; a place below `kept` means that the key was there before (as a Python dict, the later
  // value takes the earlier position).
  void take(std::size_t i, std::size_t place, std::size_t& kept, bool warn) {
    if (place == kept) {
      if (i != kept) entries_[kept] = entries_[i];
      ++kept;
      return;
    }
    if (warn && ++duplicates_ <= limits::kDiagnosticsMax) {
      diagnostics_.push_back({"W110", Severity::kWarning, entries_[i].key_mark,
                              "the key '" + std::string(entries_[i].key.substr(0, 80)) +
                                  "' stands here twice; the first (line " +
                                  std::to_string(entries_[place].key_mark.line) + ") is ignored",
                              "Remove one of them."});
    }
    entries_[place] = entries_[i];
  }

  // Whether YAML 1.1 rules decide the type of a tagged scalar; false keeps it text.
  bool resolves_by_tag(Mark mark, const std::string& tag) {
    std::string_view name = tag;
    if (name.substr(0, kTagPrefix.size()) != kTagPrefix) bad_tag(mark, tag);
    name.remove_prefix(kTagPrefix.size());
    if (name == "str" || name == "timestamp") return false;
    if (name == "int" || name == "float" || name == "bool" || name == "null") return true;
    bad_tag(mark, tag);
  }

  [[noreturn]] void bad_tag(Mark mark, const std::string& tag) {
    throw Abort{unreadable("E107", mark, "could not determine a constructor for the tag '" + tag + "'",
                           "Remove the tag; a text beginning with ! must be quoted.")};
  }

  std::string_view keep(const std::string& read, std::string_view quoted) {
    if (read.empty()) return {};
    const std::string repaired = repair_escapes(read);  // also behind a tag, where `quoted` is empty
    const std::string& value = repaired.empty() ? read : repaired;
    char* copy = static_cast<char*>(document_.arena_.allocate(value.size(), 1));
    if (hidden_ && has_markers(value)) {
      std::string restored = value;
      restore_markers(restored, quoted);
      std::memcpy(copy, restored.data(), restored.size());
    } else {
      std::memcpy(copy, value.data(), value.size());
    }
    return {copy, value.size()};
  }

  template <class T>
  T* allocate(std::size_t count) {
    return static_cast<T*>(document_.arena_.allocate(count * sizeof(T), alignof(T)));
  }

  YamlDocument& document_;
  std::string_view text_;
  Columns columns_;
  bool hidden_;
  Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  std::vector<YamlNode> stack_;
  std::vector<YamlEntry> entries_;
  std::size_t nodes_ = 0;
  std::size_t last_quoted_ = std::string_view::npos;  // where the last scalar begins, if quoted
  Mark last_quoted_mark_;
  std::size_t duplicates_ = 0;
};

namespace {

bool is_indented_by_tab(std::string_view text, std::size_t line) {
  std::size_t begin = 0;
  for (; line > 0; --line) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return false;
    ++begin;
  }
  const std::size_t end = text.find_first_not_of(" \t", begin);
  return text.substr(begin, end - begin).find('\t') != std::string_view::npos;
}

// The words of PyYAML, where users know them.
std::string_view familiar(std::string_view message) {
  if (message == YAML::ErrorMsg::MAP_VALUE) return "mapping values are not allowed here";
  if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return "found unexpected end of stream";
  return message;
}

// Whether the last line before `line` that is not empty ends with an anchor, `defaults: &name`. Anchors are plain text
// in this language, so what is indented below cannot belong to them.
bool is_below_anchor(std::string_view text, std::size_t line) {
  std::string_view last;
  for (std::size_t begin = 0; line > 0 && begin < text.size(); --line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view one = text.substr(begin, end - begin);
    if (one.find_first_not_of(" \t\r") != one.npos) last = one;
    begin = end + 1;
  }
  last = last.substr(0, last.find_last_not_of(" \t\r") + 1);
  const std::size_t word = last.find_last_of(" \t");
  return word != last.npos && last.substr(word + 1).starts_with("&");
}

std::string hint_for(std::string_view message, bool tab, bool anchor) {
  if (anchor)
    return "Anchors and aliases do not exist in this language: & is plain text. Write the values out, or use "
           "task-defaults.";
  if (tab || message == YAML::ErrorMsg::TAB_IN_INDENTATION) return "Indent with spaces, not with tabs.";
  if (message == YAML::ErrorMsg::MAP_VALUE)
    return "A text holding \": \" must be quoted; check the indentation of this line.";
  if (message == YAML::ErrorMsg::END_OF_MAP || message == YAML::ErrorMsg::END_OF_SEQ)
    return "Check the indentation here, and quote a text that begins with a quote or bracket.";
  if (message == YAML::ErrorMsg::END_OF_MAP_FLOW || message == YAML::ErrorMsg::END_OF_SEQ_FLOW)
    return "Close the bracket, and quote texts that hold brackets, commas or braces.";
  if (message == YAML::ErrorMsg::UNKNOWN_TOKEN) return "A text cannot begin with this character; quote it.";
  if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return "Close the quote.";
  if (message == YAML::ErrorMsg::FLOW_END)
    return "No bracket is open here; quote the text if the bracket belongs to it.";
  if (message == YAML::ErrorMsg::BLOCK_ENTRY) return "A list item cannot stand here; check the indentation.";
  return {};
}

// A bracket that is open at the end of the text is shown where it was opened; yaml-cpp names the end, or nothing.
std::optional<Diagnostic> unclosed(const YamlBuilder& builder, const YAML::Exception& exception, std::string_view text,
                                   Columns& columns) {
  if (exception.msg != YAML::ErrorMsg::END_OF_MAP_FLOW && exception.msg != YAML::ErrorMsg::END_OF_SEQ_FLOW)
    return std::nullopt;
  const bool inside = exception.mark.pos > 0 &&
                      text.find_first_not_of(" \t\r\n", static_cast<std::size_t>(exception.mark.pos)) != text.npos;
  char bracket = 0;
  const Mark mark = builder.open_bracket(bracket);
  if (mark.line == 0) return std::nullopt;
  const std::string open(1, bracket);
  const std::string close = bracket == '[' ? "]" : "}";
  const Mark stop = columns.mark(exception.mark);
  const std::string hint = "Close it with " + close + ", or quote the text if the bracket belongs to it.";
  const std::string expected = "expected ',' or '" + close + "', but got ";
  if (!inside)
    return unreadable("E101", mark, expected + "the end of the text: this " + open + " is never closed", hint);
  if (stop.line != mark.line)
    return unreadable(
        "E101", mark,
        expected + "something else in line " + std::to_string(stop.line) + ": this " + open + " is not closed before",
        hint);
  return unreadable("E101", stop, expected + "something else",
                    "Quote the text that holds a bracket, or close the " + open + " before.");
}

}  // namespace

std::unique_ptr<YamlDocument> read_yaml(std::string_view text, Diagnostics& diagnostics) {
  if (auto problem = check_source_text(text)) {
    diagnostics.push_back(std::move(*problem));
    return nullptr;
  }
  const std::string hidden = hide_markers(text);
  std::string_view shown = hidden.empty() ? text : std::string_view(hidden);
  if (shown.substr(0, 3) == "\xEF\xBB\xBF") shown.remove_prefix(3);  // yaml-cpp does not count it either
  auto document = std::make_unique<YamlDocument>();
  YamlBuilder builder(*document, shown, !hidden.empty(), diagnostics);
  Columns columns(shown);
  try {
    ReadOnlyBuffer buffer(shown);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
    builder.check_last_quote();
    return document;
  } catch (Abort& abort) {
    diagnostics.push_back(std::move(abort.diagnostic));
  } catch (const YAML::Exception& exception) {
    if (auto problem = unclosed(builder, exception, shown, columns)) {
      diagnostics.push_back(std::move(*problem));
      return nullptr;
    }
    std::string message(familiar(exception.msg));
    restore_markers(message);
    const bool tab =
        exception.mark.line >= 0 && is_indented_by_tab(shown, static_cast<std::size_t>(exception.mark.line));
    const bool anchor =
        exception.mark.line >= 0 && is_below_anchor(text, static_cast<std::size_t>(exception.mark.line));
    diagnostics.push_back(
        unreadable("E101", columns.mark(exception.mark), message, hint_for(exception.msg, tab, anchor)));
  }
  return nullptr;
}

}  // namespace foehn::dsl
