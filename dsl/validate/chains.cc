#include <string>
#include <unordered_map>

#include "dsl/validate/validate.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

// The number of the base when it stands in the same document: in a workbook `say` means `<workbook>.say` first.
std::size_t base_of(const AdhocActionSpec& action, const std::unordered_map<std::string, std::size_t>& numbers) {
  if (!action.base.name.is_literal() || !action.base.name.source().is_string()) return numbers.size();
  const auto& base = action.base.name.source().get_ref<const std::string&>();
  const auto prefixed = numbers.find(action.name.substr(0, action.name.rfind('.') + 1) + base);
  if (prefixed != numbers.end()) return prefixed->second;
  const auto plain = numbers.find(base);
  return plain == numbers.end() ? numbers.size() : plain->second;
}

}  // namespace

namespace {

// Once for a document: chains share their ends. The service that stores actions counts in the same way, with the stored
// ones (engine/store/definition_service.cc), and what is run at last counts as well.
void check_length(const std::vector<AdhocActionSpec>& actions,
                  const std::unordered_map<std::string, std::size_t>& numbers, ParseContext& context) {
  for (const AdhocActionSpec& action : actions) {
    std::size_t length = 1;
    for (const AdhocActionSpec* at = &action; length <= limits::kAdhocChainMax && at; ++length) {
      const std::size_t base = base_of(*at, numbers);
      if (base >= actions.size() && !at->base.name.is_literal()) break;
      at = base < actions.size() ? &actions[base] : nullptr;
    }
    if (length <= limits::kAdhocChainMax) continue;
    context.error("E308", action.base.mark,
                  "More than " + std::to_string(limits::kAdhocChainMax) +
                      " ad-hoc actions are based on each other [action_name=" + action.name.substr(0, 255) + "]",
                  "Base it on an action that is nearer to what is run at last.");
    return;
  }
}

}  // namespace

// Each action has one base, so following the bases from every unseen action is linear.
void check_action_chains(const std::vector<AdhocActionSpec>& actions, ParseContext& context) {
  bool circle = false;
  std::unordered_map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < actions.size(); ++i) numbers.emplace(actions[i].name, i);
  std::vector<std::size_t> seen(actions.size(), 0);  // the walk that saw it, 0 = none
  for (std::size_t first = 0; first < actions.size(); ++first) {
    std::size_t at = first;
    std::size_t last = first;
    while (at < actions.size() && seen[at] == 0) {
      seen[at] = first + 1;
      last = at;
      at = base_of(actions[at], numbers);
    }
    if (at >= actions.size() || seen[at] != first + 1) continue;
    circle = true;
    context.error("E307", actions[last].base.mark,
                  "Found a cycle in an ad-hoc action chain [action_name=" + actions[last].name.substr(0, 255) +
                      ", duplicate_action_name=" + actions[at].name.substr(0, 255) + "]",
                  "Each action is based on the next and the last on the first; base one of them on an action that "
                  "exists without them.");
  }
  if (!circle) check_length(actions, numbers, context);
}

}  // namespace foehn::dsl
