// Jinja2's global functions.
#include <algorithm>

#include "dsl/expr/jinja/functions.h"

namespace foehn::jinja {
namespace {

__extension__ typedef __int128 Wide;

Datum fn_range(Arguments& arguments) {
  std::int64_t bounds[3] = {0, 0, 1};
  const std::size_t count = arguments.positional.size();
  if (!arguments.keywords.empty()) return arguments.fail("range() takes no keyword arguments");
  if (count == 0 || count > 3) return arguments.fail("range expected 1 to 3 arguments, got " + std::to_string(count));
  for (std::size_t i = 0; i < count; ++i)
    if (!arguments.integer(i, bounds[i])) return Datum::failure();
  if (count == 1) std::swap(bounds[0], bounds[1]);
  if (bounds[2] == 0) return arguments.fail("range() arg 3 must not be zero");
  // jinja2.sandbox: MAX_RANGE.
  constexpr std::int64_t kRangeMax = 100'000;
  const Wide span = bounds[2] > 0 ? Wide(bounds[1]) - bounds[0] : Wide(bounds[0]) - bounds[1];
  const Wide step = bounds[2] > 0 ? Wide(bounds[2]) : -Wide(bounds[2]);
  const Wide length = span <= 0 ? Wide(0) : (span + step - 1) / step;
  if (length > kRangeMax)
    return arguments.fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
  if (!arguments.evaluation.charge(sizeof(RangeObject) + expr::kBlockBytes)) return Datum::failure();
  return Datum::of(new RangeObject(bounds[0], bounds[1], bounds[2], static_cast<std::int64_t>(length)));
}

// What dict() and dict.update() take.
bool fill(Arguments& arguments, expr::DictObject& made) {
  Evaluation& evaluation = arguments.evaluation;
  if (arguments.positional.size() > 1) {
    arguments.fail("dict expected at most 1 argument, got " + std::to_string(arguments.positional.size()));
    return false;
  }
  if (!arguments.positional.empty()) {
    const Datum source = arguments.positional[0];
    if (source.kind() == Kind::kDict) {
      expr::Members members(source);
      Datum key;
      Datum value;
      while (members.next(key, value))
        if (!evaluation.step() || !put(evaluation, made, key, value)) return false;
    } else {
      Iterator pairs(evaluation, source);
      Datum pair;
      while (pairs.next(pair)) {
        std::vector<Datum> parts;
        if (!iterate(evaluation, pair, parts)) return false;
        if (parts.size() != 2) {
          arguments.fail("a dict is made of pairs of a key and a value");
          return false;
        }
        if (!put(evaluation, made, parts[0], parts[1])) return false;
      }
      if (evaluation.failed()) return false;
    }
  }
  for (const auto& [name, value] : arguments.keywords)
    if (!put(evaluation, made, text_of(evaluation, name), value)) return false;
  return true;
}

Datum fn_dict(Arguments& arguments) {
  const expr::Ref<expr::DictObject> made(new expr::DictObject());
  return fill(arguments, *made) ? Datum::of(made) : Datum::failure();
}

Datum fn_namespace(Arguments& arguments) {
  const expr::Ref<NamespaceObject> made(new NamespaceObject());
  if (!fill(arguments, *made->values)) return Datum::failure();
  made->depth = made->values->depth + 1;
  return Datum::of(made);
}

Datum fn_cycler(Arguments& arguments) {
  if (!arguments.keywords.empty()) return arguments.fail("cycler() takes no keyword arguments");
  if (arguments.positional.empty()) return arguments.fail("at least one item has to be provided");
  const Datum items = tuple(arguments.evaluation, arguments.positional);
  return items.failed() ? items : Datum::of(new CyclerObject(items));
}

Datum fn_joiner(Arguments& arguments) {
  if (!arguments.bind("sep", "joiner()")) return Datum::failure();
  const Datum* given = arguments.get(0);
  return Datum::of(new JoinerObject(given ? *given : arguments.evaluation.text(", ")));
}

struct Row {
  std::string_view name;
  FunctionObject::Run run;
};
constexpr Row kGlobals[] = {{"range", fn_range},
                            {"dict", fn_dict},
                            {"namespace", fn_namespace},
                            {"cycler", fn_cycler},
                            {"joiner", fn_joiner}};

}  // namespace

Datum global_function(Evaluation& evaluation, std::string_view name) {
  for (const Row& row : kGlobals)
    if (row.name == name)
      return evaluation.charge(sizeof(FunctionObject) + expr::kBlockBytes)
                 ? Datum::of(new FunctionObject(row.name, row.run))
                 : Datum::failure();
  return Datum::missing();
}

std::vector<std::string> global_names() {
  std::vector<std::string> names;
  for (const Row& row : kGlobals) names.emplace_back(row.name);
  return names;
}

}  // namespace foehn::jinja
