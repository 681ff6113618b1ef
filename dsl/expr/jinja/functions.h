// Filters, tests, methods and global functions of Jinja2: tables of plain functions with Python's signatures.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/jinja/python.h"

namespace foehn::jinja {

class Renderer;

// Parameter names in order, separated by blanks: "sub! start end"; `!` marks those that must be given, a leading "/"
// that none may be named, "*" that everything is taken as it comes.
struct Signature {
  std::string_view names;
  std::uint8_t required = 0;
  std::uint8_t maximum = 0;
  bool positional_only = false;
  bool any = false;

  constexpr Signature(const char* text) : names(text) {  // NOLINT: rows of tables are written as texts
    if (!names.empty() && names[0] == '*') any = true;
    if (!names.empty() && names[0] == '/') {
      positional_only = true;
      names.remove_prefix(1);
    }
    bool inside = false;
    for (const char c : names) {
      if (c == ' ') inside = false;
      if (c == '!') ++required;
      if (c != ' ' && !inside) {
        inside = true;
        ++maximum;
      }
    }
  }
};

// Arguments of a call, filter or test, evaluated. For filters, tests and methods the subject is apart.
struct Arguments {
  Evaluation& evaluation;
  Renderer& renderer;
  std::vector<Datum> positional;
  std::vector<std::pair<std::string, Datum>> keywords;
  bool unpacked = false;  // some keywords come from **values: messages do not show them

  // After bind(): the parameter `index`, nullptr when not given.
  const Datum* get(std::size_t index) const {
    return index < positional.size() && !positional[index].is_missing() ? &positional[index] : nullptr;
  }
  const Datum* keyword(std::string_view name) const {
    for (const auto& [given, value] : keywords)
      if (given == name) return &value;
    return nullptr;
  }
  // Puts keywords in their places and checks the count; false when failed. `what` is named in the message.
  bool bind(const Signature& signature, std::string_view what);

  // The truth of a flag; nullopt when failed.
  std::optional<bool> flag(std::size_t index, bool otherwise = false) const;
  // False, and failed, when the argument is given (and not null where `nullable`) but no integer.
  bool integer(std::size_t index, std::int64_t& out, bool nullable = false) const;
  // As above for texts.
  bool text(std::size_t index, std::string_view& out, bool nullable = false) const;
  Datum fail(std::string message) const { return evaluation.fail(std::move(message)); }
  // " 'name'" of a keyword for a message, or nothing.
  std::string shown(const std::string& keyword_name) const { return unpacked ? "" : " '" + keyword_name + "'"; }
};

struct Filter {
  std::string_view name;
  Signature signature;
  Datum (*run)(Arguments& arguments, const Datum& subject);
};

struct Test {
  std::string_view name;
  Signature signature;
  Datum (*run)(Arguments& arguments, const Datum& subject);
};

struct Method {
  std::string_view name;
  Signature signature;
  Datum (*run)(Arguments& arguments, const Datum& receiver);
};

const Filter* find_filter(std::string_view name);
const Test* find_test(std::string_view name);
// nullptr when values of this kind have no such method.
const Method* find_method(const Datum& receiver, std::string_view name);
// range, dict, namespace, cycler and joiner; kMissing for other names.
Datum global_function(Evaluation& evaluation, std::string_view name);

std::vector<std::string> filter_names();
std::vector<std::string> test_names();
std::vector<std::string> global_names();
// "str", "list", "tuple", "dict", "int", "float" or "range".
std::vector<std::string> method_names(std::string_view type);
std::vector<std::string> method_names(const Datum& receiver);

// The tables, by subject.
std::span<const Filter> text_filters();
std::span<const Filter> html_filters();
std::span<const Filter> wrap_filters();
std::span<const Filter> link_filters();
std::span<const Filter> number_filters();
std::span<const Filter> collection_filters();
std::span<const Filter> selection_filters();
std::span<const Method> text_methods();
std::span<const Method> text_search_methods();
std::span<const Method> list_methods();
std::span<const Method> tuple_methods();
std::span<const Method> dict_methods();
std::span<const Method> number_methods(bool floating);
std::span<const Method> object_methods(ObjectType type);

// Calls a filter or test by name, as map() and select() do; also the host's functions.
Datum apply_filter(Arguments& arguments, const Datum& name, const Datum& subject);
Datum apply_test(Arguments& arguments, const Datum& name, const Datum& subject);
// Charges for a filter or method that looks at all of `subject`; false when that is too much.
bool workable(Evaluation& evaluation, const Datum& subject);
Datum run_method(Arguments& arguments, const MethodObject& method);

// pattern % values, as Python.
Datum format_percent(Evaluation& evaluation, const Datum& pattern, const Datum& values);
// pattern.format(…) in the sandbox: fields read attributes and items as templates do.
Datum format_fields(Arguments& arguments, const Datum& pattern, bool mapping);
// int() and float() of a text; false when it is no number.
bool parse_float(std::string_view text, double& out);
bool parse_integer(Evaluation& evaluation, std::string_view text, std::int64_t base, Datum& out);
Datum overflow(Evaluation& evaluation);

}  // namespace foehn::jinja
