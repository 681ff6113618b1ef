// Leaving Python: repr() and str(), the JSON of a result, json.dumps().
#include <algorithm>
#include <cmath>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/result.h"

namespace foehn::jinja {

void ViewObject::append_repr(Evaluation& evaluation, std::string& out) const {
  out += what_part == What::kKeys ? "dict_keys([" : what_part == What::kValues ? "dict_values([" : "dict_items([";
  expr::Members members(dict);
  Datum key;
  Datum value;
  for (bool first = true; members.next(key, value) && !evaluation.failed(); first = false) {
    if (!first) evaluation.append(out, ", ");
    if (what_part == What::kItems) out.push_back('(');
    if (what_part != What::kValues) append_python_repr(evaluation, key, out);
    if (what_part == What::kItems) out += ", ";
    if (what_part != What::kKeys) append_python_repr(evaluation, value, out);
    if (what_part == What::kItems) out.push_back(')');
  }
  out += "])";
}

// Python shows an address here; it has no meaning.
void MethodObject::append_repr(Evaluation&, std::string& out) const {
  std::string_view type = "object";
  switch (receiver.kind()) {
    case Kind::kText:
      type = is_markup(receiver) ? "Markup" : "str";
      break;
    case Kind::kList:
      type = is_tuple(receiver) ? "tuple" : "list";
      break;
    case Kind::kDict:
      type = "dict";
      break;
    case Kind::kBoolean:
    case Kind::kInteger:
      type = receiver.kind() == Kind::kBoolean ? "bool" : "int";
      break;
    case Kind::kNumber:
      type = "float";
      break;
    default:
      type = expr::name_of(receiver);
  }
  out += "<built-in method " + std::string(method.name) + " of " + std::string(type) + " object at 0x0>";
}

void GeneratorObject::append_repr(Evaluation&, std::string& out) const {
  if (function_.starts_with("<")) {
    out += function_;
  } else {
    out += "<generator object " + std::string(function_) + " at 0x0>";
  }
}

void NamespaceObject::append_repr(Evaluation& evaluation, std::string& out) const {
  out += "<Namespace ";
  append_python_repr(evaluation, Datum::of(values), out);
  out += ">";
}

namespace {

void append_items(Evaluation& evaluation, const Datum& list, std::string& out) {
  Iterator items(evaluation, list);
  Datum item;
  for (bool first = true; items.next(item); first = false) {
    if (!first) evaluation.append(out, ", ");
    append_python_repr(evaluation, item, out);
  }
}

void append_dict(Evaluation& evaluation, const Datum& dict, std::string& out) {
  out.push_back('{');
  expr::Members members(dict);
  Datum key;
  Datum value;
  for (bool first = true; members.next(key, value) && evaluation.step(); first = false) {
    if (!first) evaluation.append(out, ", ");
    append_python_repr(evaluation, key, out);
    evaluation.append(out, ": ");
    append_python_repr(evaluation, value, out);
    if (evaluation.failed()) return;
  }
  out.push_back('}');
}

void append_list(Evaluation& evaluation, const Datum& datum, std::string& out) {
  const bool is_a_tuple = is_tuple(datum);
  out.push_back(is_a_tuple ? '(' : '[');
  append_items(evaluation, datum, out);
  if (is_a_tuple && expr::length(datum) == 1) out.push_back(',');
  out.push_back(is_a_tuple ? ')' : ']');
}

}  // namespace

// What objects write without reserving it themselves.
constexpr std::size_t kObjectReprBytes = 200;

void append_python_repr(Evaluation& evaluation, const Datum& datum, std::string& out) {
  switch (datum.kind()) {
    case Kind::kText:
      if (!scan(evaluation, datum)) return;
      if (is_markup(datum)) out += "Markup(";
      expr::append_text_repr(evaluation, datum.text(), out);
      if (is_markup(datum)) out.push_back(')');
      return;
    case Kind::kList:
      if (!evaluation.enter()) return;
      append_list(evaluation, datum, out);
      return evaluation.leave();
    case Kind::kDict:
      if (!evaluation.enter()) return;
      append_dict(evaluation, datum, out);
      return evaluation.leave();
    case Kind::kObject:
      if (!evaluation.enter()) return;
      if (evaluation.reserve(out, kObjectReprBytes)) object_of(datum)->append_repr(evaluation, out);
      evaluation.leave();
      return;
    default:
      expr::append_repr(evaluation, datum, out);
  }
}

std::string python_repr(Evaluation& evaluation, const Datum& datum) {
  std::string out;
  append_python_repr(evaluation, datum, out);
  return out;
}

bool append_str(Evaluation& evaluation, const Datum& datum, std::string& out) {
  if (datum.failed()) return false;
  if (datum.is_text()) {
    return scan(evaluation, datum) && evaluation.append(out, datum.text());
  }
  if (is_undefined(datum)) return !datum.as<UndefinedObject>()->strict || usable(evaluation, datum);
  append_python_repr(evaluation, datum, out);
  return !evaluation.failed();
}

std::string python_str(Evaluation& evaluation, const Datum& datum) {
  std::string out;
  append_str(evaluation, datum, out);
  return out;
}

namespace {

class PythonResult final : public expr::ResultMaker {
 public:
  using ResultMaker::ResultMaker;

