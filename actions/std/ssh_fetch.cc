// ssh.fetch: a file of a machine into this server's folder for fetched files. Streamed to disk under a temporary name,
// so its size is bounded by the disk, not by memory; the name appears when the whole file is there and the checksum
// fits.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "actions/net/ssh/crypto.h"
#include "actions/secrets.h"
#include "actions/std/run_table.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_result.h"
#include "actions/text.h"

namespace foehn::actions {
namespace {

constexpr std::size_t kKeptOutputBytes = 4'096;  // of stderr, for the message

// Where the bytes go. The client's I/O thread only, after construction.
class Download {
 public:
  // kIo when the temporary file cannot be made.
  static Result<std::shared_ptr<Download>> open(const std::string& folder, const std::string& name) {
    std::error_code ec;
    std::filesystem::create_directories(folder, ec);
    auto download = std::make_shared<Download>();
    download->path_ = folder + "/" + name;
    std::string temporary = folder + "/." + name + ".XXXXXX";
    download->fd_ = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (download->fd_ < 0) return fail(ErrorCode::kIo, "cannot write in " + folder + ": " + std::strerror(errno));
    download->temporary_ = temporary;
    return download;
  }
  ~Download() {
    discard();
    if (fd_ >= 0) ::close(fd_);
  }
  // At the latest when nobody holds it any more; a failure does not wait for that.
  void discard() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
  }

  void write(std::string_view bytes) {
    hash_.add(bytes);
    bytes_ += bytes.size();
    while (!bytes.empty() && error_.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        error_ = "cannot write " + path_ + ": " + std::strerror(errno);
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // {path, bytes, sha256}, or why the file is not kept.
  Result<Value> finish(const std::string& expected) {
    const std::string sum = hash_.hex();
    if (error_.empty() && ::fsync(fd_) != 0) error_ = "cannot write " + path_ + ": " + std::strerror(errno);
    if (!error_.empty()) return fail(ErrorCode::kIo, error_);
    if (!expected.empty() && expected != sum)
      return fail(ErrorCode::kFailedPrecondition, "the checksum differs: expected " + expected + ", got " + sum);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
      return fail(ErrorCode::kIo, "cannot write " + path_ + ": " + std::strerror(errno));
    temporary_.clear();
    Value result = Value::object();
    result["path"] = path_;
    result["bytes"] = bytes_;
    result["sha256"] = sum;
    return result;
  }

 private:
  std::string path_;
  std::string temporary_;
  int fd_ = -1;
  net::Sha256 hash_;
  std::uint64_t bytes_ = 0;
  std::string error_;
};

std::vector<InputSpec> fetch_inputs() {
  std::vector<InputSpec> inputs{
      {.name = "host", .type = InputType::kString, .required = true, .doc = "Host name or address."},
      {.name = "username", .type = InputType::kString, .required = true, .doc = "User to log in as."},
      {.name = "path", .type = InputType::kString, .required = true, .doc = "The file there."},
      {.name = "name", .type = InputType::kString, .required = true, .doc = "Its name here, without folders."},
      {.name = "sha256", .type = InputType::kString, .doc = "Checksum it must have, in hex."},
      {.name = "timeout_s", .type = InputType::kNumber, .doc = "For everything together; none by default."},
      {.name = "password", .type = InputType::kSecret, .doc = "Password."},
      {.name = "private_key", .type = InputType::kSecret, .doc = "Text of the private key."},
      {.name = "private_key_filename", .type = InputType::kString, .doc = "Key file in the server's key folder."}};
  const auto more = connection_inputs(false);
  inputs.insert(inputs.end(), more.begin(), more.end());
  return inputs;
}

class SshFetch final : public Action {
 public:
  SshFetch(const SshServices& services, std::string folder) : services_(services), folder_(std::move(folder)) {}
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    net::SshTarget target;
    net::SshCommand command;
    auto download = prepare(input, target, command);
    if (!download) return done(ActionOutcome::error("ssh.fetch: " + download.error().message));
    SshJudgement judgement;
    judgement.title = "ssh.fetch " + text_or(input, "path");
    judgement.secrets = secrets_of(target);
    const ActionRunId run_id = context.run_id;
    running_->begin(run_id);
    net::SshCallbacks callbacks;
    callbacks.on_output = [file = *download](net::SshStream stream, std::string_view bytes) {
      if (stream == net::SshStream::kStdout) file->write(bytes);
    };
    callbacks.done = [file = *download, target, judgement, expected = text_or(input, "sha256"), run_id,
                      done = std::move(done), running = running_](net::SshOutcome outcome) {
      running->end(run_id);
      outcome.result.stdout_text.clear();  // the beginning of the file
      outcome.result.truncated = false;
      const bool failed = ssh_error(target, outcome, judgement).has_value();
      Result<Value> result = failed ? Result<Value>(Value()) : file->finish(expected);
      file->discard();
      if (failed) return done(ssh_outcome(target, outcome, judgement));
      done(result ? ActionOutcome::success(std::move(*result))
                  : ActionOutcome::error(judgement.title + ": " + result.error().message));
    };
    const auto id = services_.client.exec(std::move(target), std::move(command), std::move(callbacks));
    if (running_->set(run_id, id)) services_.client.cancel(id);
  }

  void cancel(ActionRunId run_id) override {
    if (const auto id = running_->cancel(run_id)) services_.client.cancel(*id);
  }

 private:
  using Running = RunTable<net::SshRequestId>;

  Result<std::shared_ptr<Download>> prepare(const Value& input, net::SshTarget& target,
                                            net::SshCommand& command) const {
    if (folder_.empty()) return fail(ErrorCode::kUnsupported, "this server has no folder for fetched files");
    const std::string name = text_or(input, "name");
    if (!is_secret_store_name(name))
      return fail(ErrorCode::kInvalidArgument, "name must be a plain file name of letters, digits, '.', '_', '-', ':'");
    const std::string path = text_or(input, "path");
    if (path.empty() || path.find('\0') != std::string::npos)
      return fail(ErrorCode::kInvalidArgument, "path must be a text");
    FOEHN_TRY(target, target_of(input, text_or(input, "host"), services_));
    FOEHN_TRY(const auto timeout, number_of(input, "timeout_s"));
    if (timeout) command.timeout_ms = static_cast<std::int64_t>(*timeout * 1000);
    command.command = "cat -- " + shell_quote(path);
    command.output_limit_bytes = kKeptOutputBytes;
    return Download::open(folder_, name);
  }

  const ActionSpec spec_{.name = "ssh.fetch",
                         .class_name = "foehn.actions.SshFetch",
                         .description = "Copies a file of a machine to this server by SSH.",
                         .inputs = fetch_inputs(),
                         .output_doc = "{path, bytes, sha256}",
                         .safe_rerun = true,
                         .target_inputs = {"host"}};
  const SshServices services_;
  const std::string folder_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace

std::unique_ptr<Action> make_ssh_fetch(const SshServices& services, std::string folder) {
  return std::make_unique<SshFetch>(services, std::move(folder));
}

}  // namespace foehn::actions
