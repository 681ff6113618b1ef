// A raw HTTP client on POSIX sockets: sends exactly the bytes a test wants sent. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace foehn::test {

struct RawResponse {
  int status = 0;                              // 0 = connection ended before a response
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port);
  ~SocketClient();
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  bool send(std::string_view bytes);           // false when the server has gone
  void half_close();
  RawResponse receive(bool has_body = true);   // by Content-Length; waits at most 10 s for bytes
  std::string receive_until(std::string_view end);  // raw bytes up to and with `end`; less when the server closes
  bool closed_by_server();                     // waits for end of file
  RawResponse ask(std::string_view request) { return send(request) ? receive() : RawResponse{}; }

 private:
  bool fill();
  int fd_;
  std::string buffer_;
};

}  // namespace foehn::test
