// Datum: a value during one evaluation, for both languages. Scalars are held inline; lists, dicts and texts of the
// context and of literals are only pointed at (they outlive the evaluation), so member access copies nothing. New
// lists, dicts and texts are counted objects. Belongs to one evaluation and one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/value.h"

namespace foehn::expr {

class Evaluation;

// What a value is to the languages. kCode is an unevaluated argument, kFailed the result of a failed evaluation (the
// reason is in Evaluation), kMissing an argument that was not given.
enum class Kind : std::uint8_t {
  kNull,
  kBoolean,
  kInteger,
  kNumber,
  kText,
  kList,
  kDict,
  kSet,
  kObject,
  kCode,
  kMissing,
  kFailed
};

// Python has several list types: they differ in their texts and are never equal. kContext is the type that lists of the
// context have (tuples in YAQL, lists in Jinja2), kOther the other one of the two. kView is what dict.values() gives,
// kOrdered what orderBy() gives: they have items, but are neither lists nor iterators.
enum class ListStyle : std::uint8_t { kContext, kOther, kIterator, kView, kOrdered };

// Comparing or copying so many bytes of text is one step of the budget.
inline constexpr std::size_t kBytesPerStep = 256;

// Base of everything counted. Counts are not atomic.
class Object {
 public:
  explicit Object(Kind object_kind) : kind(object_kind) {}
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  const Kind kind;
  bool read_only = false;  // a list or dict of the host
  std::uint32_t depth = 1;  // nesting, bounded by Evaluation, so that recursion over values is
  std::uint32_t references = 0;
};

template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) {
    if (object_) ++object_->references;
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ && --object_->references == 0) delete object_;
  }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

class Datum {
 public:
  Datum() : tag_(Tag::kNull), integer_(0) {}
  Datum(const Datum& other) : tag_(other.tag_), integer_(other.integer_) {
    if (tag_ == Tag::kObject) ++object_->references;
  }
  Datum(Datum&& other) noexcept : tag_(other.tag_), integer_(other.integer_) { other.tag_ = Tag::kNull; }
  Datum& operator=(Datum other) noexcept {
    std::swap(tag_, other.tag_);
    std::swap(integer_, other.integer_);
    return *this;
  }
  ~Datum() {
    if (tag_ == Tag::kObject && --object_->references == 0) delete object_;
  }

  static Datum boolean(bool value) { return Datum(Tag::kBoolean, value ? 1 : 0); }
  static Datum integer(std::int64_t value) { return Datum(Tag::kInteger, value); }
  static Datum integer(std::size_t value) { return Datum(Tag::kInteger, static_cast<std::int64_t>(value)); }
  static Datum number(double value) {
    Datum datum(Tag::kNumber, 0);
    datum.number_ = value;
    return datum;
  }
  // `value` and `text` must outlive the evaluation (context, literals, Evaluation::keep).
  static Datum of(const Value& value);
  static Datum of(const std::string& text) {
    Datum datum(Tag::kText, 0);
    datum.text_ = &text;
    return datum;
  }
  static Datum of(Object* object) {
    Datum datum(Tag::kObject, 0);
    datum.object_ = object;
    ++object->references;
    return datum;
  }
  // What a function of the host gave; so is what stands inside of it. In YAQL its lists are Python's lists, not tuples,
  // which only texts show.
  static Datum given(const Value& value) {
    Datum datum = of(value);
    if (datum.tag_ == Tag::kValue) datum.tag_ = Tag::kGiven;
    return datum;
  }
  // A part of the JSON value that this one points at.
  Datum part(const Value& value) const { return tag_ == Tag::kGiven ? given(value) : of(value); }
  // What stands in the expression itself, so that a message may quote it; `value` must outlive the evaluation.
  static Datum literal(const Value& value) {
    Datum datum = of(value);
    if (datum.tag_ == Tag::kText) datum.tag_ = Tag::kLiteral;
    return datum;
  }
  template <class T>
  static Datum of(const Ref<T>& object) {
    return of(static_cast<Object*>(object.get()));
  }
  // Code is a syntax node of whichever language evaluates; `node` is not owned.
  static Datum code(const void* node) {
    Datum datum(Tag::kCode, 0);
    datum.code_ = node;
    return datum;
  }
  static Datum missing() { return Datum(Tag::kMissing, 0); }
  static Datum failure() { return Datum(Tag::kFailed, 0); }

