#include "tests/differential/common/batch.h"

#include <iostream>
#include <vector>

namespace foehn::differential {
namespace {

Value answer(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::kValue:
      return {{"v", reply.value}};
    case Reply::Kind::kSyntax:
      return {{"s", reply.message}};
    default:
      return {{"x", reply.message}};
  }
}

}  // namespace

int serve(std::istream& in, std::ostream& out, const Evaluate& evaluate) {
  std::vector<Value> contexts;
  for (std::string line; std::getline(in, line);) {
    auto request = parse_json(line);
    if (!request || !request->is_object()) {
      std::cerr << "not understood: " << line << "\n";
      return 2;
    }
    if (request->contains("context")) {
      contexts.push_back(std::move((*request)["context"]));
      continue;
    }
    const Value* expression = find(*request, "e");
    const Value* context = find(*request, "c");
    if (!expression || !expression->is_string() || !context || context->get<std::size_t>() >= contexts.size()) {
      std::cerr << "not understood: " << line << "\n";
      return 2;
    }
    const Reply reply = evaluate(expression->get<std::string>(), contexts[context->get<std::size_t>()]);
    Value line_out = answer(reply);
    if (!reply.problem.empty()) line_out["p"] = reply.problem;
    // Each answer leaves at once: were the next expression to end the program, one would know which.
    out << to_json(line_out) << std::endl;
  }
  return 0;
}

}  // namespace foehn::differential
