#include "actions/cloud/local/local_driver.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "actions/cloud/local/box_process.h"
#include "actions/cloud/local/command.h"
#include "actions/cloud/local/local_network.h"
#include "engine/base/limits.h"
#include "engine/base/prng.h"

namespace foehn::cloud::local {
namespace {

constexpr char kBox[] = "box";
constexpr char kSlice[] = "slice";
constexpr char kKeyPair[] = "keypair";
constexpr int kFirstHost = 10;                // x.y.z.10 is the first box
constexpr std::uint16_t kProcessPort = 2222;  // boxes without root cannot listen below 1024
constexpr int kKillTimeoutMs = 5'000;

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : "root";
}

std::string box_key(const std::string& overcloud_id, const std::string& name) { return overcloud_id + "/" + name; }

std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return Prng::mix(hash);
}

std::string host_key_of(const std::string& directory) {
  std::ifstream file(directory + "/host_key.pub");
  std::string type;
  std::string key;
  file >> type >> key;
  return type.empty() ? std::string() : type + " " + key;
}

Status make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail(ErrorCode::kIo, "cannot make " + path + ": " + error.message());
  ::chmod(path.c_str(), 0700);
  return {};
}

}  // namespace

struct LocalDriver::Slice {
  std::string overcloud_id, tag, name, prefix;
  bool namespaces = true;

  std::string gateway() const { return prefix + ".1"; }
  std::string cidr() const { return prefix + ".0/24"; }
  static Slice from(const LedgerEntry& entry) {
    return {entry.owner, text_or(entry.body, "tag"), text_or(entry.body, "name"), text_or(entry.body, "prefix"),
            is_truthy(entry.body.value("namespaces", Value(true)))};
  }
  LedgerEntry entry(const std::string& state) const {
    return {kSlice, overcloud_id, overcloud_id, state,
            Value{{"tag", tag}, {"name", name}, {"prefix", prefix}, {"namespaces", namespaces}}};
  }
  Network network() const { return {"local-" + tag, name, cidr(), namespaces ? gateway() : "127.0.0.1"}; }
};

LocalDriver::LocalDriver(LocalOptions options, Ledger& ledger, Log& log)
    : options_(std::move(options)), instance_(instance_of(options_.directory)), ledger_(ledger), log_(log) {}

Result<bool> LocalDriver::has_namespaces() {
  std::lock_guard lock(allocation_);
  if (namespaces_ < 0 && ::geteuid() != 0) namespaces_ = 0;
  if (namespaces_ < 0) {
    std::vector<std::string> command = options_.box_init;
    command.emplace_back("--probe");
    FOEHN_TRY(const auto result, run_command(command));
    namespaces_ = result.exit_code == 0 ? 1 : 0;
  }
  return namespaces_ == 1;
}

std::vector<std::string> LocalDriver::notes() {
  const auto namespaces = has_namespaces();
  if (namespaces && *namespaces) return {};
  return {std::string(::geteuid() == 0 ? "namespaces are not allowed here" : "the server does not run as root") +
          ": local boxes are plain sshd processes of user " + user_name() +
          " on 127.77.x addresses that share this host's files and processes; SSH steps run on them, but the shipped "
          "OverCloud scripts refuse to (they would change this host). Run foehn serve as root for boxes that are "
          "machines of their own"};
}