  Kind kind() const {
    if (tag_ == Tag::kObject) return object_->kind;
    if (tag_ == Tag::kValue || tag_ == Tag::kGiven) return value_->is_array() ? Kind::kList : Kind::kDict;
    return kPlainKinds[static_cast<std::size_t>(tag_)];
  }
  bool failed() const { return tag_ == Tag::kFailed; }
  bool is_missing() const { return tag_ == Tag::kMissing; }
  bool is_null() const { return tag_ == Tag::kNull; }
  bool is_text() const { return kind() == Kind::kText; }
  bool is_literal() const { return tag_ == Tag::kLiteral; }  // a text of the expression; what was made of it is none
  bool is_integer() const { return tag_ == Tag::kInteger; }
  bool is_number() const { return tag_ == Tag::kInteger || tag_ == Tag::kNumber; }  // booleans are none
  bool is_sequence() const {
    const Kind what = kind();
    return what == Kind::kList || what == Kind::kSet;
  }

  bool boolean() const { return integer_ != 0; }
  std::int64_t integer() const { return integer_; }
  // Of an integer, boolean or number.
  double number() const { return tag_ == Tag::kNumber ? number_ : static_cast<double>(integer_); }
  std::string_view text() const;
  const void* code() const { return code_; }
  bool points_at_given() const { return tag_ == Tag::kGiven; }
  // The JSON value pointed at, or nullptr when this is an object of the evaluation or a scalar.
  const Value* value() const { return tag_ == Tag::kValue || tag_ == Tag::kGiven ? value_ : nullptr; }
  Object* object() const { return tag_ == Tag::kObject ? object_ : nullptr; }
  template <class T>
  T* as() const {
    if (tag_ != Tag::kObject) return nullptr;
    if constexpr (requires { T::has_kind(Kind::kNull); }) {
      return T::has_kind(object_->kind) ? static_cast<T*>(object_) : nullptr;
    } else {
      return dynamic_cast<T*>(object_);
    }
  }

 private:
  enum class Tag : std::uint8_t {
    kNull,
    kBoolean,
    kInteger,
    kNumber,
    kText,
    kLiteral,
    kValue,
    kGiven,
    kObject,
    kCode,
    kMissing,
    kFailed
  };
  // In the order of Tag; values and objects know theirs.
  static constexpr Kind kPlainKinds[] = {Kind::kNull,   Kind::kBoolean, Kind::kInteger, Kind::kNumber,
                                         Kind::kText,   Kind::kText,    Kind::kFailed,  Kind::kFailed,
                                         Kind::kFailed, Kind::kCode,    Kind::kMissing, Kind::kFailed};
  Datum(Tag tag, std::int64_t value) : tag_(tag), integer_(value) {}

  Tag tag_;
  union {
    std::int64_t integer_;
    double number_;
    const Value* value_;
    const std::string* text_;
    Object* object_;
    const void* code_;
  };
};
static_assert(sizeof(Datum) == 16);

class TextObject final : public Object {
 public:
  explicit TextObject(std::string content, bool safe_html = false)
      : Object(Kind::kText), text(std::move(content)), markup(safe_html) {}
  static bool has_kind(Kind kind) { return kind == Kind::kText; }  // no other object has it; so below
  const std::string text;
  const bool markup;  // Jinja2's Markup: already safe in HTML
};

// A value only one language knows: a regular expression, a date, a Jinja loop.
class OpaqueObject : public Object {
 public:
  OpaqueObject() : Object(Kind::kObject) {}
  virtual std::string_view type() const = 0;            // for messages
  virtual std::string text() const = 0;                 // Python's str()
  virtual std::string repr() const { return text(); }   // Python's repr(), inside lists and dicts
  virtual bool truth() const { return true; }
  virtual bool equals(const OpaqueObject& other) const { return this == &other; }
  virtual std::size_t hash() const { return reinterpret_cast<std::size_t>(this); }
  virtual bool has_text() const { return false; }       // whether text() may stand for it in a result
  virtual std::string complaint() const { return {}; }  // why it cannot be used at all
};

// Produces the items of a lazy list one by one.
class Source {
 public:
  virtual ~Source() = default;
  // False at the end or when the evaluation failed.
  virtual bool next(Evaluation& evaluation, Datum& item) = 0;
};

// A list; a lazy one remembers what its source has produced, so it can be read many times.
class ListObject final : public Object {
 public:
  explicit ListObject(ListStyle list_style) : Object(Kind::kList), style(list_style) {}
  static bool has_kind(Kind kind) { return kind == Kind::kList; }
  std::vector<Datum> items;
  std::unique_ptr<Source> source;
  ListStyle style;
  bool given = false;    // by a function of the host, see Datum::given()
  bool grouped = false;  // a row of Jinja2's groupby(), with the attributes grouper and list
  std::optional<std::uint32_t> place;  // of what made a lazy one, in the source: its failures happen later
  // Whether there is an item `index`; pulls from the source as needed.
  bool reaches(Evaluation& evaluation, std::size_t index) {
    return index < items.size() || (source && pull(evaluation, index));
  }

