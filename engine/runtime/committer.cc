#include "engine/runtime/committer.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/runtime/inbox_codec.h"

namespace foehn::runtime {

bool Committer::commit(Batch& batch) {
  spill(batch);
  const store::CommitBatch wanted = to_commit(batch);
  if (wanted.members.empty()) {
    clean_unborn(batch);
    if (batch.store_error) note_failure(*batch.store_error);
    return false;
  }
  const std::int64_t began_us = parts_.clock.mono().us;
  auto outcomes = parts_.store.commit(wanted);
  parts_.stats.commit_latency.add(parts_.clock.mono().us - began_us);
  std::optional<Error> error;
  bool unknown = false;
  if (outcomes) {
    FOEHN_CHECK(outcomes->size() == wanted.members.size());
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      if ((*outcomes)[i] == store::CommitOutcome::kApplied) {
        applied(*batch.find(wanted.members[i].state->execution().id), wanted.members[i].new_version);
      } else if ((*outcomes)[i] == store::CommitOutcome::kUnknown) {
        unknown = true;
        error =
            Error{ErrorCode::kCommitUnknown, "The change may or may not have been stored; look before repeating it"};
      } else if (!error) {
        error =
            Error{ErrorCode::kUnavailable, "The execution was changed by somebody else at the same time; try again"};
      }
    }
  } else {
    unknown = outcomes.error().code == ErrorCode::kCommitUnknown;
    error = outcomes.error();
  }
  if (error) {
    settle_items(batch, error, unknown);
    note_failure(*error);
    return false;
  }
  settle_items(batch, std::nullopt, false);
  clean_unborn(batch);
  ++parts_.stats.commits;
  if (batch.store_error) {
    note_failure(*batch.store_error);
  } else {
    note_success();
  }
  return true;
}

store::CommitBatch Committer::to_commit(Batch& batch) const {
  store::CommitBatch wanted;
  std::vector<std::size_t> places;  // of the batch's members among the wanted ones
  for (BatchMember& member : batch.members) {
    places.push_back(wanted.members.size());
    if (!member.changed()) {
      member.applied = true;
      continue;
    }
    store::CommitMember part;
    part.state = member.resident->state.get();
    part.delta = member.delta;
    part.expected_version = member.resident->version;
    part.new_version = member.resident->version + 1;
    part.inbox_consumed = member.inbox_consumed;
    part.inbox_added = member.inbox_added;
    wanted.members.push_back(std::move(part));
  }
  add_events(batch, places, wanted);
  return wanted;
}

// The transitions of everything that has a workflow: the end of a direct action is told to who waits for it alone.
void Committer::add_events(const Batch& batch, const std::vector<std::size_t>& places, store::CommitBatch& wanted) {
  for (const core::Notice& notice : batch.notices) {
    const auto found = batch.member_index.find(notice.execution_id);
    FOEHN_CHECK(found != batch.member_index.end());  // it was stepped in this batch
    if (notice.workflow_name.empty() || !batch.members[found->second].changed()) continue;
    wanted.events.push_back({places[found->second], &notice});
  }
}

// What the steps of this batch sent but the bound kept from being stepped becomes rows, in the same commit.
void Committer::spill(Batch& batch) {
  std::uint64_t serial = 0;
  for (Item* item : batch.follow_ups) {
    if (item->taken || item->dead) continue;
    BatchMember* sender = batch.find(*item->sender);
    if (sender == nullptr) sender = &batch.member(*parts_.table.find(*item->sender));
    // The version makes the id new: a version is stored once.
    item->inbox_id =
        to_string(*item->sender) + ":" + std::to_string(sender->resident->version + 1) + ":" + std::to_string(serial++);
    sender->inbox_added.push_back({item->inbox_id, item->execution_id, to_inbox(*item)});
  }
}

// The parent knows by now, so that the rows of what will never exist can go; if not now, then at the next recovery.
void Committer::clean_unborn(Batch& batch) {
  for (const Unborn& unborn : batch.unborn) {
    parts_.known_inbox.erase(unborn.inbox_id);
    const Status cleaned = parts_.store.remove(unborn.execution_id);
    if (!cleaned && cleaned.error().code != ErrorCode::kNotFound) {
      parts_.log.warning("inbox_left",
                         {{"execution", to_string(unborn.execution_id)}, {"reason", cleaned.error().message}});
    }
  }
}

void Committer::applied(BatchMember& member, std::uint64_t version) {
  member.applied = true;
  member.resident->version = version;
  for (const TimerId& id : member.delta.timers) {
    const auto& timers = member.resident->state->timers();
    if (const auto found = timers.find(id); found != timers.end()) parts_.timers.add(found->second);
  }
  for (const TimerId& id : member.delta.timers_gone) parts_.timers.remove(id);
  for (const std::string& id : member.inbox_consumed) parts_.known_inbox.erase(id);
  parts_.table.grew(*member.resident, member.bytes);
}

