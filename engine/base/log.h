// Log lines: a short event name and key=value fields. Passed in by reference, never global. Any thread.
// Values of fields named like a secret (password, token, private_key, …) are masked here, in one place.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace foehn {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view key;
  std::string value;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  bool json = false;  // one JSON object a line instead of key=value
  std::string file;   // empty = standard error
};

class Log {
 public:
  explicit Log(LogOptions options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, event, fields);
  }

 private:
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

bool is_secret_name(std::string_view key);

}  // namespace foehn
