// `foehn serve`: one server process from start to signal.
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "api/auth/tokens.h"
#include "api/cli/api.h"
#include "api/cli/commands.h"
#include "api/http/server.h"
#include "api/server/age.h"
#include "api/server/box_tools.h"
#include "api/server/node.h"
#include "api/server/serve_options.h"
#include "api/server/version.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/store/sqlite/sqlite_database.h"

namespace foehn::server {
namespace {

LogLevel level_of(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

// "address:port", "[v6]:port", ":port" or "port".
Result<http::ServerOptions> parse_listen(const std::string& text) {
  http::ServerOptions options;
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  std::string address = colon == std::string::npos ? "" : text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  char* end = nullptr;
  const long number = std::strtol(port.c_str(), &end, 10);
  if (port.empty() || *end != '\0' || number < 0 || number > 65'535)
    return fail(ErrorCode::kInvalidArgument, "--listen must be address:port, not '" + text + "'");
  if (!address.empty()) options.address = address;
  options.port = static_cast<std::uint16_t>(number);
  return options;
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

// Who may reach the server may run std.http on it: only a server for this machine's own users lets it reach everything.
net::EgressPolicy egress_policy(const ServeOptions& options, const std::string& address) {
  const bool open = options.egress.empty() ? is_loopback(address) : options.egress == "open";
  return open ? net::EgressPolicy::permissive() : net::EgressPolicy::strict();
}

// Whoever reaches a server runs commands with its rights, so one that others can reach asks who they are.
Result<auth::AuthOptions> auth_options(const ServeOptions& options, const std::string& address,
                                       std::optional<auth::TokenFile>& file) {
  auth::AuthOptions wanted;
  if (file) {
    FOEHN_TRY(wanted.tokens, file->open());
  } else if (!is_loopback(address) && !options.without_tokens) {
    return fail(ErrorCode::kInvalidArgument,
                "on " + address + " everybody who reaches this server could run commands with its rights; give it "
                "tokens (`foehn token create FILE --project NAME`, then --tokens FILE), or say --without-tokens");
  }
  return wanted;
}

// What the operator has changed counts from now on.
void look_at_tokens(auth::TokenFile& file, const std::string& path, Log& log) {
  const auto seen = file.look();
  if (!seen) return;
  if (*seen)
    log.info("tokens_read", {{"file", path}, {"count", std::to_string(**seen)}});
  else
    log.error("tokens_refused", {{"file", path}, {"error", seen->error().message}, {"hint", "those of before count"}});
}

Result<std::vector<triggers::Publisher>> publishers(const ServeOptions& options) {
  if (options.notify_file.empty()) return std::vector<triggers::Publisher>();
  FOEHN_TRY(const std::string text, cli::read_file(options.notify_file));
  return triggers::read_publishers(text, options.notify_file);
}

// Mistral: [execution_expiration_policy].
Result<triggers::ExpiryOptions> expiry_options(const ServeOptions& options) {
  triggers::ExpiryOptions expiry;
  if (!options.expire_after.empty()) {
    FOEHN_TRY(expiry.older_than_ms, parse_age("--expire-after", options.expire_after));
  }
  if (options.expire_keep >= 0) expiry.keep = static_cast<std::size_t>(options.expire_keep);
  std::string_view rest = options.expire_ignore;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const auto state = core::parse_state(word);
    if (!state || !core::is_complete(*state) || *state == core::State::kSkipped)
      return fail(ErrorCode::kInvalidArgument, "--expire-ignore takes SUCCESS, ERROR and CANCELLED, not '" +
                                                   std::string(word) + "'");
    expiry.ignored_states.push_back(*state);
  }
  return expiry;
}

// Blocks the signals that end the server, in this and all later threads; they are taken by wait_for_end().
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Status make_directory(const std::string& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the data directory " + directory + ": " + error.message());
  if (made) ::chmod(directory.c_str(), 0700);  // an existing one is as its owner wants it
  return {};
}

// Every connection and SSH session needs a descriptor; the soft limit is often 1,024 for programs that use select(). No
// more than is needed: programs that we start inherit the limit, and some of them close every number below it.
void raise_descriptor_limit(Log& log) {
  constexpr rlim_t kWanted = limits::kConnectionsMax + 1'024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
  limit.rlim_cur = std::min(kWanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= kWanted) return;
  log.warning("few_file_descriptors", {{"limit", std::to_string(limit.rlim_cur)},
                                       {"for_all_connections", std::to_string(kWanted)},
                                       {"hint", "raise the hard limit (ulimit -Hn, LimitNOFILE=)"}});
}

// glibc raises its thresholds with the first large block that is freed; from then on every handler thread's arena may
// keep tens of megabytes after one large request. Fixed ones give large bodies back to the system.
void give_memory_back() {
  ::mallopt(M_MMAP_THRESHOLD, 262'144);
  ::mallopt(M_TRIM_THRESHOLD, 1'048'576);
}

// Waits for a signal. Meanwhile what a burst of requests has left free inside the arenas goes back: the thresholds
// above help at the top of an arena only, and one small block that lives on keeps 20 MB below it, in up to eight
// arenas a core.
int wait_for_signal(const sigset_t& signals, const std::function<void()>& every_second) {
  constexpr timespec kSecond{1, 0};
  constexpr int kSecondsToTrim = 5;
  constexpr std::size_t kFreeBytesKept = 16'000'000;
  for (int seconds = 1;; seconds = seconds % kSecondsToTrim + 1) {
    const int number = ::sigtimedwait(&signals, nullptr, &kSecond);
    if (number > 0) return number;
    if (errno != EAGAIN) continue;
    every_second();
    if (seconds == kSecondsToTrim && ::mallinfo2().fordblks > kFreeBytesKept) ::malloc_trim(0);
  }
}

// Answered while the store is being opened.
http::Response starting() {
  http::Response response;
  response.status = 503;
  response.content_type = "application/json";
  response.headers.add("Retry-After", "1");
  response.body = R"({"error": {"code": "unavailable", "message": "the server is starting"}})";
  return response;
}

Status take_port(http::Server& server) {
  const Status started = server.start();
  if (started || started.error().code != ErrorCode::kUnavailable) return started;
  // Somebody else holds the port, as with a data directory that is in use; any other address is a mistaken one.
  const bool held = started.error().message.find("in use") != std::string::npos;
  return fail(held ? ErrorCode::kConflict : ErrorCode::kInvalidArgument,
              started.error().message + "; choose another with --listen ADDRESS:PORT");
}

Status run(const ServeOptions& options) {
  const SystemClock clock;
  const MonoTime began = clock.mono();
  FOEHN_TRY(const auto listen, parse_listen(options.listen));
  FOEHN_TRY(const auto expiry, expiry_options(options));
  std::optional<auth::TokenFile> token_file;
  if (!options.tokens_file.empty()) token_file.emplace(options.tokens_file, clock);
  FOEHN_TRY(const auto auth, auth_options(options, listen.address, token_file));
  FOEHN_TRY(const auto notify, publishers(options));
  const std::string directory = std::filesystem::absolute(data_directory(options.data)).lexically_normal().string();
  const sigset_t signals = block_end_signals();
  // Boxes are grandchildren that must be reaped when they are stopped.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);

  Log log({.level = level_of(options.log_level), .json = options.log_json, .file = options.log_file});
  give_memory_back();
  raise_descriptor_limit(log);
  std::unique_ptr<store::SqliteDatabase> database;
  std::unique_ptr<Node> node;
  std::atomic<Node*> serving{nullptr};
  // The port is taken before anything is opened or recovered: a server that cannot listen must not have run a step.
  http::Server server(
      listen,
      [&serving](http::Request request) {
        Node* ready = serving.load();
        return ready ? ready->routes().handle(std::move(request)) : starting();
      },
      log);
  FOEHN_CHECK_OK(take_port(server));
  FOEHN_CHECK_OK(make_directory(directory));
  store::StoreOptions store_options;
  store_options.directory = directory;
  FOEHN_TRY(database, store::SqliteDatabase::open(store_options));
  const net::EgressPolicy egress = egress_policy(options, listen.address);
  node = std::make_unique<Node>(NodeOptions{.directory = directory,
                                            .box_init = box_init_command(),
                                            .sandbox = options.sandbox,
                                            .egress = egress,
                                            .actions_dir = options.actions_dir,
                                            .scripts = {options.allow_python, options.python, options.allow_javascript,
                                                        options.javascript},
                                            .executable = box_init_command().front(),
                                            .info_file = options.info_file,
                                            .notify = notify,
                                            .expiry = expiry,
                                            .allow_run_deletion = options.allow_run_deletion,
                                            .mask_names = options.mask != "declared",
                                            .auth = auth},
                                Stores{database->store(), database->catalog(), database->query()}, log);
  FOEHN_CHECK_OK(node->start());
  node->set_http_stats([&server] { return server.stats(); });
  serving = node.get();
  log.info("ready", {{"version", kVersion},
                     {"listen", listen.address + ":" + std::to_string(server.port())},
                     {"data", directory},
                     {"egress", egress.denied_cidrs.empty() ? "open" : "strict"},
                     {"authentication", auth.enabled() ? "yes" : "no"},
                     {"mask", options.mask},
                     {"start_ms", std::to_string((clock.mono().us - began.us) / 1000)}});
  const int number = wait_for_signal(signals, [&] {
    if (token_file) look_at_tokens(*token_file, options.tokens_file, log);
  });
  log.info("stopping", {{"signal", std::to_string(number)}});
  node->stop_waiting();
  server.stop();
  return {};
}

}  // namespace

std::string data_directory(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* value = std::getenv("FOEHN_DATA"); value && *value) return value;
  if (::geteuid() == 0) return "/var/lib/foehn";
  const char* home = std::getenv("HOME");
  const passwd* user = home ? nullptr : ::getpwuid(::geteuid());
  return std::string(home ? home : user ? user->pw_dir : "/tmp") + "/.local/share/foehn";
}

int serve(const ServeOptions& options) {
  const Status status = run(options);
  return status ? static_cast<int>(cli::kExitOk) : cli::report(status.error());
}

}  // namespace foehn::server
