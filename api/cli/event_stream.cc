#include "api/cli/event_stream.h"

#include <utility>

namespace foehn::cli {

void EventReader::feed(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      rest_ += text;
      if (rest_.size() > kLineBytesMax) rest_.clear();
      return;
    }
    rest_ += text.substr(0, end);
    text.remove_prefix(end + 1);
    take_line(std::exchange(rest_, {}));
  }
}

void EventReader::reset() {
  rest_.clear();
  event_ = {};
}

void EventReader::take_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) {
    StreamEvent event = std::exchange(event_, {});
    if (event.data.empty()) return;
    on_event_(event);
    if (!event.id.empty()) last_id_ = event.id;
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") event_.id = value;
  if (field == "event") event_.name = value;
  if (field == "data") event_.data += (event_.data.empty() ? "" : "\n") + std::string(value);
}

}  // namespace foehn::cli
