// Sending mail by SMTP (RFC 5321), as std.email sees it. send() and cancel() from any thread; the callback runs on a
// thread of the client, exactly once per mail (also after cancel). Faked in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace foehn::net {

struct Mail {
  std::string server;  // "host" or "host:port"
  std::string from;
  std::vector<std::string> recipients;
  std::string password;  // not "": STARTTLS and a login as `from` are demanded
  bool verify_tls = true;
  std::string text;  // header, empty line and body; lines end with CR LF
};

// Errors: kInvalidArgument (server's name), kPermissionDenied (EgressPolicy, login), kTimeout, kCancelled,
// kUnavailable.
using MailDone = std::function<void(Status)>;
using MailId = std::uint64_t;

class MailClient {
 public:
  virtual ~MailClient() = default;
  virtual MailId send(Mail mail, MailDone done) = 0;
  virtual void cancel(MailId id) = 0;
};

}  // namespace foehn::net