Result<CheckResult> LocalDriver::check(const CheckRequest& request) {
  const auto known = sizes();
  if (!request.size.empty() && std::find(known.begin(), known.end(), request.size) == known.end())
    return fail(ErrorCode::kInvalidArgument, "provider local has no size '" + request.size + "'; sizes: box");
  if (request.count > static_cast<std::int64_t>(limits::kBoxesMax) - kFirstHost)
    return fail(ErrorCode::kResourceExhausted,
                "a local slice holds at most " + std::to_string(limits::kBoxesMax - kFirstHost) + " boxes");
  if (!is_program("/usr/sbin/sshd"))
    return fail(ErrorCode::kUnavailable, "provider local needs /usr/sbin/sshd: apt-get install openssh-server");
  if (!is_program("/usr/bin/ssh-keygen"))
    return fail(ErrorCode::kUnavailable, "provider local needs ssh-keygen: apt-get install openssh-client");
  FOEHN_TRY(const bool namespaces, has_namespaces());
  if (namespaces && !is_program("/usr/sbin/ip") && !is_program("/sbin/ip") && !is_program("/usr/bin/ip") &&
      !is_program("/bin/ip"))
    return fail(ErrorCode::kUnavailable, "provider local needs ip: apt-get install iproute2");
  CheckResult result{"local", true, namespaces ? "root" : user_name(), known, {}};
  result.remarks.emplace_back("SIMULATED machines: boxes of this host");
  for (std::string& note : notes()) result.remarks.push_back(std::move(note));
  return result;
}

Result<LocalDriver::Slice> LocalDriver::slice_of(const std::string& overcloud_id) {
  FOEHN_TRY(const auto entry, ledger_.get(kSlice, overcloud_id));
  if (!entry) return fail(ErrorCode::kNotFound, "OverCloud " + overcloud_id + " has no local network");
  return Slice::from(*entry);
}

Result<LocalDriver::Slice> LocalDriver::allocate_slice(const NetworkRequest& request, bool namespaces) {
  std::lock_guard lock(allocation_);
  FOEHN_TRY(const auto existing, ledger_.get(kSlice, request.overcloud_id));
  if (existing) return Slice::from(*existing);
  FOEHN_TRY(const auto others, ledger_.list(kSlice, ""));
  std::set<std::string> tags;
  std::set<std::string> prefixes;
  for (const auto& other : others) {
    tags.insert(text_or(other.body, "tag"));
    prefixes.insert(text_or(other.body, "prefix"));
  }
  Slice slice{request.overcloud_id, "", request.name, "", namespaces};
  for (std::uint64_t attempt = 0; slice.tag.empty() || tags.contains(slice.tag); ++attempt)
    slice.tag = instance_of(request.overcloud_id + std::to_string(attempt));
  const std::uint64_t seed = hash_of(request.overcloud_id);
  if (namespaces) {
    FOEHN_TRY(slice.prefix, free_prefix(seed, prefixes));
  } else {
    for (std::uint64_t number = seed % 250;; ++number) {
      slice.prefix = "127.77." + std::to_string(1 + number % 250);
      if (!prefixes.contains(slice.prefix)) break;
      if (prefixes.size() >= 250) return fail(ErrorCode::kResourceExhausted, "no free 127.77.x network");
    }
  }
  FOEHN_CHECK_OK(ledger_.put(slice.entry("creating")));
  return slice;
}

Result<Network> LocalDriver::network_create(const NetworkRequest& request) {
  if (!request.cidr.empty())
    return fail(ErrorCode::kInvalidArgument, "provider local chooses the network itself; leave cidr out");
  FOEHN_TRY(const bool namespaces, has_namespaces());
  FOEHN_TRY(const Slice slice, allocate_slice(request, namespaces));
  if (slice.namespaces) FOEHN_CHECK_OK(raise_bridge(bridge_name(instance_, slice.tag), slice.gateway()));
  FOEHN_CHECK_OK(ledger_.put(slice.entry("active")));
  return slice.network();
}

Status LocalDriver::network_delete(const std::string& overcloud_id) {
  FOEHN_TRY(const auto entry, ledger_.get(kSlice, overcloud_id));
  if (!entry) return {};
  FOEHN_TRY(const auto boxes_left, ledger_.list(kBox, overcloud_id));
  if (!boxes_left.empty())
    return fail(ErrorCode::kFailedPrecondition,
                "the network of " + overcloud_id + " still has " + std::to_string(boxes_left.size()) + " boxes");
  remove_link(bridge_name(instance_, Slice::from(*entry).tag));
  return ledger_.remove(kSlice, overcloud_id);
}

