// Evaluation: the state of evaluating one expression: its scope, what is left of its budget, values it must keep
// alive, and why it failed. Lives on the stack of Template::evaluate; both evaluators take it by reference.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/datum.h"
#include "dsl/expr/scope.h"
#include "dsl/expr/text_index.h"

namespace foehn::expr {

class Evaluation {
 public:
  // Nesting of values and of calls of functions made by def().
  static constexpr std::uint32_t kNestingMax = 2 * limits::kJsonDepthMax;

  Evaluation(const dsl::Scope& scope, const dsl::Budget& budget) : scope_(scope), budget_(budget) {}
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  const dsl::Scope& scope() const { return scope_; }
  // `$` or `_` as one value; merged once, when first needed. Failed when it does not fit into the budget.
  Datum root();

  // Takes steps or bytes from the budget; false (and failed) when it is used up.
  bool step(std::uint64_t count = 1) {
    steps_ += count;
    return steps_ <= budget_.steps || exhausted("steps");
  }
  // Whether so many more steps are left; like step(), but takes none.
  bool affords_steps(std::uint64_t count) { return steps_ + count <= budget_.steps || exhausted("steps"); }
  bool charge(std::size_t bytes) {
    bytes_ += bytes;
    return bytes_ <= budget_.bytes || exhausted("bytes");
  }
  // Whether `count` more items of `bytes` each would fit; for building something big in one go.
  bool affords(std::uint64_t count, std::uint64_t bytes);
  // Takes the steps of looking at all of a value, as hashing does; of two values, as comparing does.
  bool weigh(const Datum& datum) { return step(weight_of(datum, budget_.steps + 1)); }
  bool weigh(const Datum& left, const Datum& right);
  // Room in `out` for `more` bytes, charged before it is taken; what a text outgrows is there until it is copied.
  bool reserve(std::string& out, std::size_t more);
  bool append(std::string& out, std::string_view piece) {
    if (!reserve(out, piece.size())) return false;
    out += piece;
    return true;
  }
  std::size_t bytes_left() const { return budget_.bytes > bytes_ ? budget_.bytes - bytes_ : 0; }
  // Where the code points of a long text begin; kept for the texts looked at last. Takes steps when it is made.
  const TextIndex& index_of(const Datum& text);
  // What is dear to make and often wanted again, as compiled patterns are: the last few that were made.
  std::span<const Datum> remembered() const { return remembered_; }
  void remember(Datum made) { remembered_[next_remembered_++ % remembered_.size()] = std::move(made); }
  bool enter();
  void leave() { --depth_; }

  // Records the first reason and gives the failed datum.
  Datum fail(std::string message, ErrorCode code = ErrorCode::kInvalidArgument);
  bool failed() const { return failed_; }
  const Error& error() const { return error_; }
  // Forgets a failure, for functions that recover from one. A used-up budget stays used up.
  void recover() { failed_ = placed_ = false; }

  // Remembers where the failure happened, a byte position in the source: the first, which is the innermost, counts.
  void place(std::uint32_t offset) {
    if (!placed_) place_ = offset;
    placed_ = true;
  }
  std::uint32_t place_or(std::uint32_t otherwise) const { return placed_ ? place_ : otherwise; }

  // Whether lists of the context are tuples, as YAQL's input conversion makes them; only texts show it.
  bool tuples() const { return tuples_; }
  void use_tuples() { tuples_ = true; }

  // The value for as long as the evaluation lasts; its size is charged.
  Datum keep(Value value);
  Datum keep(dsl::HostValue value);
  // The same of what a function of the host gave, see Datum::given().
  Datum keep_given(dsl::HostValue value);
  // `markup`: safe in HTML.
  Datum text(std::string content, bool markup = false);
  Datum list(std::vector<Datum> items, ListStyle style = ListStyle::kContext);
  // `depth`: the deepest of what the source holds.
  // `bytes`: size of the source.
  Datum lazy(std::unique_ptr<Source> source, std::uint32_t depth, std::size_t bytes);
  // To be called when `inner` is put into `outer`; false when that would nest too deeply.
  bool nest(Object& outer, const Datum& inner) {
    outer.depth = std::max(outer.depth, depth_of(inner) + 1);
    return outer.depth <= kNestingMax || too_deep().is_null();
  }
  // The same for an object that others may already hold: how far such changes can deepen values is bounded, too.
  bool deepen(Object& outer, const Datum& inner) {
    const std::uint32_t before = outer.depth;
    if (!nest(outer, inner)) return false;
    deepened_ += outer.depth - before;
    return deepened_ <= kDeepenedMax || too_deep().is_null();
  }

 private:
  static constexpr std::uint32_t kDeepenedMax = 1'000;
  Datum too_deep();
  Datum datum_of(const dsl::HostValue& value, bool given);
  bool exhausted(const char* what);

  const dsl::Scope& scope_;
  const dsl::Budget budget_;
  std::uint64_t steps_ = 0;
  std::size_t bytes_ = 0;
  std::size_t depth_ = 0;
  std::uint32_t deepened_ = 0;
  bool failed_ = false;
  bool placed_ = false;
  std::uint32_t place_ = 0;
  bool tuples_ = false;
  Error error_;
  Datum root_ = Datum::missing();
  std::deque<dsl::HostValue> kept_;
  struct IndexedText {
    Datum text;  // keeps it alive
    TextIndex index;
  };
  std::array<IndexedText, 4> indexed_;
  std::size_t next_indexed_ = 0;
  std::array<Datum, 8> remembered_;
  std::size_t next_remembered_ = 0;
};

}  // namespace foehn::expr
