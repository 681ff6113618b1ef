// ResultMaker: what an evaluation gave, as JSON. Depth, memory, scalars and dicts are the same for both languages; what
// only one of them has is its own part. Belongs to one evaluation.
#pragma once

#include <string>

#include "dsl/expr/evaluation.h"

namespace foehn::expr {

class ResultMaker {
 public:
  explicit ResultMaker(Evaluation& evaluation) : evaluation_(evaluation) {}
  virtual ~ResultMaker() = default;
  // Fails on what JSON cannot hold; so does the evaluation then.
  Result<Value> run(const Datum& datum);

 protected:
  Evaluation& evaluation() const { return evaluation_; }
  bool refuse(std::string message) const { return !evaluation_.fail(std::move(message)).failed(); }
  // All that `source` gives.
  template <class Source>
  bool fill(Source source, Value& out, std::size_t level) {
    if (!begin_list(out)) return false;
    auto& array = out.get_ref<Value::array_t&>();
    Datum item;
    while (source.next(item)) {
      array.emplace_back();
      if (!make(item, array.back(), level + 1)) return false;
    }
    return !evaluation_.failed();
  }

 private:
  virtual bool list(const Datum& datum, Value& out, std::size_t level) = 0;
  // The text of a key that is none yet, as Python's json.dumps writes it.
  virtual bool key(const Datum& datum, std::string& out) = 0;
  virtual bool number(double number) = 0;  // whether it may be in a result
  virtual bool object(const Datum& datum, Value& out, std::size_t level) = 0;

  bool make(const Datum& datum, Value& out, std::size_t level);
  bool begin_list(Value& out) const;
  bool make_dict(const Datum& datum, Value& out, std::size_t level);

  Evaluation& evaluation_;
};

}  // namespace foehn::expr
