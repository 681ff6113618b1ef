// MailClient over libcurl: a thread per mail that is under way; how many there are is bounded by who sends. Owned by
// the composition root.
#pragma once

#include <memory>

#include "actions/net/http/egress.h"
#include "actions/net/mail/client.h"

namespace foehn::net {

class CurlMail final : public MailClient {
 public:
  explicit CurlMail(EgressPolicy egress);
  ~CurlMail() override;  // mails under way are given up
  CurlMail(const CurlMail&) = delete;
  CurlMail& operator=(const CurlMail&) = delete;

  MailId send(Mail mail, MailDone done) override;
  void cancel(MailId id) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foehn::net
