#include "engine/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>

#include "engine/base/clock.h"
#include "engine/base/value.h"

namespace foehn {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

constexpr std::string_view name_of(LogLevel level) {
  constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text)
    if (c == ' ' || c == '"' || c == '=' || static_cast<unsigned char>(c) < 0x20 ||
        static_cast<unsigned char>(c) >= 0x7f)
      return true;
  return false;
}

}  // namespace

struct Log::Sink {
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
};

bool is_secret_name(std::string_view key) {
  constexpr std::array<std::string_view, 6> words{"password", "passphrase", "private_key",
                                                  "secret",   "token",      "authorization"};
  std::string lower(key);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (lower.ends_with("_ref") || lower.ends_with("_filename")) return false;
  for (const auto word : words)
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

Log::Log(LogOptions options) : sink_(std::make_unique<Sink>()) {
  spdlog::sink_ptr sink;
  if (options.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
  }
  sink_->logger = std::make_shared<spdlog::logger>("foehn", sink);
  sink_->logger->set_level(to_spdlog(options.level));
  sink_->logger->set_pattern(options.json ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  sink_->logger->flush_on(spdlog::level::info);
  sink_->json = options.json;
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!sink_->logger->should_log(to_spdlog(level))) return;
  std::string line;
  if (sink_->json) {
    Value object = {{"time", to_rfc3339(SystemClock().wall())}, {"level", name_of(level)}, {"event", event}};
    for (const auto& field : fields) object[std::string(field.key)] = is_secret_name(field.key) ? "***" : field.value;
    line = to_json(object);
  } else {
    line = event;
    for (const auto& field : fields) {
      const std::string value = is_secret_name(field.key) ? "***" : field.value;
      line.append(" ").append(field.key).append("=");
      line.append(needs_quotes(value) ? to_json(Value(value)) : value);
    }
  }
  sink_->logger->log(to_spdlog(level), "{}", line);
}

}  // namespace foehn
