// Goal: std.email hands over the mail that its inputs say, and no input gets out of its place. Method: a client that
// keeps what it is given.
#include "actions/std/email.h"

#include <gtest/gtest.h>

#include "actions/net/mail/client.h"

namespace foehn::actions {
namespace {

class FakeMail final : public net::MailClient {
 public:
  net::MailId send(net::Mail mail, net::MailDone done) override {
    mails.push_back(std::move(mail));
    done(answer);
    return 1;
  }
  void cancel(net::MailId) override {}
  std::vector<net::Mail> mails;
  Status answer;
};

struct EmailTest : ::testing::Test {
  ActionOutcome run(Value input) {
    ActionOutcome outcome = ActionOutcome::cancelled();
    make_email_action(client)->run(ActionContext{}, std::move(input),
                                   [&](ActionOutcome given) { outcome = std::move(given); });
    return outcome;
  }
  FakeMail client;
};

TEST_F(EmailTest, APlainMail) {
  const ActionOutcome outcome = run(Value{{"from_addr", "a@x"},
                                          {"to_addrs", Value::array({"b@x", "c@x"})},
                                          {"bcc_addrs", "d@x, e@x"},
                                          {"smtp_server", "mail:25"},
                                          {"subject", "Hello"},
                                          {"body", "Text"}});
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess);
  EXPECT_EQ(outcome.data, Value());
  const net::Mail& mail = client.mails.at(0);
  EXPECT_EQ(mail.server, "mail:25");
  EXPECT_EQ(mail.recipients, (std::vector<std::string>{"d@x", "e@x", "b@x", "c@x"}));
  EXPECT_EQ(mail.text,
            "Subject: Hello\r\nFrom: a@x\r\nTo: b@x, c@x\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n"
            "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nVGV4dA==\r\n");
}

TEST_F(EmailTest, DefaultsAndOtherLetters) {
  run(Value{{"from_addr", "a@x"}, {"to_addrs", "b@x"}, {"smtp_server", "m"}, {"subject", "Grüße"}});
  const std::string& text = client.mails.at(0).text;
  EXPECT_TRUE(text.starts_with("Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n")) << text;
  EXPECT_NE(text.find("PE5vIGJvZHk+\r\n"), std::string::npos) << text;
}

TEST_F(EmailTest, AHeaderCannotBringAnother) {
  run(Value{{"from_addr", "a@x"}, {"to_addrs", "b@x"}, {"smtp_server", "m"}, {"subject", "x\r\nBcc: all@x"}});
  EXPECT_TRUE(client.mails.at(0).text.starts_with("Subject: x  Bcc: all@x\r\nFrom:"));
  const ActionOutcome outcome = run(Value{{"from_addr", "a@x"}, {"to_addrs", "b@x>\r\nDATA"}, {"smtp_server", "m"}});
  EXPECT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_EQ(client.mails.size(), 1u);
}

TEST_F(EmailTest, HtmlStandsBesideThePlainText) {
  run(Value{{"from_addr", "a@x"}, {"to_addrs", "b@x"}, {"smtp_server", "m"}, {"html_body", "<b>x</b>"}});
  const std::string& text = client.mails.at(0).text;
  EXPECT_NE(text.find("Content-Type: multipart/alternative; boundary=\"foehn-"), std::string::npos) << text;
  EXPECT_NE(text.find("Content-Type: text/html; charset=\"utf-8\"\r\n"), std::string::npos) << text;
}

TEST_F(EmailTest, AFailureHasMistralsText) {
  client.answer = fail(ErrorCode::kUnavailable, "Connection refused");
  EXPECT_EQ(run(Value{{"from_addr", "a@x"}, {"to_addrs", "b@x"}, {"smtp_server", "m"}}).data,
            Value("The action raised an exception [action=SendEmailAction, action_ex_id=None, "
                  "msg='Failed to send an email message: Connection refused']"));
}

}  // namespace
}  // namespace foehn::actions
