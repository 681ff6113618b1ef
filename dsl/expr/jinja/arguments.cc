// Arguments into their places, and finding functions by name.
#include <algorithm>

#include "dsl/expr/jinja/renderer.h"
#include "dsl/expr/text.h"
#include "engine/base/diagnostic.h"

namespace foehn::jinja {

namespace {

std::vector<std::string> parameters_of(const Signature& signature) {
  std::vector<std::string> names;
  const std::string_view blank = " ";
  for (std::string_view name : expr::split(signature.names, &blank, -1)) {
    if (name.ends_with('!')) name.remove_suffix(1);
    if (!name.empty() && !signature.positional_only) names.emplace_back(name);
  }
  return names;
}

bool has_parameter(const Signature& signature, const std::string& name) {
  const std::vector<std::string> names = parameters_of(signature);
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool Arguments::bind(const Signature& signature, std::string_view what) {
  if (signature.any) return true;
  if (positional.size() > signature.maximum) {
    evaluation.fail(std::string(what) + " takes at most " + std::to_string(signature.maximum) + " argument(s), " +
                    std::to_string(positional.size()) + " given");
    return false;
  }
  if (keywords.empty() && positional.size() >= signature.required) return true;
  std::string_view names = signature.names;
  std::size_t matched = 0;
  for (std::size_t index = 0; !names.empty(); ++index) {
    const std::size_t end = std::min(names.find(' '), names.size());
    std::string_view name = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    const bool required = name.ends_with('!');
    if (required) name.remove_suffix(1);
    const Datum* given = signature.positional_only ? nullptr : keyword(name);
    if (given) {
      if (get(index)) {
        evaluation.fail(std::string(what) + " got multiple values for argument '" + std::string(name) + "'");
        return false;
      }
      if (positional.size() <= index) positional.resize(index + 1, Datum::missing());
      positional[index] = *given;
      ++matched;
    } else if (required && !get(index)) {
      evaluation.fail(std::string(what) + " needs the argument '" + std::string(name) + "'");
      return false;
    }
  }
  if (matched == keywords.size()) return true;
  for (const auto& [name, value] : keywords) {
    if (has_parameter(signature, name)) continue;
    const std::string near = unpacked ? "" : nearest_name(name, parameters_of(signature));
    evaluation.fail(std::string(what) + " got an unexpected keyword argument" + shown(name) +
                    (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  return false;
}

std::optional<bool> Arguments::flag(std::size_t index, bool otherwise) const {
  const Datum* given = get(index);
  return given ? truth(evaluation, *given) : std::optional(otherwise);
}

bool Arguments::integer(std::size_t index, std::int64_t& out, bool nullable) const {
  const Datum* given = get(index);
  if (!given || (nullable && given->is_null()) || as_index(*given, out)) return true;
  if (usable(evaluation, *given))
    evaluation.fail("an integer is needed here, not " + std::string(expr::name_of(*given)));
  return false;
}

bool Arguments::text(std::size_t index, std::string_view& out, bool nullable) const {
  const Datum* given = get(index);
  if (!given || (nullable && given->is_null())) return true;
  if (given->is_text()) {
    out = given->text();
    return scan(evaluation, *given);
  }
  if (usable(evaluation, *given)) evaluation.fail("a string is needed here, not " + std::string(expr::name_of(*given)));
  return false;
}

namespace {

template <class Row>
const Row* find_row(std::span<const Row> rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [name](const Row& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

template <class Row>
void add_names(std::span<const Row> rows, std::vector<std::string>& names) {
  for (const Row& row : rows) names.emplace_back(row.name);
}

using FilterTable = std::span<const Filter> (*)();
constexpr FilterTable kFilterTables[] = {text_filters,   collection_filters, selection_filters,
                                         number_filters, html_filters,       wrap_filters,
                                         link_filters};

// "No filter named 'uper'. Did you mean 'upper'?"; a name that came from elsewhere is not shown.
std::string no_such_name(const char* what, const Datum& name, const std::vector<std::string>& known) {
  if (!name.is_literal()) return std::string("No ") + what + " named like that.";
  const std::string wanted(name.text());
  const std::string near = nearest_name(wanted, known);
  return std::string("No ") + what + " named '" + wanted + "'." + (near.empty() ? "" : " Did you mean '" + near + "'?");
}

std::span<const Method> methods_of(const Datum& receiver) {
  switch (receiver.kind()) {
    case Kind::kList:
      return is_tuple(receiver) ? tuple_methods() : list_methods();
    case Kind::kDict:
      return dict_methods();
    case Kind::kInteger:
    case Kind::kBoolean:
      return number_methods(false);
    case Kind::kNumber:
      return number_methods(true);
    case Kind::kObject:
      return object_methods(object_of(receiver)->what);
    default:
      return {};
  }
}

}  // namespace

const Filter* find_filter(std::string_view name) {
  for (const FilterTable table : kFilterTables)
    if (const Filter* found = find_row(table(), name)) return found;
  return nullptr;
}

const Method* find_method(const Datum& receiver, std::string_view name) {
  if (!receiver.is_text()) return find_row(methods_of(receiver), name);
  const Method* found = find_row(text_methods(), name);
  return found ? found : find_row(text_search_methods(), name);
}

std::vector<std::string> method_names(const Datum& receiver) {
  std::vector<std::string> names;
  add_names(receiver.is_text() ? text_methods() : methods_of(receiver), names);
  if (receiver.is_text()) add_names(text_search_methods(), names);
  return names;
}

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  for (const FilterTable table : kFilterTables) add_names(table(), names);
  return names;
}

std::vector<std::string> method_names(std::string_view type) {
  std::vector<std::string> names;
  if (type == "str") {
    add_names(text_methods(), names);
    add_names(text_search_methods(), names);
  }
  if (type == "list") add_names(list_methods(), names);
  if (type == "tuple") add_names(tuple_methods(), names);
  if (type == "dict") add_names(dict_methods(), names);
  if (type == "int" || type == "float") add_names(number_methods(type == "float"), names);
  if (type == "range") add_names(object_methods(ObjectType::kRange), names);
  return names;
}

bool workable(Evaluation& evaluation, const Datum& subject) {
  // Some work on a list of the text's characters.
  if (!subject.is_text()) return true;
  return scan(evaluation, subject) && evaluation.affords(subject.text().size(), sizeof(std::string_view) / 2);
}

Datum run_method(Arguments& arguments, const MethodObject& method) {
  if (!workable(arguments.evaluation, method.receiver)) return Datum::failure();
  if (!arguments.bind(method.method.signature, std::string(method.method.name) + "()")) return Datum::failure();
  return method.method.run(arguments, method.receiver);
}

Datum apply_filter(Arguments& arguments, const Datum& name, const Datum& subject) {
  const Filter* filter = find_filter(name.text());
  if (!filter) {
    const Datum result = arguments.renderer.call_named(arguments, std::string(name.text()));
    return result.is_missing() ? arguments.fail(no_such_name("filter", name, filter_names())) : result;
  }
  if (subject.failed() || !arguments.bind(filter->signature, filter->name) || !workable(arguments.evaluation, subject))
    return Datum::failure();
  return filter->run(arguments, subject);
}

Datum apply_test(Arguments& arguments, const Datum& name, const Datum& subject) {
  const Test* test = find_test(name.text());
  if (!test) return arguments.fail(no_such_name("test", name, test_names()));
  if (subject.failed() || !arguments.bind(test->signature, test->name) || !scan(arguments.evaluation, subject))
    return Datum::failure();
  return test->run(arguments, subject);
}

}  // namespace foehn::jinja
