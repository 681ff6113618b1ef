#include "engine/core/context.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "engine/base/prng.h"
#include "engine/base/result.h"

namespace foehn::core {
namespace {
// Two independent 64-bit hashes of `text`, going on from `seed`.
Uuid hash_on(const Uuid& seed, std::string_view text) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, seed.bytes.data(), 8);
  std::memcpy(&low, seed.bytes.data() + 8, 8);
  high ^= Prng::mix(text.size() + 1);
  low += Prng::mix(~static_cast<std::uint64_t>(text.size()));
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    high = Prng::mix(high ^ word);
    low = Prng::mix(low + word * 0x9e3779b97f4a7c15ULL) ^ (low << 1);
  }
  Uuid result;
  std::memcpy(result.bytes.data(), &high, 8);
  std::memcpy(result.bytes.data() + 8, &low, 8);
  return result;
}

constexpr std::uint32_t kLayersMax = 32;  // then one layer takes over all pointers; bounds lookup and destruction
}  // namespace

// A key computed when first asked for. A copy starts afresh, because copies are made in order to be changed.
struct Context::LazyKey {
  LazyKey() = default;
  LazyKey(const LazyKey&) {}
  LazyKey& operator=(const LazyKey&) = delete;
  template <class Compute>
  const Uuid& get(Compute compute) const {
    std::call_once(once_, [&] { key_ = compute(); });
    return key_;
  }

 private:
  mutable std::once_flag once_;
  mutable Uuid key_;
};

// A published value and how often it was published. `leaves` holds the paths ("b.c") whose count differs from `version`
// after a merge; a path without an entry takes the one of its nearest parent.
struct Context::Variable {
  Value value;
  std::uint32_t version = 1;
  std::map<std::string, std::uint32_t> leaves;
  LazyKey key;

  std::uint32_t version_at(std::string path) const {
    while (!leaves.empty()) {
      if (const auto found = leaves.find(path); found != leaves.end()) return found->second;
      const std::size_t dot = path.rfind('.');
      if (dot == std::string::npos) break;
      path.resize(dot);
    }
    return version;
  }
  // The highest count at or below `path` ("" = anywhere).
  std::uint32_t newest_below(const std::string& path) const {
    std::uint32_t newest = version_at(path);
    const std::string prefix = path.empty() ? "" : path + ".";
    for (auto leaf = leaves.lower_bound(prefix); leaf != leaves.end(); ++leaf) {
      if (leaf->first.compare(0, prefix.size(), prefix) != 0) break;
      newest = std::max(newest, leaf->second);
    }
    return newest;
  }
};

namespace {
template <class Variable>
using VariableMap = OrderedMap<std::string, std::shared_ptr<const Variable>, std::less<>,
                               std::allocator<std::pair<const std::string, std::shared_ptr<const Variable>>>>;
}

struct Context::Layer {
  VariableMap<Variable> variables;
  std::shared_ptr<const Layer> below;
  std::uint32_t height = 1;
  LazyKey key;

  static const std::shared_ptr<const Variable>* find(const Layer* layer, std::string_view name) {
    for (; layer != nullptr; layer = layer->below.get()) {
      const auto found = layer->variables.find(name);
      if (found != layer->variables.end()) return &found->second;
    }
    return nullptr;
  }
  // All variables, oldest first; the newest value of each.
  static VariableMap<Variable> collect(const Layer* layer) {
    std::vector<const Layer*> layers;
    for (; layer != nullptr; layer = layer->below.get()) layers.push_back(layer);
    VariableMap<Variable> all;
    for (auto next = layers.rbegin(); next != layers.rend(); ++next)
      for (const auto& [name, variable] : (*next)->variables) all[name] = variable;
    return all;
  }
};

