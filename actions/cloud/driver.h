// CloudDriver: one UnderCloud. Calls block and may take minutes; made by worker threads only, several at once.
// Every create is idempotent by (overcloud_id, name); every delete succeeds when there is nothing to delete.
// What a provider cannot do returns kUnsupported. Errors: kInvalidArgument, kNotFound, kPermissionDenied (auth),
// kResourceExhausted (quota), kUnavailable (retry helps), kIo.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actions/cloud/types.h"
#include "engine/base/result.h"

namespace foehn::cloud {

class CloudDriver {
 public:
  virtual ~CloudDriver() = default;

  virtual std::string_view provider() const = 0;       // lower case, as compared
  virtual std::vector<std::string> sizes() const = 0;  // names accepted by server_create, without asking the cloud
  // What a person should know before relying on this provider, in whole sentences; asked once at start.
  virtual std::vector<std::string> notes() { return {}; }
  virtual Result<CheckResult> check(const CheckRequest& request) = 0;

  virtual Result<Network> network_create(const NetworkRequest& request) = 0;
  virtual Status network_delete(const std::string& overcloud_id) = 0;

  virtual Result<KeyPair> keypair_create(const KeyPair& request) = 0;
  virtual Status keypair_delete(const std::string& overcloud_id, const std::string& name) = 0;

  virtual Result<Server> server_create(const ServerRequest& request) = 0;
  virtual Result<Server> server_get(const std::string& overcloud_id, const std::string& name) = 0;
  virtual Result<std::vector<Server>> server_list(const std::string& overcloud_id) = 0;  // "" = all
  virtual Status server_delete(const std::string& overcloud_id, const std::string& name) = 0;
};

// The drivers by provider name (compared without case). Owns nothing; filled by the wiring before use.
class DriverTable {
 public:
  void add(CloudDriver& driver) { drivers_.push_back(&driver); }
  CloudDriver* find(std::string_view provider) const;
  std::vector<std::string> names() const;

 private:
  std::vector<CloudDriver*> drivers_;
};

}  // namespace foehn::cloud
