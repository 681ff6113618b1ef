// LocalDriver: agreement between the ledger and the machine at start, listing and cleaning.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "actions/cloud/local/box_process.h"
#include "actions/cloud/local/local_driver.h"
#include "actions/cloud/local/local_network.h"

namespace foehn::cloud::local {

Result<std::vector<std::string>> LocalDriver::reconcile() {
  FOEHN_TRY(const auto boxes, ledger_.list("box", ""));
  FOEHN_TRY(const auto slices, ledger_.list("slice", ""));
  std::set<std::string> netns;
  std::set<std::string> links;
  std::set<std::string> folders;
  std::vector<std::string> removed;
  for (const auto& slice : slices) links.insert(bridge_name(instance_, text_or(slice.body, "tag")));
  for (const auto& box : boxes) {
    if (box.state != "active") {  // a creation or deletion that was cut off: its task will run again
      dismantle(box);
      removed.push_back("half-made box " + box.key);
      continue;
    }
    const std::string tag = text_or(box.body, "tag");
    const int number = box.body.value("number", 0);
    netns.insert(netns_name(instance_, tag, number));
    links.insert(link_name(instance_, tag, number));
    folders.insert(text_or(box.body, "directory"));
  }
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(options_.directory + "/boxes", error)) {
    if (folders.contains(folder.path().string())) continue;
    (void)kill_process(folder.path().string(), 5'000);
    std::error_code ignored;
    std::filesystem::remove_all(folder.path(), ignored);
    removed.push_back("folder " + folder.path().string());
  }
  for (const auto& name : netns_of(instance_)) {
    if (netns.contains(name)) continue;
    kill_in_netns(name);
    remove_netns(name);
    removed.push_back("namespace " + name);
  }
  for (const auto& name : links_of(instance_)) {
    if (links.contains(name)) continue;
    remove_link(name);
    removed.push_back("link " + name);
  }
  return removed;
}

std::vector<BoxStatus> scan_boxes(const std::string& directory) {
  std::vector<BoxStatus> list;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(directory + "/boxes", error)) {
    std::ifstream file(folder.path() / "config.json");
    std::ostringstream text;
    text << file.rdbuf();
    const auto value = parse_json(text.str());
    if (!value) continue;
    const pid_t pid = live_process(folder.path().string());
    list.push_back({text_or(*value, "name"), text_or(*value, "overcloud_id"), text_or(*value, "ip"),
                    pid != 0 ? "ACTIVE" : "LOST", folder.path().string(), static_cast<int>(pid)});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.directory < b.directory; });
  return list;
}

Result<std::vector<std::string>> LocalDriver::clean() {
  FOEHN_TRY(const auto boxes, ledger_.list("box", ""));
  std::vector<std::string> removed;
  for (const auto& box : boxes) {
    dismantle(box);
    FOEHN_CHECK_OK(ledger_.remove("box", box.key));
    removed.push_back("box " + text_or(box.body, "name") + " of " + box.owner);
  }
  FOEHN_TRY(const auto slices, ledger_.list("slice", ""));
  for (const auto& slice : slices) {
    remove_link(bridge_name(instance_, text_or(slice.body, "tag")));
    FOEHN_CHECK_OK(ledger_.remove("slice", slice.key));
    removed.push_back("network " + text_or(slice.body, "prefix") + ".0/24 of " + slice.owner);
  }
  FOEHN_TRY(const auto rest, reconcile());
  removed.insert(removed.end(), rest.begin(), rest.end());
  return removed;
}

}  // namespace foehn::cloud::local
