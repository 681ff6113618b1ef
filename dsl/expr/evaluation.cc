#include "dsl/expr/evaluation.h"

namespace foehn::expr {

// Levels of the evaluator for one level of written nesting: functions that call themselves need more than the text has.
static constexpr std::size_t kLevelsPerNesting = 5;

Datum Evaluation::root() {
  if (root_.is_missing()) root_ = keep(scope_.root());
  return root_;
}

Datum Evaluation::keep(Value value) { return keep(dsl::HostValue(std::move(value))); }

Datum Evaluation::keep(dsl::HostValue value) { return datum_of(kept_.emplace_back(std::move(value)), false); }

Datum Evaluation::keep_given(dsl::HostValue value) { return datum_of(kept_.emplace_back(std::move(value)), true); }

Datum Evaluation::datum_of(const dsl::HostValue& value, bool given) {
  using HostKind = dsl::HostValue::Kind;
  if (!charge(sizeof(value) + expr::kBlockBytes)) return Datum::failure();
  switch (value.kind) {
    case HostKind::kMade:
      if (!charge(copy_bytes(value.made, bytes_left() + 1))) return Datum::failure();
      return given ? Datum::given(value.made) : Datum::of(value.made);
    case HostKind::kHeld:
      return given ? Datum::given(*value.held) : Datum::of(*value.held);
    case HostKind::kList: {
      std::vector<Datum> items;
      for (const dsl::HostValue& item : value.items) items.push_back(datum_of(item, given));
      Datum made = failed_ ? Datum::failure() : list(std::move(items));
      if (auto* object = made.as<ListObject>()) {
        object->read_only = true;
        object->given = given;
      }
      return made;
    }
    case HostKind::kDict:
      break;
  }
  auto* dict = new DictObject();
  Datum made = Datum::of(dict);
  dict->read_only = true;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Datum item = datum_of(value.items[i], given);
    if (item.failed() || !charge(kEntryBytes + value.keys[i].size()) || !nest(*dict, item)) return Datum::failure();
    dict->set(Datum::of(value.keys[i]), std::move(item));
  }
  return made;
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

bool Evaluation::reserve(std::string& out, std::size_t more) {
  if (more <= out.capacity() - out.size()) return true;
  const std::size_t capacity = std::max(out.size() + more, 2 * out.capacity());
  if (!charge(capacity + kBlockBytes)) return false;
  out.reserve(capacity);
  return true;
}

const TextIndex& Evaluation::index_of(const Datum& text) {
  const std::string_view wanted = text.text();
  for (const IndexedText& known : indexed_)
    if (known.index.text().data() == wanted.data() && known.index.text().size() == wanted.size()) return known.index;
  step(wanted.size() / kBytesPerStep);
  IndexedText& made = indexed_[next_indexed_++ % indexed_.size()];
  made = {text, TextIndex(wanted)};
  return made.index;
}

Datum Evaluation::text(std::string content, bool markup) {
  const std::size_t heap = content.capacity() < sizeof(std::string) ? 0 : content.capacity() + kBlockBytes;
  if (!charge(heap + sizeof(TextObject) + kBlockBytes)) return Datum::failure();
  return Datum::of(new TextObject(std::move(content), markup));
}

Datum Evaluation::list(std::vector<Datum> items, ListStyle style) {
  if (!charge(items.capacity() * sizeof(Datum) + sizeof(ListObject) + 2 * kBlockBytes)) return Datum::failure();
  auto* made = new ListObject(style);
  made->items = std::move(items);
  const Datum datum = Datum::of(made);
  for (const Datum& item : made->items)
    if (!nest(*made, item)) return Datum::failure();
  return datum;
}

Datum Evaluation::lazy(std::unique_ptr<Source> source, std::uint32_t depth, std::size_t bytes) {
  if (!charge(sizeof(ListObject) + bytes + 2 * kBlockBytes)) return Datum::failure();
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
