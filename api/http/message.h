// Request and Response as plain values: what handlers see of HTTP. No sockets, no library types.
// Whoever holds one owns it; any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foehn::http {

// Header fields in order; names compare without regard to case.
class Headers {
 public:
  void add(std::string name, std::string value);
  // Replaces every field of that name.
  void set(std::string name, std::string value);
  // The first field of that name, or "".
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Decoded query parameters, in order of appearance.
using Query = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;                                                // upper case
  std::string path;                                                  // as sent, without the query
  Query query;
  std::vector<std::pair<std::string, std::string>> path_parameters;  // of the route's pattern, decoded
  Headers headers;
  std::string body;
  std::string remote;                                                // "127.0.0.1:40312"

  // Value of a path parameter; "" when the pattern has none of that name.
  std::string_view parameter(std::string_view name) const;
  // First query parameter of that name.
  std::optional<std::string_view> query_value(std::string_view name) const;
  // Media type in lower case without parameters, "" when there is none.
  std::string content_type() const;
};

// A body whose end is not known when the answer begins. The server owns it while it sends; it calls next() and
// keep_alive() on its I/O thread only, so both must be quick and never block.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // What is ready now; nullopt: the body has ended. Empty: nothing yet, and `wake` is called once, by any thread, when
  // asking again is worth it – never after the stream is destroyed.
  virtual std::optional<std::string> next(const std::function<void()>& wake) = 0;
  // Sent when nothing else was for a while, so that a client that is gone is noticed.
  virtual std::string keep_alive() const = 0;
};

struct Response;

// An answer that is not known yet: no handler thread is held while it is waited for.
class PendingAnswer {
 public:
  virtual ~PendingAnswer() = default;
  // Called once. `reply` is called once, by any thread, perhaps before this returns. The function it gives is called,
  // at most once and by the server's I/O thread, when nobody is there any more to take the answer: it must be quick and
  // do nothing when this has ended. Whatever is replied from then on is dropped.
  virtual std::function<void()> on_answer(std::function<void(Response)> reply) = 0;
};

struct Response {
  int status = 200;
  std::string content_type;
  Headers headers;
  std::string body;
  std::shared_ptr<BodyStream> stream = nullptr;  // when set, `body` is not looked at
  std::shared_ptr<PendingAnswer> pending = nullptr;  // when set, nothing else is looked at
};

// Waits for the answer if it is pending, for callers without a server. Blocks.
Response settled(Response response);

// "a%20b" → "a b"; with `plus_is_space` also '+'. A malformed escape stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space);
bool is_utf8(std::string_view text);
std::string percent_encode(std::string_view text);  // all but unreserved characters (RFC 3986 §2.3)
// "a=1&b" → {{"a","1"},{"b",""}}; of more than limits::kQueryParametersMax one is kept beyond them, so that
// whoever takes the request can tell.
Query parse_query(std::string_view text);
// Splits a request target into path and query.
void set_target(Request& request, std::string_view target);

// The standard reason phrase, e.g. "Not Found".
std::string_view reason_phrase(int status);

}  // namespace foehn::http
