#include "dsl/expr/yaql/functions.h"

#include <algorithm>
#include <map>

#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {
namespace {

using expr::Kind;

struct Library {
  std::map<std::string_view, Overloads> functions;
  std::map<std::string_view, Overloads> methods;
};

// Built from the constant tables when first needed, never changed.
const Library& library() {
  static const Library built = [] {
    Library made;
    for (const std::span<const Overload> table : all_tables())
      for (const Overload& overload : table) {
        if ((overload.form & kFunction) != 0) made.functions[overload.name].items.push_back(&overload);
        if ((overload.form & kMethod) != 0) made.methods[overload.name].items.push_back(&overload);
      }
    return made;
  }();
  return built;
}

const Overloads* find_in(const std::map<std::string_view, Overloads>& names, std::string_view name) {
  while (name.ends_with('_')) name.remove_suffix(1);  // as YAQL does, where len_ is len
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &found->second;
}

std::vector<std::string> names_of(const std::map<std::string_view, Overloads>& names) {
  std::vector<std::string> out;
  for (const auto& entry : names) out.emplace_back(entry.first);
  return out;
}

}  // namespace

const Overloads* find_function(std::string_view name) { return find_in(library().functions, name); }
const Overloads* find_method(std::string_view name) { return find_in(library().methods, name); }
std::vector<std::string> function_names() { return names_of(library().functions); }
std::vector<std::string> method_names() { return names_of(library().methods); }

std::uint32_t type_of(const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kNull:
      return kNullType;
    case Kind::kBoolean:
      return kBooleanType;
    case Kind::kInteger:
      return kIntegerType;
    case Kind::kNumber:
      return kFloatType;
    case Kind::kText:
      return kTextType;
    case Kind::kList:
      switch (expr::style_of(datum)) {
        case expr::ListStyle::kIterator:
          return kIteratorType;
        case expr::ListStyle::kView:
          return kViewType;
        case expr::ListStyle::kOrdered:
          return kOrderedType;
        default:
          return kListType;
      }
    case Kind::kDict:
      return kDictType;
    case Kind::kSet:
      return datum.as<expr::DictObject>() && datum.as<expr::DictObject>()->is_view ? kSetViewType : kSetType;
    case Kind::kObject:
      if (datum.as<PatternObject>()) return kPatternType;
      if (datum.as<DateTimeObject>()) return kDateTimeType;
      if (datum.as<TimeSpanObject>()) return kTimeSpanType;
      return kContextType;
    default:
      return 0;
  }
}

Lambda::Lambda(const Datum& code, const expr::Ref<Frame>& surroundings)
    : node_(code.kind() == Kind::kCode ? static_cast<const Node*>(code.code()) : nullptr),
      constant_(node_ ? Datum::missing() : code),
      surroundings_(surroundings) {}

Datum Lambda::run(Evaluation& evaluation, std::span<const Datum> arguments) {
  if (!node_) return constant_;
  if (!frame_ || frame_->references > 1) {  // kept by a lazy list, or in use: the lambda calls itself
    if (!evaluation.charge(sizeof(Frame) + expr::kBlockBytes)) return Datum::failure();
    frame_ = expr::Ref<Frame>(new Frame(surroundings_));
  } else {
    frame_->clear();
  }
  const expr::Ref<Frame> frame = frame_;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].failed() || !evaluation.nest(*frame.get(), arguments[i])) return Datum::failure();
    if (i == 0) {
      frame->set_first(arguments[0]);
    } else {
      frame->set(std::to_string(i + 1), arguments[i]);
    }
  }
  return evaluate_node(evaluation, *node_, frame);
}

}  // namespace foehn::yaql
