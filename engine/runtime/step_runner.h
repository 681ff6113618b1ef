// Steps one thing at a time into a Batch: an item of the work queue, a due timer, the admission of a ready run.
// Everything that changes an execution passes here. No outside effect but reads. Engine thread only.
#pragma once

#include "engine/runtime/batch.h"
#include "engine/runtime/parts.h"

namespace foehn::runtime {

class StepRunner {
 public:
  explicit StepRunner(EngineParts& parts) : parts_(parts) {}

  // Each does one thing and says whether there was one.
  bool step_work(Batch& batch);
  bool step_timer(Batch& batch, WallTime now);
  bool admit_one(Batch& batch);

 private:
  void finish_item(Batch& batch, ItemPtr owned);
  void step_event(Batch& batch, Item& item, const core::Event& event);
  void step_start(Batch& batch, Item& item, const StartRequest& request);
  void step_child(Batch& batch, Item& item, const core::StartChild& child);
  void step_start_action(Batch& batch, Item& item, const core::StartAction& start);
  void step_remove(Batch& batch, Item& item, const RemoveRequest& request);
  void step_load(Batch& batch, const Item& item, const LoadRequest& request);

  // The resident execution, loaded if need be; nullptr when there is none. Errors: the store cannot be read.
  Result<Resident*> acquire(Batch& batch, ExecutionId id);
  std::optional<Restore> end_reservations(Batch& batch, ExecutionId id);
  void restore(Batch& batch, Resident& resident);
  // Rows that are not in `work` yet: they go before everything else of their tree.
  void take_inbox(const std::vector<store::InboxItem>& inbox, ExecutionId lane);
  void queue_inbox();
  Status take_inbox_of_unborn(ExecutionId id);
  Result<bool> take_start_of(ExecutionId id);
  void answer_sender(Batch& batch, const Item& item);
  // The root's StepInput, set up for a step of `resident`.
  Result<core::StepInput*> input_for(Batch& batch, Resident& resident);

  // Makes the step; what it refuses is returned.
  Status step(Batch& batch, Resident& resident, const core::Event& event);
  Status begin_child(Batch& batch, const core::StartChild& child);
  void count_child(const Resident& parent);
  Status check_breadth(const Resident& root, const std::string& workflow_name) const;
  Status begin(Batch& batch, dsl::DefinitionPtr definition, const core::StartExecution& event);
  void record(Batch& batch, Resident& resident, core::Transition transition);
  void make_ready(const Resident& resident, const core::ActionRun& run);
  void run_admitted(Batch& batch, Resident& resident, ActionRunId run_id);
  void follow_up(Batch& batch, const Resident& sender, ExecutionId receiver, decltype(Item::what) what);
  // Room for one more run of `key` beside those admitted in this batch.
  bool has_room(Batch& batch, const std::string& key) const;
  WallTime next_now();
  static bool is_passing(const Error& error);
  bool is_lost(Batch& batch, ExecutionId id);

  EngineParts& parts_;
  WallTime last_now_;
  const ReadyRun* admitting_ = nullptr;
  std::vector<ItemPtr> found_inbox_;  // by take_inbox(), to be queued when this turn is over
  bool step_again_ = false;           // the item of this turn comes after those
  std::optional<ActionRunId> pure_;   // admitted in this step, to be run at once
};

ports::ActionRequest make_request(const core::ExecutionState& state, const core::ActionRun& run);

}  // namespace foehn::runtime