Result<KeyPair> LocalDriver::keypair_create(const KeyPair& request) {
  if (request.public_key.find('\n') != std::string::npos || request.public_key.empty())
    return fail(ErrorCode::kInvalidArgument, "public_key must be one OpenSSH line");
  FOEHN_CHECK_OK(ledger_.put({kKeyPair, box_key(request.overcloud_id, request.name), request.overcloud_id, "active",
                              Value{{"name", request.name}, {"public_key", request.public_key}}}));
  return request;
}

Status LocalDriver::keypair_delete(const std::string& overcloud_id, const std::string& name) {
  return ledger_.remove(kKeyPair, box_key(overcloud_id, name));
}

Result<LedgerEntry> LocalDriver::allocate_box(const ServerRequest& request, const Slice& slice) {
  std::lock_guard lock(allocation_);
  const std::string key = box_key(request.overcloud_id, request.name);
  FOEHN_TRY(const auto existing, ledger_.get(kBox, key));
  if (existing) return *existing;
  FOEHN_TRY(const auto keypair, ledger_.get(kKeyPair, box_key(request.overcloud_id, request.keypair)));
  if (!keypair) return fail(ErrorCode::kNotFound, "no key pair '" + request.keypair + "' for " + request.overcloud_id);
  FOEHN_TRY(const auto others, ledger_.list(kBox, request.overcloud_id));
  std::set<int> taken;
  for (const auto& other : others) taken.insert(other.body.value("number", 0));
  int number = 1;
  while (taken.contains(number)) ++number;
  if (kFirstHost + number > static_cast<int>(limits::kBoxesMax))
    return fail(ErrorCode::kResourceExhausted, "the slice is full");
  LedgerEntry entry{kBox, key, request.overcloud_id, "creating",
                    Value{{"name", request.name},
                          {"number", number},
                          {"tag", slice.tag},
                          {"ip", slice.prefix + "." + std::to_string(kFirstHost + number - 1)},
                          {"port", slice.namespaces ? std::uint16_t{22} : kProcessPort},
                          {"user", slice.namespaces ? "root" : user_name()},
                          {"size", request.size},
                          {"role", request.role},
                          {"public_key", text_or(keypair->body, "public_key")},
                          {"directory", options_.directory + "/boxes/" + slice.tag + "-" + std::to_string(number)}}};
  FOEHN_CHECK_OK(ledger_.put(entry));  // the intent, before anything is made
  return entry;
}

Status LocalDriver::raise_link(const LedgerEntry& entry, const Slice& slice) {
  const int number = entry.body.value("number", 0);
  const std::string bridge = bridge_name(instance_, slice.tag);
  FOEHN_CHECK_OK(raise_bridge(bridge, slice.gateway()));
  return raise_netns(netns_name(instance_, slice.tag, number), link_name(instance_, slice.tag, number), bridge,
                     text_or(entry.body, "ip"), slice.gateway());
}

Status LocalDriver::raise(const LedgerEntry& entry, const Slice& slice) {
  const std::string directory = text_or(entry.body, "directory");
  FOEHN_CHECK_OK(make_directories(directory));
  if (::access((directory + "/host_key").c_str(), R_OK) != 0)
    FOEHN_CHECK_OK(run_checked({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", text_or(entry.body, "name"), "-f",
                                directory + "/host_key"}));
  if (slice.namespaces) FOEHN_CHECK_OK(raise_link(entry, slice));
  BoxConfig config{slice.namespaces ? BoxKind::kNamespaces : BoxKind::kProcess,
                   text_or(entry.body, "name"),
                   entry.owner,
                   directory,
                   netns_name(instance_, slice.tag, entry.body.value("number", 0)),
                   text_or(entry.body, "ip"),
                   entry.body.value("port", std::uint16_t{22}),
                   text_or(entry.body, "user"),
                   text_or(entry.body, "public_key"),
                   options_.sandbox,
                   options_.masks};
  config.masks.push_back(options_.directory);
  std::ofstream(directory + "/config.json") << to_json(to_value(config)) << "\n";
  std::vector<std::string> command = options_.box_init;
  command.push_back(directory + "/config.json");
  const Status status = run_checked(command);
  if (!status) return fail(status.error().wrapped("raising box " + config.name));
  return {};
}

