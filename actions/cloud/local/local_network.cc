#include "actions/cloud/local/local_network.h"

#include <dirent.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "actions/cloud/local/command.h"
#include "engine/base/prng.h"

namespace foehn::cloud::local {
namespace {

constexpr char kNetnsPrefix[] = "foehn-";
constexpr char kLinkPrefix[] = "fh";

std::vector<std::string> entries_with_prefix(const char* folder, const std::string& prefix) {
  std::vector<std::string> names;
  DIR* dir = ::opendir(folder);
  if (!dir) return names;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    if (name.starts_with(prefix)) names.push_back(name);
  }
  ::closedir(dir);
  return names;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Destinations of the machine's IPv4 routes as "a.b.c" prefixes (/24 or wider are taken by their first three bytes).
std::set<std::string> routed_prefixes() {
  std::set<std::string> prefixes;
  std::ifstream file("/proc/net/route");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string interface;
    std::string destination;
    fields >> interface >> destination;
    if (destination.size() != 8 || destination == "00000000") continue;
    const auto byte = [&](std::size_t at) { return std::stoi(destination.substr(at, 2), nullptr, 16); };
    prefixes.insert(std::to_string(byte(6)) + "." + std::to_string(byte(4)) + "." + std::to_string(byte(2)));
  }
  return prefixes;
}

}  // namespace

std::string instance_of(const std::string& directory) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : directory) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04x", static_cast<unsigned>(Prng::mix(hash) & 0xffff));
  return text.data();
}

std::string bridge_name(const std::string& instance, const std::string& tag) { return kLinkPrefix + instance + tag; }

std::string link_name(const std::string& instance, const std::string& tag, int number) {
  return kLinkPrefix + instance + tag + "n" + std::to_string(number);
}

std::string netns_name(const std::string& instance, const std::string& tag, int number) {
  return kNetnsPrefix + instance + tag + "-" + std::to_string(number);
}

Result<std::string> free_prefix(std::uint64_t seed, const std::set<std::string>& taken) {
  const std::set<std::string> routed = routed_prefixes();
  for (std::uint64_t attempt = 0; attempt < 64 * 256; ++attempt) {
    const std::uint64_t number = (seed + attempt) % (64 * 256);
    const std::string prefix = "10." + std::to_string(64 + number / 256) + "." + std::to_string(number % 256);
    if (!taken.contains(prefix) && !routed.contains(prefix)) return prefix;
  }
  return fail(ErrorCode::kResourceExhausted, "no free network between 10.64.0.0/24 and 10.127.255.0/24");
}

Status raise_bridge(const std::string& bridge, const std::string& gateway) {
  if (!exists("/sys/class/net/" + bridge)) FOEHN_CHECK_OK(run_checked({"ip", "link", "add", bridge, "type", "bridge"}));
  FOEHN_CHECK_OK(run_checked({"ip", "address", "replace", gateway + "/24", "dev", bridge}));
  return run_checked({"ip", "link", "set", bridge, "up"});
}

void remove_link(const std::string& link) {
  if (exists("/sys/class/net/" + link)) (void)run_command({"ip", "link", "delete", link});
}

Status raise_netns(const std::string& netns, const std::string& link, const std::string& bridge,
                   const std::string& address, const std::string& gateway) {
  if (!exists("/run/netns/" + netns)) FOEHN_CHECK_OK(run_checked({"ip", "netns", "add", netns}));
  remove_link(link);
  FOEHN_CHECK_OK(run_checked({"ip", "-batch", "-"}, "link add " + link + " type veth peer name eth0 netns " + netns +
                                                        "\nlink set " + link + " master " + bridge + " up\n"));
  return run_checked({"ip", "-netns", netns, "-batch", "-"}, "link set lo up\naddress add " + address +
                                                                 "/24 dev eth0\nlink set eth0 up\n"
                                                                 "route add default via " +
                                                                 gateway + "\n");
}

void remove_netns(const std::string& netns) {
  if (exists("/run/netns/" + netns)) (void)run_command({"ip", "netns", "delete", netns});
}

std::vector<std::string> links_of(const std::string& instance) {
  return entries_with_prefix("/sys/class/net", kLinkPrefix + instance);
}

std::vector<std::string> netns_of(const std::string& instance) {
  return entries_with_prefix("/run/netns", kNetnsPrefix + instance);
}

}  // namespace foehn::cloud::local
