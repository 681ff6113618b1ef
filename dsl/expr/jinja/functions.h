// Filters, tests and methods of Jinja2: tables of plain functions, resolved when a template is parsed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/evaluation.h"

namespace foehn::jinja {

using expr::Datum;
using expr::Evaluation;
using expr::Kind;

// Arguments of a call, filter or test, evaluated. For filters and tests the subject is apart.
struct Arguments {
  Evaluation& evaluation;
  std::vector<Datum> positional;
  std::vector<std::pair<std::string_view, Datum>> keywords;

  // By position, else by name; nullptr when not given.
  const Datum* get(std::size_t index, std::string_view name) const {
    if (index < positional.size()) return &positional[index];
    for (const auto& [keyword, value] : keywords)
      if (keyword == name) return &value;
    return nullptr;
  }
  bool flag(std::size_t index, std::string_view name) const {
    const Datum* given = get(index, name);
    return given && expr::truthy(*given);
  }
  std::int64_t integer(std::size_t index, std::string_view name, std::int64_t otherwise) const {
    const Datum* given = get(index, name);
    return given && given->is_integer() ? given->integer() : otherwise;
  }
  std::string text(std::size_t index, std::string_view name, std::string otherwise) const {
    const Datum* given = get(index, name);
    return given && !given->is_null() ? expr::str(evaluation, *given) : std::move(otherwise);
  }
  Datum fail(std::string message) const { return evaluation.fail(std::move(message)); }
};

struct Filter {
  std::string_view name;
  Datum (*run)(Arguments& arguments, const Datum& subject);
  bool undefined = false;  // takes undefined values
};

struct Test {
  std::string_view name;
  Datum (*run)(Arguments& arguments, const Datum& subject);
  bool undefined = false;
};

const Filter* find_filter(std::string_view name);
const Test* find_test(std::string_view name);
std::vector<std::string> filter_names();
std::vector<std::string> test_names();

std::span<const Filter> text_filters();
std::span<const Filter> collection_filters();

// A value that does not exist. Using it in any way but `is defined` and default() is an error (StrictUndefined).
class UndefinedObject final : public expr::OpaqueObject {
 public:
  explicit UndefinedObject(std::string reason) : reason_(std::move(reason)) {}
  std::string_view type() const override { return "undefined"; }
  std::string text() const override { return ""; }
  std::string complaint() const override { return reason_; }

 private:
  const std::string reason_;
};
bool is_undefined(const Datum& datum);
Datum undefined(Evaluation& evaluation, std::string reason);
// False, and failed, when `datum` is undefined or failed.
bool usable(Evaluation& evaluation, const Datum& datum);

// A method of a value, not yet called.
class MethodObject final : public expr::OpaqueObject {
 public:
  MethodObject(Datum receiver, const struct Method& method) : receiver_(std::move(receiver)), method_(method) {}
  std::string_view type() const override { return "method"; }
  std::string text() const override { return "<built-in method>"; }
  Datum call(Arguments& arguments) const;

 private:
  const Datum receiver_;
  const struct Method& method_;
};
struct Method {
  std::string_view name;
  Datum (*run)(Arguments& arguments, const Datum& receiver);
};
// nullptr when values of this kind have no such method.
const Method* find_method(const Datum& receiver, std::string_view name);

// Python's operations.
Datum attribute(Evaluation& evaluation, const Datum& receiver, const std::string& name);
Datum item(Evaluation& evaluation, const Datum& receiver, const Datum& key);
// receiver.a.b.0 as map(attribute=…) and sort(attribute=…) write it.
Datum path(Evaluation& evaluation, const Datum& receiver, const Datum& attribute_path);
// Order of two values; false when failed.
bool order(Evaluation& evaluation, const Datum& left, const Datum& right, int& result);
Datum add(Evaluation& evaluation, const Datum& left, const Datum& right);
Datum contains(Evaluation& evaluation, const Datum& part, const Datum& whole);
// Items of anything Python can iterate over; false when failed.
bool iterate(Evaluation& evaluation, const Datum& collection, std::vector<Datum>& out);
// Calls `filter` or a test by name, as map() and select() do.
Datum apply_filter(Arguments& arguments, std::string_view name, const Datum& subject);
Datum apply_test(Arguments& arguments, std::string_view name, const Datum& subject);

}  // namespace foehn::jinja