 private:
  bool list(const Datum& datum, Value& out, std::size_t level) override {
    return fill(Iterator(evaluation(), datum), out, level);
  }
  bool key(const Datum& datum, std::string& out) override {
    if (!datum.is_number())
      return refuse("keys of a result must be texts or numbers, not " + std::string(expr::name_of(datum)));
    out = expr::repr(evaluation(), datum);
    return true;
  }
  bool number(double number) override { return std::isfinite(number) || refuse("the result is no finite number"); }
  bool object(const Datum& datum, Value& out, std::size_t level) override {
    if (is_undefined(datum)) {
      if (datum.as<UndefinedObject>()->strict) return usable(evaluation(), datum);
      out = "";
      return true;
    }
    if (is_iterable(datum) && !is_a(datum, ObjectType::kLoop)) return list(datum, out, level);
    return refuse("the result is " + expr::a_name_of(datum) + ", which is no data");
  }
};

}  // namespace

Result<Value> to_result(Evaluation& evaluation, const Datum& datum) {
  return PythonResult(evaluation).run(datum);
}

namespace {

// json.dumps(…, sort_keys=True).
class JsonWriter {
 public:
  JsonWriter(Evaluation& evaluation, std::int64_t indent, std::string& out)
      : evaluation_(evaluation), indent_(indent), out_(out) {}

  bool write(const Datum& datum) {
    if (!evaluation_.step() || !usable(evaluation_, datum)) return false;
    bool ok = true;
    switch (datum.kind()) {
      case Kind::kNumber:
        return append_number(datum.number());
      case Kind::kText:
        // A byte may become six, and the text is copied and grows while it is written.
        return evaluation_.affords(20, datum.text().size()) &&
               evaluation_.append(out_, to_python_json(Value(std::string(datum.text()))));
      case Kind::kNull:
      case Kind::kBoolean:
        return evaluation_.append(out_, datum.is_null() ? "null" : datum.boolean() ? "true" : "false");
      case Kind::kInteger:
        return evaluation_.append(out_, std::to_string(datum.integer()));
      case Kind::kList:
      case Kind::kDict:
        if (!evaluation_.enter()) return false;
        ++level_;
        ok = datum.kind() == Kind::kList ? write_list(datum) : write_dict(datum);
        --level_;
        evaluation_.leave();
        return ok;
      default:
        evaluation_.fail(expr::a_name_of(datum) + " cannot be written as JSON");
        return false;
    }
  }

 private:
  bool append_number(double number) {
    return evaluation_.append(out_, std::isnan(number)   ? "NaN"
                                    : std::isinf(number) ? (number < 0 ? "-Infinity" : "Infinity")
                                                         : to_python_repr(Value(number)));
  }

