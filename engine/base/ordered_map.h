// The object type of Value: a map that keeps insertion order (as Python dicts and YAML documents do), finds keys in
// O(1) and compares without regard to order. Small objects are scanned; from kIndexFrom keys on a hash index is kept.
// A value: copied with the Value that holds it; no internal locking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace foehn {

template <class Key, class T, class Less = std::less<>, class Allocator = std::allocator<std::pair<const Key, T>>>
class OrderedMap {
 public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<Key, T>;
  using Items = std::vector<value_type>;
  using iterator = typename Items::iterator;
  using const_iterator = typename Items::const_iterator;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using key_compare = std::equal_to<>;
  using allocator_type = Allocator;

  OrderedMap() = default;
  template <class It>
  OrderedMap(It first, It last) {
    insert(first, last);
  }
  OrderedMap(std::initializer_list<value_type> items) {
    for (const auto& item : items) emplace(item.first, item.second);
  }

  iterator begin() { return items_.begin(); }
  iterator end() { return items_.end(); }
  const_iterator begin() const { return items_.begin(); }
  const_iterator end() const { return items_.end(); }
  const_iterator cbegin() const { return items_.begin(); }
  const_iterator cend() const { return items_.end(); }
  bool empty() const { return items_.empty(); }
  size_type size() const { return items_.size(); }
  size_type max_size() const { return items_.max_size(); }
  void clear() {
    items_.clear();
    slots_.clear();
  }
  void reserve(size_type count) { items_.reserve(count); }

  template <class K>
  iterator find(const K& key) {
    const std::size_t at = position(key);
    return at == kNone ? items_.end() : items_.begin() + static_cast<difference_type>(at);
  }
  template <class K>
  const_iterator find(const K& key) const {
    const std::size_t at = position(key);
    return at == kNone ? items_.end() : items_.begin() + static_cast<difference_type>(at);
  }
  template <class K>
  size_type count(const K& key) const {
    return position(key) == kNone ? 0 : 1;
  }

  template <class K, class... Args>
  std::pair<iterator, bool> emplace(K&& key, Args&&... args) {
    const auto found = find(std::string_view(key));
    if (found != items_.end()) return {found, false};
    items_.emplace_back(std::piecewise_construct, std::forward_as_tuple(std::forward<K>(key)),
                        std::forward_as_tuple(std::forward<Args>(args)...));
    index_last();
    return {items_.end() - 1, true};
  }
  std::pair<iterator, bool> insert(const value_type& item) { return emplace(item.first, item.second); }
  std::pair<iterator, bool> insert(value_type&& item) {
    return emplace(std::move(item.first), std::move(item.second));
  }
  template <class It>
  void insert(It first, It last) {
    for (; first != last; ++first) emplace(first->first, first->second);
  }

  template <class K>
  T& operator[](K&& key) {
    return emplace(std::forward<K>(key), T{}).first->second;
  }
  template <class K>
  const T& operator[](const K& key) const {
    return at(key);
  }
  template <class K>
  T& at(const K& key) {
    return items_.at(position(key)).second;
  }
  template <class K>
  const T& at(const K& key) const {
    return items_.at(position(key)).second;
  }

  // Erasing keeps the order of the rest and is O(n).
  size_type erase(std::string_view key) {
    const auto found = find(key);
    if (found == items_.end()) return 0;
    erase(found);
    return 1;
  }
  iterator erase(const_iterator where) {
    auto next = items_.erase(where);
    rebuild();
    return next;
  }
  iterator erase(iterator where) { return erase(const_iterator(where)); }
  iterator erase(iterator first, iterator last) {
    auto next = items_.erase(first, last);
    rebuild();
    return next;
  }
  void swap(OrderedMap& other) noexcept {
    items_.swap(other.items_);
    slots_.swap(other.slots_);
  }

  friend bool operator==(const OrderedMap& a, const OrderedMap& b) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.items_) {
      const auto found = b.find(key);
      if (found == b.end() || !(found->second == value)) return false;
    }
    return true;
  }
  friend bool operator<(const OrderedMap& a, const OrderedMap& b) { return a.items_ < b.items_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr std::size_t kIndexFrom = 16;

  std::size_t position(std::string_view key) const {
    if (slots_.empty()) {
      for (std::size_t i = 0; i < items_.size(); ++i)
        if (items_[i].first == key) return i;
      return kNone;
    }
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = std::hash<std::string_view>{}(key)&mask;; at = (at + 1) & mask) {
      if (slots_[at] == 0) return kNone;
      if (items_[slots_[at] - 1].first == key) return slots_[at] - 1;
    }
  }

  void index_last() {
    if (items_.size() < kIndexFrom) return;
    if (slots_.size() < items_.size() * 2) return rebuild();
    place(items_.size() - 1);
  }
  void place(std::size_t item) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = std::hash<std::string_view>{}(items_[item].first) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(item + 1);
  }
  void rebuild() {
    slots_.clear();
    if (items_.size() < kIndexFrom) return;
    std::size_t capacity = 64;
    while (capacity < items_.size() * 3) capacity *= 2;
    slots_.assign(capacity, 0);
    for (std::size_t i = 0; i < items_.size(); ++i) place(i);
  }

  Items items_;
  std::vector<std::uint32_t> slots_;  // open addressing; item number + 1, 0 = free
};

}  // namespace foehn