void Committer::settle_items(Batch& batch, const std::optional<Error>& error, bool unknown) {
  for (Item* item : batch.follow_ups) {
    if (item->taken) continue;
    if (batch.was_applied(*item->sender)) {
      parts_.known_inbox.insert(item->inbox_id);
      item->keep = true;
      item->sender.reset();
    } else {
      item->dead = true;
    }
  }
  if (!error) return;
  for (PendingAnswer& answer : batch.answers) {
    const bool repeat = unknown && std::holds_alternative<StartRequest>(answer.item->what);
    if (batch.was_applied(answer.execution_id)) continue;
    if (repeat) {
      answer.item = nullptr;  // idempotent: stepped again, answered then
    } else {
      answer.refusal = error;
    }
  }
  for (Removal& removal : batch.removals) {
    PendingAnswer answer;
    answer.item = removal.item;
    answer.execution_id = removal.execution_id;
    answer.refusal = error;
    batch.answers.push_back(std::move(answer));
  }
  batch.removals.clear();
  std::erase_if(batch.answers, [](const PendingAnswer& answer) { return answer.item == nullptr; });
  // Runs of lost members: whether the commit came through or not is seen when the rows are read again.
  std::erase_if(batch.runs, [&](const RunToStart& run) {
    if (batch.was_applied(run.execution_id)) return false;
    keep_never_left(parts_, run.execution_id, {run.run_id, run.attempt, run.key});
    return true;
  });
  std::erase_if(batch.cancels, [&](const auto& cancel) { return !batch.was_applied(cancel.first); });
  std::erase_if(batch.notices, [&](const core::Notice& notice) { return !batch.was_applied(notice.execution_id); });
  std::vector<ItemPtr> items = std::move(batch.items);
  batch.items.clear();
  for (std::size_t i = items.size(); i-- > 0;) keep_item(batch, std::move(items[i]), unknown);
  for (const BatchMember& member : batch.members) {
    if (!member.applied) drop(member.resident->id());
  }
  if (unknown) look_for_spilled(batch);
}

// Their rows may have been stored: the receivers look before anything else of their tree is stepped.
void Committer::look_for_spilled(const Batch& batch) {
  for (std::size_t i = batch.follow_ups.size(); i-- > 0;) {
    const Item& spilled = *batch.follow_ups[i];
    if (!spilled.dead) continue;
    look_first(spilled);
  }
}

void Committer::look_first(const Item& for_item) {
  auto item = std::make_unique<Item>();
  item->execution_id = for_item.execution_id;
  item->lane = for_item.lane;
  item->what = LoadRequest{true};
  item->keep = true;
  parts_.work.push_front(std::move(item));
}

// Puts back what has to be stepped again; anything else stays in the batch, which its answers point into.
void Committer::keep_item(Batch& batch, ItemPtr item, bool unknown) {
  const auto* child = std::get_if<core::StartChild>(&item->what);
  const bool done = batch.was_applied(item->execution_id) &&
                    (child == nullptr || batch.was_applied(child->start.parent->execution_id));
  const bool never_sent = item->sender && !batch.was_applied(*item->sender);
  const bool start = unknown && std::holds_alternative<StartRequest>(item->what);
  if (item->timer && !done) parts_.timers.forget();
  if (done || never_sent || !(item->keep || item->sender || start)) {
    batch.items.push_back(std::move(item));
    return;
  }
  if (unknown && !item->inbox_id.empty()) {
    // Its row tells whether it was consumed: stepping it twice could undo what came after it.
    parts_.known_inbox.erase(item->inbox_id);
    look_first(*item);
    batch.items.push_back(std::move(item));
    return;
  }
  item->taken = false;
  item->sender.reset();
  item->keep = item->keep || !start;
  parts_.work.push_front(std::move(item));
}

void Committer::drop(ExecutionId id) {
  const Resident* resident = parts_.table.peek(id);
  if (resident == nullptr) return;
  parts_.ready.remove(id, resident->root_id());
  for (const auto& [timer_id, timer] : resident->state->timers()) parts_.timers.remove(timer_id);
  parts_.timers.forget();
  parts_.table.drop(id);
  parts_.restores[id];
  ask_to_load(parts_, id);
}

void Committer::note_failure(const Error& error) {
  ++failures_;
  last_error_ = error;
  std::int64_t pause = limits::kStoreRetryMsMin;
  for (std::size_t i = 1; i < failures_ && pause < limits::kStoreRetryMsMax; ++i) pause *= 2;
  // A single commit of unknown outcome is looked into at once.
  if (error.code == ErrorCode::kCommitUnknown && failures_ == 1) pause = 0;
  retry_at_ = parts_.clock.mono().plus_ms(std::min(pause, limits::kStoreRetryMsMax));
  parts_.stats.store_failures = failures_;
  ++parts_.stats.store_failures_total;
  parts_.log.error("store_refuses", {{"reason", error.message},
                                     {"code", std::string(to_string(error.code))},
                                     {"in_a_row", std::to_string(failures_)},
                                     {"engine", "read-only until a commit works"},
                                     {"retry_in_ms", std::to_string(pause)}});
}

void Committer::note_success() {
  if (failures_ == 0) return;
  parts_.log.info("store_works_again", {{"after_failures", std::to_string(failures_)}});
  failures_ = 0;
  last_error_.reset();
  parts_.stats.store_failures = 0;
}

std::int64_t Committer::pause_ms() const {
  if (failures_ == 0) return 0;
  const std::int64_t left_us = retry_at_.us - parts_.clock.mono().us;
  return left_us <= 0 ? 0 : (left_us + 999) / 1000;
}

Error Committer::reason() const {
  if (!last_error_) return {ErrorCode::kUnavailable, "The engine is read-only"};
  return {ErrorCode::kUnavailable, "The engine is read-only until its store works again: " + last_error_->message};
}

std::optional<Error> Committer::fatal() const {
  if (failures_ <= limits::kStoreRetriesMax) return std::nullopt;
  return last_error_;
}

}  // namespace foehn::runtime
