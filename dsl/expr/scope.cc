#include "dsl/expr/scope.h"

namespace foehn::dsl {

const Value* CallArguments::get(std::size_t index, std::string_view name) const {
  if (index < positional.size()) return &positional[index];
  for (const auto& [keyword, value] : keywords)
    if (keyword == name) return &value;
  return nullptr;
}

HostValue HostValue::hold(const Value& value) {
  HostValue holder;
  holder.kind = Kind::kHeld;
  holder.held = &value;
  return holder;
}

HostValue HostValue::list() {
  HostValue list;
  list.kind = Kind::kList;
  return list;
}

HostValue HostValue::dict() {
  HostValue dict;
  dict.kind = Kind::kDict;
  return dict;
}

void HostValue::add(std::string key, HostValue item) {
  keys.push_back(std::move(key));
  items.push_back(std::move(item));
}

Value HostValue::copy() const {
  switch (kind) {
    case Kind::kMade: return made;
    case Kind::kHeld: return *held;
    case Kind::kList: {
      Value list = Value::array();
      for (const HostValue& item : items) list.push_back(item.copy());
      return list;
    }
    case Kind::kDict: break;
  }
  Value dict = Value::object();
  for (std::size_t i = 0; i < items.size(); ++i) dict[keys[i]] = items[i].copy();
  return dict;
}

}  // namespace foehn::dsl