Server LocalDriver::server_from(const LedgerEntry& entry) const {
  const std::string directory = text_or(entry.body, "directory");
  Server server{entry.key,
                text_or(entry.body, "name"),
                text_or(entry.body, "ip"),
                text_or(entry.body, "ip"),
                entry.body.value("port", std::uint16_t{22}),
                text_or(entry.body, "user"),
                host_key_of(directory),
                "CREATING",
                true};
  if (entry.state == "active") server.state = live_process(directory) != 0 ? "ACTIVE" : "LOST";
  return server;
}

Result<Server> LocalDriver::server_create(const ServerRequest& request) {
  FOEHN_TRY(const Slice slice, slice_of(request.overcloud_id));
  FOEHN_TRY(LedgerEntry entry, allocate_box(request, slice));
  const std::string directory = text_or(entry.body, "directory");
  if (entry.state == "active" && live_process(directory) != 0) return server_from(entry);
  // Half made by an attempt that was cut off, or lost: begin again under the same name and address.
  dismantle(entry);
  if (const Status status = raise(entry, slice); !status) {
    dismantle(entry);
    return fail(status.error());
  }
  entry.state = "active";
  FOEHN_CHECK_OK(ledger_.put(entry));
  log_.info("box_created",
            {{"overcloud", request.overcloud_id}, {"box", request.name}, {"ip", text_or(entry.body, "ip")}});
  return server_from(entry);
}

Result<Server> LocalDriver::server_get(const std::string& overcloud_id, const std::string& name) {
  FOEHN_TRY(const auto entry, ledger_.get(kBox, box_key(overcloud_id, name)));
  if (!entry) return fail(ErrorCode::kNotFound, "OverCloud " + overcloud_id + " has no box '" + name + "'");
  return server_from(*entry);
}

Result<std::vector<Server>> LocalDriver::server_list(const std::string& overcloud_id) {
  FOEHN_TRY(const auto entries, ledger_.list(kBox, overcloud_id));
  std::vector<Server> servers;
  for (const auto& entry : entries) servers.push_back(server_from(entry));
  return servers;
}

void LocalDriver::dismantle(const LedgerEntry& entry) {
  const std::string directory = text_or(entry.body, "directory");
  const std::string tag = text_or(entry.body, "tag");
  const int number = entry.body.value("number", 0);
  if (const Status killed = kill_process(directory, kKillTimeoutMs); !killed)
    log_.warning("box_kill_failed", {{"box", entry.key}, {"error", killed.error().message}});
  const std::string netns = netns_name(instance_, tag, number);
  kill_in_netns(netns);
  remove_netns(netns);
  remove_link(link_name(instance_, tag, number));
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

Status LocalDriver::server_delete(const std::string& overcloud_id, const std::string& name) {
  FOEHN_TRY(auto entry, ledger_.get(kBox, box_key(overcloud_id, name)));
  if (!entry) return {};
  entry->state = "deleting";
  FOEHN_CHECK_OK(ledger_.put(*entry));
  dismantle(*entry);
  if (live_process(text_or(entry->body, "directory")) != 0)
    return fail(ErrorCode::kIo, "box " + name + " could not be stopped");
  FOEHN_CHECK_OK(ledger_.remove(kBox, entry->key));
  log_.info("box_deleted", {{"overcloud", overcloud_id}, {"box", name}});
  return {};
}

}  // namespace foehn::cloud::local