// Folds contexts by version. Pointers to unchanged variables are shared, so a common history costs no copies.
class Context::Merger {
 public:
  void add(const Context& context) {
    for (auto& [name, variable] : Layer::collect(context.top_.get())) {
      const auto [mine, added] = all_.emplace(name, variable);
      if (added || mine->second == variable) continue;
      mine->second = merge(mine->second, variable);
    }
  }
  Context take() {
    if (all_.empty()) return {};
    auto layer = std::make_shared<Layer>();
    layer->variables = std::move(all_);
    return Context(std::move(layer));
  }

 private:
  using Pointer = std::shared_ptr<const Variable>;

  static Pointer merge(const Pointer& left, const Pointer& right) {
    if (!left->value.is_object() || !right->value.is_object())
      return right->newest_below("") > left->newest_below("") ? right : left;
    auto merged = std::make_shared<Variable>(*left);
    merge_object(*merged, merged->value, *right, right->value, "");
    return merged;
  }

  // Depth is bounded by limits::kJsonDepthMax.
  static void merge_object(Variable& left, Value& into, const Variable& right, const Value& from,
                           const std::string& path) {
    for (auto item = from.begin(); item != from.end(); ++item) {
      const std::string here = path.empty() ? item.key() : path + "." + item.key();
      const auto mine = into.find(item.key());
      if (mine == into.end()) {
        into[item.key()] = item.value();
        take_versions(left, right, here);
      } else if (mine->is_object() && item->is_object()) {
        merge_object(left, *mine, right, *item, here);
      } else if (right.newest_below(here) > left.newest_below(here)) {
        *mine = item.value();
        take_versions(left, right, here);
      }
    }
  }
  static void take_versions(Variable& left, const Variable& right, const std::string& path) {
    left.leaves[path] = right.version_at(path);
    const std::string prefix = path + ".";
    for (auto leaf = right.leaves.lower_bound(prefix); leaf != right.leaves.end(); ++leaf) {
      if (leaf->first.compare(0, prefix.size(), prefix) != 0) break;
      left.leaves[leaf->first] = leaf->second;
    }
  }

  VariableMap<Variable> all_;
};

Context Context::with(const Value& published) const {
  if (!published.is_object() || published.empty()) return *this;
  auto layer = std::make_shared<Layer>();
  layer->height = top_ ? top_->height + 1 : 1;
  if (layer->height > kLayersMax) {
    layer->variables = Layer::collect(top_.get());
    layer->height = 1;
  } else {
    layer->below = top_;
  }
  for (auto item = published.begin(); item != published.end(); ++item) {
    auto variable = std::make_shared<Variable>();
    variable->value = item.value();
    if (const auto* old = Layer::find(top_.get(), item.key())) variable->version = (*old)->newest_below("") + 1;
    layer->variables[item.key()] = std::move(variable);
  }
  return Context(std::move(layer));
}

const Value* Context::find(std::string_view name) const {
  const auto* found = Layer::find(top_.get(), name);
  return found ? &(*found)->value : nullptr;
}

std::vector<std::pair<std::string, const Value*>> Context::all() const {
  std::vector<std::pair<std::string, const Value*>> found;
  for (const auto& [name, variable] : Layer::collect(top_.get())) found.emplace_back(name, &variable->value);
  return found;
}

Value Context::flatten() const {
  Value object = Value::object();
  for (const auto& [name, value] : all()) object[name] = *value;
  return object;
}

Context Context::merged(const Context& other) const { return merge_all({*this, other}); }

Context Context::merge_all(const std::vector<Context>& contexts) {
  const Context* only = nullptr;
  bool same = true;
  for (const Context& context : contexts) {
    if (context.empty()) continue;
    same = same && (only == nullptr || only->same_as(context));
    if (only == nullptr) only = &context;
  }
  if (only == nullptr) return {};
  if (same) return *only;
  Merger merger;
  for (const Context& context : contexts) merger.add(context);
  return merger.take();
}