  bool separate(bool first, std::size_t level) {
    if (!first) out_ += indent_ < 0 ? ", " : ",";
    if (indent_ < 0) return true;
    const std::uint64_t blanks = static_cast<std::uint64_t>(indent_) * level;
    if (!evaluation_.reserve(out_, blanks + 1)) return false;
    out_ += '\n';
    out_.append(blanks, ' ');
    return true;
  }

  bool write_list(const Datum& list) {
    if (expr::length(list) == 0) {
      out_ += "[]";
      return true;
    }
    out_.push_back('[');
    Iterator items(evaluation_, list);
    Datum item;
    for (bool first = true; items.next(item); first = false)
      if (!separate(first, level_) || !write(item)) return false;
    if (evaluation_.failed() || (indent_ >= 0 && !separate(true, level_ - 1))) return false;
    out_.push_back(']');
    return true;
  }

  bool write_key(const Datum& key) {
    if (key.kind() == Kind::kText) return write(key);
    if (key.kind() == Kind::kList || key.kind() == Kind::kObject) {
      evaluation_.fail("keys must be texts or numbers, not " + std::string(expr::name_of(key)));
      return false;
    }
    out_.push_back('"');
    const bool ok = write(key);
    out_.push_back('"');
    return ok;
  }

  bool write_dict(const Datum& dict) {
    std::vector<std::pair<Datum, Datum>> members;
    expr::Members source(dict);
    Datum key;
    Datum value;
    while (source.next(key, value)) {
      if (!evaluation_.step() || !evaluation_.charge(expr::kItemBytes)) return false;
      members.emplace_back(key, value);
    }
    if (members.empty()) {
      out_ += "{}";
      return true;
    }
    std::stable_sort(members.begin(), members.end(), [this](const auto& a, const auto& b) {
      return !evaluation_.failed() && relate(evaluation_, Operator::kLess, a.first, b.first).value_or(false);
    });
    if (evaluation_.failed()) return false;
    out_.push_back('{');
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!separate(i == 0, level_) || !write_key(members[i].first)) return false;
      out_ += ": ";
      if (!write(members[i].second)) return false;
    }
    if (indent_ >= 0 && !separate(true, level_ - 1)) return false;
    out_.push_back('}');
    return true;
  }

  Evaluation& evaluation_;
  const std::int64_t indent_;
  std::string& out_;
  std::size_t level_ = 0;
};

}  // namespace

bool append_json(Evaluation& evaluation, const Datum& datum, std::int64_t indent, std::string& out) {
  return JsonWriter(evaluation, indent, out).write(datum);
}

Datum text_of(Evaluation& evaluation, std::string_view text) {
  if (!evaluation.affords(1, text.size())) return Datum::failure();
  return evaluation.text(std::string(text));
}

Datum markup(Evaluation& evaluation, std::string text) {
  return evaluation.failed() ? Datum::failure() : evaluation.text(std::move(text), true);
}

Datum text_like(Evaluation& evaluation, const Datum& like, std::string text) {
  if (evaluation.failed()) return Datum::failure();
  return is_markup(like) ? markup(evaluation, std::move(text)) : evaluation.text(std::move(text));
}

std::string escaped(Evaluation& evaluation, std::string_view text) {
  // A character may become five, and the text grows while it is written.
  return evaluation.affords(10, text.size()) ? escape_html(text) : std::string();
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

Datum tuple(Evaluation& evaluation, std::vector<Datum> items) {
  return evaluation.list(std::move(items), expr::ListStyle::kOther);
}

bool put(Evaluation& evaluation, expr::DictObject& dict, const Datum& key, const Datum& value) {
  if (key.failed() || value.failed() || !hashable(evaluation, key)) return false;
  if (!evaluation.charge(expr::kEntryBytes) || !evaluation.nest(dict, key) || !evaluation.nest(dict, value))
    return false;
  dict.set(key, value);
  return true;
}

}  // namespace foehn::jinja
