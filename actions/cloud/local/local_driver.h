// UnderCloud "local": boxes on this machine. A slice is a bridge with a /24; a box has its own network, mounts,
// processes, host name, host key and sshd. Without root a box is a plain sshd of the user on its own 127.x address.
// Boxes outlive the server; the ledger says which ones there are. Worker threads; several calls at once.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "actions/cloud/driver.h"
#include "actions/cloud/ledger.h"
#include "actions/cloud/local/box_config.h"
#include "engine/base/log.h"

namespace foehn::cloud::local {

struct LocalOptions {
  std::string directory;              // absolute; boxes live in <directory>/boxes
  std::vector<std::string> box_init;  // command that becomes a box, e.g. {"/usr/bin/foehn", "box-init"}
  std::string sandbox;                // stand-ins put first in PATH of the boxes; "" = none
  std::vector<std::string> masks;     // host folders to hide besides the usual ones
};

// One box as found on the machine, for `foehn boxes list`.
struct BoxStatus {
  std::string name, overcloud_id, ip, state, directory;
  int pid = 0;
};

// The boxes below <directory>/boxes, by name of their folder; needs neither ledger nor a stopped server.
std::vector<BoxStatus> scan_boxes(const std::string& directory);

class LocalDriver final : public CloudDriver {
 public:
  LocalDriver(LocalOptions options, Ledger& ledger, Log& log);

  std::string_view provider() const override { return "local"; }
  std::vector<std::string> sizes() const override { return {"box"}; }
  std::vector<std::string> notes() override;
  Result<CheckResult> check(const CheckRequest& request) override;
  Result<Network> network_create(const NetworkRequest& request) override;
  Status network_delete(const std::string& overcloud_id) override;
  Result<KeyPair> keypair_create(const KeyPair& request) override;
  Status keypair_delete(const std::string& overcloud_id, const std::string& name) override;
  Result<Server> server_create(const ServerRequest& request) override;
  Result<Server> server_get(const std::string& overcloud_id, const std::string& name) override;
  Result<std::vector<Server>> server_list(const std::string& overcloud_id) override;
  Status server_delete(const std::string& overcloud_id, const std::string& name) override;

  // Removes what no ledger entry explains (links, namespaces, processes, folders) and what a crash left half made.
  // At start, before any other call. Returns what was removed, for the log.
  Result<std::vector<std::string>> reconcile();
  // Removes every box and slice of this data directory.
  Result<std::vector<std::string>> clean();

 private:
  struct Slice;
  Result<bool> has_namespaces();
  Result<Slice> slice_of(const std::string& overcloud_id);
  Result<Slice> allocate_slice(const NetworkRequest& request, bool namespaces);
  Result<LedgerEntry> allocate_box(const ServerRequest& request, const Slice& slice);
  Status raise(const LedgerEntry& entry, const Slice& slice);
  Status raise_link(const LedgerEntry& entry, const Slice& slice);
  void dismantle(const LedgerEntry& entry);
  Server server_from(const LedgerEntry& entry) const;

  const LocalOptions options_;
  const std::string instance_;  // four hex digits of the directory: tells our links from another server's
  Ledger& ledger_;
  Log& log_;
  std::mutex allocation_;  // slices and box numbers
  int namespaces_ = -1;    // unknown, 0 or 1; under allocation_
};

}  // namespace foehn::cloud::local
