// std.email: a mail by SMTP. Mistral: mistral/actions/std_actions.py, SendEmailAction.
#include "actions/std/email.h"

#include <algorithm>

#include "actions/net/mail/client.h"
#include "actions/net/ssh/crypto.h"
#include "actions/std/run_table.h"

namespace foehn::actions {
namespace {

constexpr char kClass[] = "mistral.actions.std_actions.SendEmailAction";
constexpr std::size_t kLineBytes = 76;    // RFC 2045 §6.8
constexpr std::size_t kWordBytes = 42;    // of text in an encoded word, so that it stays below 75 (RFC 2047 §2)

std::string base64_lines(std::string_view bytes) {
  const std::string all = net::base64_encode(bytes);
  std::string lines;
  for (std::size_t i = 0; i < all.size(); i += kLineBytes) lines += all.substr(i, kLineBytes) + "\r\n";
  return lines;
}

// A header's text: no line break gets through, what is not ASCII becomes encoded words cut between characters.
std::string header_text(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; })) return text;
  std::string words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = std::min(i + kWordBytes, text.size());
    while (end < text.size() && end > i + 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    words += (words.empty() ? "=?utf-8?b?" : "\r\n =?utf-8?b?") +
             net::base64_encode(std::string_view(text).substr(i, end - i)) + "?=";
    i = end;
  }
  return words;
}

// Mistral takes lists; its documentation says comma separated.
std::vector<std::string> addresses(const Value& input, const char* name) {
  std::vector<std::string> all;
  const Value* given = find(input, name);
  if (!given || given->is_null()) return all;
  const auto add = [&](const std::string& text) {
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t comma = std::min(text.find(',', from), text.size());
      std::string one = text.substr(from, comma - from);
      one.erase(0, one.find_first_not_of(' '));
      one.erase(one.find_last_not_of(' ') + 1);
      if (!one.empty()) all.push_back(std::move(one));
      from = comma + 1;
    }
  };
  if (given->is_array()) {
    for (const Value& one : *given) add(to_python_str(one));
  } else {
    add(to_python_str(*given));
  }
  return all;
}

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
  return text;
}

std::string text_of(const Value& input, const char* name, const char* otherwise) {
  const Value* given = find(input, name);
  return given && is_truthy(*given) ? to_python_str(*given) : otherwise;
}

std::string part(const char* kind, const std::string& body) {
  return "Content-Type: text/" + std::string(kind) +
         "; charset=\"utf-8\"\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(body);
}

std::string compose(const Value& input) {
  const auto header = [](const char* name, const std::string& text) {
    return text.empty() ? "" : name + std::string(": ") + header_text(text) + "\r\n";
  };
  std::string text = header("Subject", text_of(input, "subject", "<No subject>"));
  text += header("From", text_of(input, "from_addr", ""));
  text += header("Reply-To", joined(addresses(input, "reply_to")));
  text += header("To", joined(addresses(input, "to_addrs")));
  text += header("Cc", joined(addresses(input, "cc_addrs")));
  const std::string body = text_of(input, "body", "<No body>");
  const std::string html = text_of(input, "html_body", "");
  if (html.empty()) return text + part("plain", body);
  const std::string boundary = "foehn-" + to_string(random_uuid());
  return text + "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" +
         boundary + "\r\n" + part("plain", body) + "--" + boundary + "\r\n" + part("html", html) + "--" + boundary +
         "--\r\n";
}

class Email final : public Action {
 public:
  explicit Email(net::MailClient& client) : client_(client), runs_(std::make_shared<RunTable<net::MailId>>()) {}
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    net::Mail mail;
    mail.server = text_of(input, "smtp_server", "");
    mail.from = text_of(input, "from_addr", "");
    mail.password = text_of(input, "smtp_password", "");
    const Value* verify = find(input, "verify");
    mail.verify_tls = !verify || verify->is_null() || is_truthy(*verify);
    for (const char* name : {"cc_addrs", "bcc_addrs", "to_addrs"})
      for (std::string& one : addresses(input, name)) mail.recipients.push_back(std::move(one));
    const auto failed = [context](const std::string& why) {
      return raised("SendEmailAction", context, "Failed to send an email message: " + why);
    };
    for (const std::string& one : mail.recipients)
      if (one.find_first_of("\r\n<>") != std::string::npos) return done(failed("bad address '" + one + "'"));
    if (mail.from.find_first_of("\r\n<>") != std::string::npos) return done(failed("bad address '" + mail.from + "'"));
    if (mail.recipients.empty()) return done(failed("there is nobody to send it to"));
    mail.text = compose(input);
    runs_->begin(context.run_id);
    const net::MailId id =
        client_.send(std::move(mail), [runs = runs_, id = context.run_id, failed, done](const Status& status) {
          runs->end(id);
          if (status) return done(ActionOutcome::success(Value()));
          done(status.error().code == ErrorCode::kCancelled ? ActionOutcome::cancelled()
                                                            : failed(status.error().message));
        });
    if (runs_->set(context.run_id, id)) client_.cancel(id);
  }
  void cancel(ActionRunId run_id) override {
    if (const auto id = runs_->cancel(run_id)) client_.cancel(*id);
  }

 private:
  const ActionSpec spec_{
      .name = "std.email",
      .class_name = kClass,
      .description = "Sends a mail by SMTP, with STARTTLS and a login when there is a password.",
      .inputs = {{.name = "from_addr", .required = true, .doc = "Sender, and the name of the login."},
                 {.name = "to_addrs", .required = true, .doc = "List of addresses, or one text with commas."},
                 {.name = "smtp_server", .required = true, .doc = "host or host:port."},
                 {.name = "reply_to", .doc = "As to_addrs."},
                 {.name = "cc_addrs", .doc = "As to_addrs."},
                 {.name = "bcc_addrs", .doc = "As to_addrs; not in the header."},
                 {.name = "smtp_password", .type = InputType::kSecret, .doc = "Of the sender."},
                 {.name = "subject", .doc = "Default: <No subject>."},
                 {.name = "body", .doc = "Plain text. Default: <No body>."},
                 {.name = "html_body", .doc = "The same as HTML: multipart/alternative."},
                 {.name = "verify", .doc = "false: any certificate will do.", .extension = true}},
      .output_doc = "null",
      .capacity_group = "email"};
  net::MailClient& client_;
  const std::shared_ptr<RunTable<net::MailId>> runs_;
};

}  // namespace

std::unique_ptr<Action> make_email_action(net::MailClient& client) { return std::make_unique<Email>(client); }

}  // namespace foehn::actions
