// Which outside request belongs to which run, so that a run can be cancelled. Covers the two awkward moments: the
// answer arrives before the request's handle is known, or the cancel does. Any thread; runs without an id are not kept.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/base/id.h"
#include "engine/base/sync.h"

namespace foehn::actions {

template <class Handle>
class RunTable {
 public:
  void begin(ActionRunId run_id) {
    if (run_id.is_nil()) return;
    entries_.with([&](auto& entries) { entries[run_id.uuid] = Entry{}; });
  }
  // True when the run was cancelled before its handle was known: the caller cancels the request now.
  bool set(ActionRunId run_id, Handle handle) {
    return entries_.with([&](auto& entries) {
      const auto found = entries.find(run_id.uuid);
      if (found == entries.end()) return false;
      found->second.handle = handle;
      return found->second.cancelled;
    });
  }
  void end(ActionRunId run_id) {
    entries_.with([&](auto& entries) { entries.erase(run_id.uuid); });
  }
  // The handle to cancel, if it is known.
  std::optional<Handle> cancel(ActionRunId run_id) {
    return entries_.with([&](auto& entries) -> std::optional<Handle> {
      const auto found = entries.find(run_id.uuid);
      if (found == entries.end()) return std::nullopt;
      found->second.cancelled = true;
      return found->second.handle;
    });
  }
  // Empties the table, for a shutdown.
  std::vector<Handle> take_all() {
    return entries_.with([](auto& entries) {
      std::vector<Handle> handles;
      for (const auto& [id, entry] : entries)
        if (entry.handle) handles.push_back(*entry.handle);
      entries.clear();
      return handles;
    });
  }

 private:
  struct Entry {
    std::optional<Handle> handle;
    bool cancelled = false;
  };
  Guarded<std::unordered_map<Uuid, Entry>> entries_;
};

}  // namespace foehn::actions