 private:
  bool pull(Evaluation& evaluation, std::size_t index);
};

// What one more item of a list, or entry of a dict or set, takes of the memory at most: while a container grows, its
// old array and the new one of twice the size are there. An entry also has slots of the index.
inline constexpr std::size_t kItemBytes = 3 * sizeof(Datum);
inline constexpr std::size_t kEntryBytes = 3 * sizeof(std::pair<Datum, Datum>) + 10 * sizeof(std::uint32_t);
// What the allocator takes for itself, at most.
inline constexpr std::size_t kBlockBytes = 24;

// A dict with keys of any hashable kind, in insertion order; as Kind::kSet a set (values unused).
class DictObject final : public Object {
 public:
  explicit DictObject(Kind dict_kind = Kind::kDict, bool dict_is_view = false)
      : Object(dict_kind), is_view(dict_is_view) {}
  static bool has_kind(Kind kind) { return kind == Kind::kDict || kind == Kind::kSet; }
  const bool is_view;       // dict.keys() and dict.items(): sets without the methods of sets
  bool is_mutable = false;  // a plain dict of YAQL: no key
  const std::vector<std::pair<Datum, Datum>>& entries() const { return entries_; }
  // Sets or replaces; a replaced key keeps its place. True when the key is new.
  bool set(const Datum& key, Datum value);
  const Datum* find(const Datum& key) const;
  void erase(const Datum& key);
  void clear() {
    entries_.clear();
    slots_.clear();
  }

 private:
  std::size_t position(const Datum& key, std::size_t hash) const;
  void rebuild();
  std::vector<std::pair<Datum, Datum>> entries_;
  std::vector<std::uint32_t> slots_;
};

// Items of a list or set, or the keys of a dict, in order; each takes a step of the budget. Check
// Evaluation::failed() after the end.
class Items {
 public:
  Items(Evaluation& evaluation, Datum collection);
  bool next(Datum& item);
  void restart() { index_ = 0; }

 private:
  Evaluation& evaluation_;
  Datum collection_;
  const Value* value_;
  ListObject* list_ = nullptr;
  DictObject* dict_ = nullptr;
  std::size_t index_ = 0;
};

// Members of a dict, in order.
class Members {
 public:
  explicit Members(const Datum& dict);
  bool next(Datum& key, Datum& value);

 private:
  const Datum json_;
  const Value::object_t* members_ = nullptr;
  const DictObject* dict_ = nullptr;
  std::size_t index_ = 0;
};

// Member of a dict; false when there is none.
bool lookup(const Datum& dict, const Datum& key, Datum& value);
bool lookup(const Datum& dict, const std::string& key, Datum& value);
// Length of a text (code points), list that is not lazy, dict or set.
std::size_t length(const Datum& datum);
ListStyle style_of(const Datum& list);
bool is_given(const Datum& list);

// A lazy list counts as true, and is equal to itself only (Python's generators).
bool truthy(const Datum& datum);
// Python's ==: 1 = 1.0 = true.
bool equal(const Datum& left, const Datum& right);
// Whether YAQL's Python could hash it, so that it may be a key or a member of a set.
bool hashable(const Datum& datum);
std::size_t hash_of(const Datum& datum);
// Order of two numbers, two texts or two lists of such: negative, 0, positive; false when they cannot be compared.
bool compare(const Datum& left, const Datum& right, int& order);

// How many steps it takes to look at all of it: items and members down to the leaves, bytes of texts; what is shared
// counts wherever it is reached. Stops counting at `enough`.
std::uint64_t weight_of(const Datum& datum, std::uint64_t enough);

// Nesting of a counted value; 0 for scalars and what the context holds.
inline std::uint32_t depth_of(const Datum& datum) { return datum.object() ? datum.object()->depth : 0; }

// The memory that a copy of `value` takes. Stops counting above `enough`.
std::size_t copy_bytes(const Value& value, std::size_t enough);

// Deep copy into JSON; keys become texts as Python's json.dumps writes them. Fails on what JSON cannot hold.
Result<Value> to_value(Evaluation& evaluation, const Datum& datum);
// Python's repr() and str(); charged as they are written.
void append_text_repr(Evaluation& evaluation, std::string_view text, std::string& out);
void append_repr(Evaluation& evaluation, const Datum& datum, std::string& out);
std::string repr(Evaluation& evaluation, const Datum& datum);
std::string str(Evaluation& evaluation, const Datum& datum);
// "integer", "list", … for messages.
std::string_view name_of(const Datum& datum);
// "an integer", "a list", "null"
std::string a_name_of(const Datum& datum);

}  // namespace foehn::expr
