// Named secrets (private keys, passwords) that actions refer to by name instead of carrying them in inputs.
// Any thread; calls are short file operations. Values never appear in errors.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace foehn::actions {

class SecretStore {
 public:
  virtual ~SecretStore() = default;
  // kNotFound, kIo, kInvalidArgument (bad name).
  virtual Result<std::string> get(std::string_view name) const = 0;
  // Replaces an existing value; durable on return.
  virtual Status put(std::string_view name, std::string_view value) = 0;
  // Erasing what is not there is fine.
  virtual Status erase(std::string_view name) = 0;
};

// Letters, digits, '.', '_', '-' and ':' (1–200), not starting with '.'.
bool is_secret_store_name(std::string_view name);

// One file of mode 0600 per secret in `folder` (mode 0700), written to a temporary name and renamed.
class FileSecretStore final : public SecretStore {
 public:
  explicit FileSecretStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::string> get(std::string_view name) const override;
  Status put(std::string_view name, std::string_view value) override;
  Status erase(std::string_view name) override;

 private:
  const std::filesystem::path folder_;
  std::mutex mutex_;  // writers take turns on the temporary name
};

}  // namespace foehn::actions
