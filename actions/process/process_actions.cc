#include "actions/process/process_actions.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <list>
#include <thread>
#include <unordered_map>
#include <utility>

#include "actions/process/conversation.h"
#include "actions/text.h"
#include "engine/base/sync.h"

namespace foehn::actions {
namespace {

Value context_object(const ActionContext& context) {
  Value object = Value::object();
  const auto put = [&](const char* key, const auto& id) {
    if (!id.is_nil()) object[key] = to_string(id);
  };
  put("action_run_id", context.run_id);
  put("task_id", context.task_id);
  if (!context.task_id.is_nil()) {
    put("execution_id", context.execution_id);
    put("root_execution_id", context.root_execution_id);
    object["workflow_name"] = context.workflow_name;
    object["task_name"] = context.task_name;
  }
  object["attempt"] = context.attempt;
  object["recovered"] = context.recovered;
  return object;
}

std::string question(const Manifest& manifest, const ActionContext& context, Value input) {
  Value whole = manifest.defaults;
  for (auto item = input.begin(); item != input.end(); ++item) whole[item.key()] = item.value();
  Value object = Value::object();
  object["action"] = manifest.spec.name;
  object["input"] = std::move(whole);
  object["context"] = context_object(context);
  return to_json(object) + "\n";
}

// A write to a program that has closed its input gives EPIPE, not a signal.
void block_broken_pipes() {
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
}

}  // namespace

struct ProcessRunner::Impl {
  explicit Impl(ProcessOptions given) : options(std::move(given)) {}

  struct Run {
    ActionRunId id;
    Fd control;  // a copy: the run's thread closes its own
    bool cancelled = false;
    bool over = false;
    std::thread thread;
  };
  struct State {
    std::list<Run> runs;
    bool closing = false;
  };

  void hold(std::list<Run>::iterator run, Conversation& conversation, Spawned spawned, const Done& done);
  // Threads that have nothing more to do.
  std::list<Run> take_ended();

  const ProcessOptions options;
  Guarded<State> state;
};

std::list<ProcessRunner::Impl::Run> ProcessRunner::Impl::take_ended() {
  return state.with([](State& now) {
    std::list<Run> ended;
    for (auto run = now.runs.begin(); run != now.runs.end();) {
      const auto next = std::next(run);
      if (run->over) ended.splice(ended.end(), now.runs, run);
      run = next;
    }
    return ended;
  });
}

void ProcessRunner::Impl::hold(std::list<Run>::iterator run, Conversation& conversation, Spawned spawned,
                               const Done& done) {
  block_broken_pipes();
  ActionOutcome outcome = conversation.hold(spawned);
  spawned.control.reset();
  while (::waitpid(spawned.guard, nullptr, 0) < 0 && errno == EINTR) {
  }
  const auto [cancelled, closing] = state.with([&](State& now) { return std::pair(run->cancelled, now.closing); });
  if (cancelled && outcome.kind != OutcomeKind::kSuccess) outcome = ActionOutcome::cancelled();
  if (!closing) done(std::move(outcome));
  state.with([&](State&) { run->over = true; });
}

ProcessRunner::ProcessRunner(ProcessOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

ProcessRunner::~ProcessRunner() {
  impl_->state.with([](Impl::State& now) {
    now.closing = true;
    for (Impl::Run& run : now.runs) ::shutdown(run.control.get(), SHUT_WR);  // SIGKILL at once
  });
  for (;;) {
    // Out of the list only when it is over: its thread holds its place in it until then.
    std::thread* const next = impl_->state.with(
        [](Impl::State& now) { return now.runs.empty() ? nullptr : &now.runs.front().thread; });
    if (next == nullptr) return;
    next->join();
    impl_->state.with([](Impl::State& now) { now.runs.pop_front(); });
  }
}

void ProcessRunner::run(const Manifest& manifest, const std::string& name, const ActionContext& context, Value input,
                        Done done) {
  for (Impl::Run& ended : impl_->take_ended()) ended.thread.join();
  std::string text = question(manifest, context, std::move(input));
  auto spawned = spawn(impl_->options.guard, manifest, impl_->options.grace_ms);
  if (!spawned) return done(ActionOutcome::error(spawned.error().message));
  Fd control(::fcntl(spawned->control.get(), F_DUPFD_CLOEXEC, 0));
  const auto log = [stream = std::make_shared<Utf8Stream>(), log = context.log](std::string_view piece) {
    log(stream->feed(piece));
  };
  impl_->state.with([&](Impl::State& now) {
    const auto run = now.runs.emplace(now.runs.end());
    run->id = context.run_id;
    run->control = std::move(control);
    // Under the lock, so that nobody sees the entry without its thread.
    run->thread = std::thread([impl = impl_.get(), run, done = std::move(done),
                               own = std::make_shared<Spawned>(std::move(*spawned)),
                               conversation = Conversation(manifest, name, std::move(text), log)]() mutable {
      impl->hold(run, conversation, std::move(*own), done);
    });
  });
}

void ProcessRunner::cancel(ActionRunId run_id) {
  if (run_id.is_nil()) return;
  impl_->state.with([&](Impl::State& now) {
    for (Impl::Run& run : now.runs) {
      if (run.id != run_id || run.over) continue;
      run.cancelled = true;
      ask_to_stop(run.control);
    }
  });
}

namespace {

class ProcessAction final : public Action {
 public:
  ProcessAction(ProcessRunner& runner, Manifest manifest) : runner_(runner), manifest_(std::move(manifest)) {}
  const ActionSpec& spec() const override { return manifest_.spec; }
  void run(const ActionContext& context, Value input, Done done) override {
    runner_.run(manifest_, manifest_.spec.name, context, std::move(input), std::move(done));
  }
  void cancel(ActionRunId run_id) override { runner_.cancel(run_id); }

 private:
  ProcessRunner& runner_;
  const Manifest manifest_;
};

}  // namespace

Status register_process_actions(ActionRegistry& registry, ProcessRunner& runner, const std::string& folder) {
  FOEHN_TRY(std::vector<Manifest> manifests, read_manifests(folder));
  for (Manifest& manifest : manifests)
    FOEHN_CHECK_OK(registry.add(std::make_unique<ProcessAction>(runner, std::move(manifest))));
  return {};
}

}  // namespace foehn::actions
