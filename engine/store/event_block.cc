#include "engine/store/event_block.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "engine/base/limits.h"

namespace foehn::store {
namespace {

// A block is: form, executions, events; each list after its length. Numbers are LEB128, texts stand after their length,
// ids are 16 bytes.
constexpr std::uint64_t kBlockForm = 1;
constexpr std::uint64_t kOfTask = 1, kWithInfo = 2;  // flags of an event

void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

void put(std::string& out, std::string_view text) {
  put(out, std::uint64_t{text.size()});
  out += text;
}

void put(std::string& out, const Uuid& id) {
  for (const std::uint8_t byte : id.bytes) out.push_back(static_cast<char>(byte));
}

void put_execution(std::string& out, const Event& event) {
  put(out, event.notice.execution_id.uuid);
  put(out, std::uint64_t{event.above.size()});
  for (const ExecutionId id : event.above) put(out, id.uuid);
  put(out, std::string_view(event.notice.workflow_name));
  put(out, std::string_view(event.notice.project_id));
}

void put_event(std::string& out, const core::Notice& notice, std::uint64_t execution) {
  put(out, execution);
  put(out, (notice.task_id ? kOfTask : 0) | (notice.state_info ? kWithInfo : 0));
  put(out, static_cast<std::uint64_t>(notice.at.us));
  put(out, core::to_string(notice.state));
  if (notice.task_id) {
    put(out, notice.task_id->uuid);
    put(out, std::string_view(notice.name));
  }
  if (notice.state_info) put(out, std::string_view(*notice.state_info));
}

// Takes a block apart. After damage everything is empty and damaged() is true.
class BlockReader {
 public:
  explicit BlockReader(std::string_view block) : left_(block) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = bytes(1);
      if (byte.empty()) return 0;
      const auto bits = static_cast<std::uint8_t>(byte[0]);
      number |= static_cast<std::uint64_t>(bits & 0x7f) << shift;
      if (bits < 0x80) return number;
    }
    return spoil(), 0;
  }
  std::string text() { return std::string(bytes(number())); }
  Uuid uuid() {
    Uuid id;
    const std::string_view from = bytes(id.bytes.size());
    std::transform(from.begin(), from.end(), id.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return id;
  }
  // A length of a list whose members take at least one byte each.
  std::size_t length() {
    const std::uint64_t length = number();
    if (length > left_.size()) return spoil(), 0;
    return static_cast<std::size_t>(length);
  }
  void spoil() {
    damaged_ = true;
    left_ = {};
  }
  bool damaged() const { return damaged_; }
  bool at_end() const { return left_.empty(); }

 private:
  std::string_view bytes(std::uint64_t count) {
    if (count > left_.size()) return spoil(), std::string_view();
    const std::string_view taken = left_.substr(0, static_cast<std::size_t>(count));
    left_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view left_;
  bool damaged_ = false;
};

Event read_event_execution(BlockReader& in) {
  Event event;
  event.notice.execution_id.uuid = in.uuid();
  const std::size_t above = in.length();
  for (std::size_t i = 0; i < above && !in.damaged(); ++i) event.above.push_back(ExecutionId{in.uuid()});
  if (!event.above.empty()) event.notice.root_id = event.above.front();
  event.notice.workflow_name = in.text();
  event.notice.project_id = in.text();
  return event;
}

Event read_event(BlockReader& in, const std::vector<Event>& executions) {
  const std::uint64_t execution = in.number();
  if (execution >= executions.size()) return in.spoil(), Event();
  Event event = executions[static_cast<std::size_t>(execution)];
  core::Notice& notice = event.notice;
  const std::uint64_t flags = in.number();
  notice.at.us = static_cast<std::int64_t>(in.number());
  const auto state = core::parse_state(in.text());
  if (!state) in.spoil();
  notice.state = state.value_or(core::State::kIdle);
  if ((flags & kOfTask) != 0) {
    notice.kind = core::Notice::Kind::kTask;
    notice.task_id = TaskId{in.uuid()};
    notice.name = in.text();
  }
  if ((flags & kWithInfo) != 0) notice.state_info = in.text();
  return event;
}

}  // namespace

std::string encode_events(std::span<const Event> events) {
  std::unordered_map<ExecutionId, std::uint64_t> places;
  std::string executions, told;
  for (const Event& event : events) {
    const auto [place, is_new] = places.try_emplace(event.notice.execution_id, places.size());
    if (is_new) put_execution(executions, event);
    put_event(told, event.notice, place->second);
  }
  std::string block;
  block.reserve(executions.size() + told.size() + 16);
  put(block, kBlockForm);
  put(block, std::uint64_t{places.size()});
  block += executions;
  put(block, std::uint64_t{events.size()});
  return block += told;
}

Result<std::vector<Event>> decode_events(std::uint64_t first_id, std::string_view block) {
  BlockReader in(block);
  std::vector<Event> executions, events;
  if (in.number() != kBlockForm) in.spoil();
  const std::size_t places = in.length();
  for (std::size_t i = 0; i < places && !in.damaged(); ++i) executions.push_back(read_event_execution(in));
  const std::size_t count = in.length();
  for (std::size_t i = 0; i < count && !in.damaged(); ++i) {
    events.push_back(read_event(in, executions));
    events.back().id = first_id + i;
  }
  if (in.damaged() || !in.at_end())
    return fail(ErrorCode::kIo, "the database holds damaged events: those from " + std::to_string(first_id) + " on");
  return events;
}

}  // namespace foehn::store