namespace {

// A count, or {"": count, "path.of.leaf": count}.
template <class Variable>
Value versions_of(const Variable& variable) {
  if (variable.leaves.empty()) return variable.version;
  Value counts = {{"", variable.version}};
  for (const auto& [path, version] : variable.leaves) counts[path] = version;
  return counts;
}

template <class Variable>
bool read_versions(const Value* counts, Variable& variable) {
  if (counts == nullptr) return false;
  const Value* version = counts->is_object() ? foehn::find(*counts, "") : counts;
  if (version == nullptr || !version->is_number_unsigned()) return false;
  variable.version = version->get<std::uint32_t>();
  if (!counts->is_object()) return true;
  for (auto leaf = counts->begin(); leaf != counts->end(); ++leaf) {
    if (leaf.key().empty()) continue;
    if (!leaf->is_number_unsigned()) return false;
    variable.leaves[leaf.key()] = leaf->template get<std::uint32_t>();
  }
  return true;
}

}  // namespace

Value Context::to_value() const {
  Value values = Value::object();
  Value versions = Value::object();
  for (const auto& [name, variable] : Layer::collect(top_.get())) {
    values[name] = variable->value;
    versions[name] = versions_of(*variable);
  }
  Value stored = Value::object();
  stored["values"] = std::move(values);
  stored["versions"] = std::move(versions);
  return stored;
}

Result<Context> Context::from_value(const Value& stored) {
  if (stored.is_null() || (stored.is_object() && stored.empty())) return Context();
  const Value* values = foehn::find(stored, "values");
  const Value* versions = foehn::find(stored, "versions");
  if (values == nullptr || versions == nullptr || !values->is_object() || !versions->is_object())
    return fail(ErrorCode::kInvalidArgument, "a stored context needs objects 'values' and 'versions'");
  auto layer = std::make_shared<Layer>();
  for (auto item = values->begin(); item != values->end(); ++item) {
    auto variable = std::make_shared<Variable>();
    variable->value = item.value();
    if (!read_versions(foehn::find(*versions, item.key()), *variable))
      return fail(ErrorCode::kInvalidArgument, "a stored context has no good version of '" + item.key() + "'");
    layer->variables[item.key()] = std::move(variable);
  }
  if (layer->variables.empty()) return Context();
  return Context(std::move(layer));
}

Uuid Context::key_of(const Variable& variable) {
  return variable.key.get([&] { return hash_on(Uuid(), to_json(to_value(variable))); });
}

Uuid Context::key() const {
  // Layers are few (kLayersMax), so the recursion is short.
  if (!top_) return {};
  return top_->key.get([&] {
    Uuid key = hash_on(below().key(), "layer");
    for (const auto& [name, variable] : top_->variables) {
      const Uuid value = key_of(*variable);
      key = hash_on(hash_on(key, name), {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
    }
    return key;
  });
}

Context Context::below() const { return top_ ? Context(top_->below) : Context(); }

Context::Variables Context::top_variables() const {
  Variables variables;
  if (top_)
    for (const auto& [name, variable] : top_->variables) variables.emplace_back(name, variable);
  return variables;
}

Context Context::from_parts(const Context& below, const Variables& variables) {
  auto layer = std::make_shared<Layer>();
  layer->below = below.top_;
  layer->height = below.top_ ? below.top_->height + 1 : 1;
  for (const auto& [name, variable] : variables) layer->variables[name] = variable;
  return Context(std::move(layer));
}

Value Context::to_value(const Variable& variable) {
  return {{"value", variable.value}, {"version", versions_of(variable)}};
}

Result<Context::VariablePtr> Context::variable_from_value(const Value& stored) {
  auto variable = std::make_shared<Variable>();
  const Value* value = foehn::find(stored, "value");
  if (value == nullptr || !read_versions(foehn::find(stored, "version"), *variable))
    return fail(ErrorCode::kInvalidArgument, "a stored variable needs 'value' and 'version'");
  variable->value = *value;
  return variable;
}

}  // namespace foehn::core
