// Server-sent events (WHATWG HTML §9.2) out of the bytes of a stream. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace foehn::cli {

struct StreamEvent {
  std::string id;    // "" = none; the last one stands in EventReader::last_id()
  std::string name;
  std::string data;
};

class EventReader {
 public:
  using OnEvent = std::function<void(const StreamEvent&)>;
  explicit EventReader(OnEvent on_event) : on_event_(std::move(on_event)) {}

  void feed(std::string_view text);
  // The stream was cut: what was only begun is forgotten.
  void reset();
  const std::string& last_id() const { return last_id_; }

 private:
  void take_line(std::string_view line);

  static constexpr std::size_t kLineBytesMax = 16'000'000;  // a longer one is dropped

  OnEvent on_event_;
  std::string rest_;  // the beginning of a line
  StreamEvent event_;
  std::string last_id_;
};

}  // namespace foehn::cli
