#include "dsl/expr/evaluation.h"

namespace foehn::expr {

// Levels of the evaluator for one level of written nesting: functions that call themselves need more than the text has.
static constexpr std::size_t kLevelsPerNesting = 5;

const Value& Evaluation::root() {
  if (!root_) root_ = &keep(scope_.root());
  return *root_;
}

bool Evaluation::affords(std::uint64_t count, std::uint64_t bytes) {
  const std::uint64_t left = budget_.bytes > bytes_ ? budget_.bytes - bytes_ : 0;
  if (bytes != 0 && count > left / bytes) return exhausted("bytes");
  return true;
}

bool Evaluation::weigh(const Datum& left, const Datum& right) {
  // No more is counted of the larger one than of the smaller: comparing with a large value again and again is cheap.
  for (std::uint64_t enough = 64;; enough = std::min(8 * enough, budget_.steps + 1)) {
    const std::uint64_t smaller = weight_of(right, weight_of(left, enough));
    if (smaller < enough || enough > budget_.steps) return step(smaller);
  }
}

bool Evaluation::enter() {
  if (++depth_ <= budget_.depth * kLevelsPerNesting) return true;
  fail("the expression calls itself too deeply (more than " + std::to_string(budget_.depth * kLevelsPerNesting) +
           " levels)",
       ErrorCode::kResourceExhausted);
  return false;
}

Datum Evaluation::fail(std::string message, ErrorCode code) {
  if (!failed_) error_ = Error{code, std::move(message)};
  failed_ = true;
  return Datum::failure();
}

bool Evaluation::exhausted(const char* what) {
  const bool steps = what[0] == 's';
  steps_ = std::max(steps_, steps ? budget_.steps : std::uint64_t{0});
  fail("the expression takes more than " + std::to_string(steps ? budget_.steps : budget_.bytes) + " " + what +
           (steps ? "" : " of memory"),
       ErrorCode::kResourceExhausted);
  return false;
}

Datum Evaluation::text(std::string content) {
  if (!charge(content.size() + sizeof(TextObject))) return Datum::failure();
  return Datum::of(new TextObject(std::move(content)));
}

Datum Evaluation::list(std::vector<Datum> items, ListStyle style) {
  if (!charge(items.size() * sizeof(Datum) + sizeof(ListObject))) return Datum::failure();
  auto* made = new ListObject(style);
  made->items = std::move(items);
  const Datum datum = Datum::of(made);
  for (const Datum& item : made->items)
    if (!nest(*made, item)) return Datum::failure();
  return datum;
}

Datum Evaluation::lazy(std::unique_ptr<Source> source, std::uint32_t depth) {
  if (!charge(sizeof(ListObject) + 64)) return Datum::failure();
  auto* made = new ListObject(ListStyle::kIterator);
  const Datum datum = Datum::of(made);
  made->depth = depth + 1;
  if (made->depth > kNestingMax) return too_deep();
  made->source = std::move(source);
  return datum;
}

Datum Evaluation::too_deep() {
  return fail("a value is nested deeper than " + std::to_string(kNestingMax) + " levels",
              ErrorCode::kResourceExhausted);
}

}  // namespace foehn::expr
