// The remote half of durable jobs as sh texts, and the reader of what they print.
#include <charconv>

#include "actions/std/ssh_job.h"
#include "actions/text.h"

namespace foehn::actions {
namespace {

constexpr std::size_t kFrameLineMax = 1'000;
constexpr std::size_t kNoiseBytesMax = 65'536;  // what start-up files of the machine may print before the first frame

// foehn_j: the job directory. With `adopt` the newest one of this run, if there is any.
std::string find_directory(const JobName& name) {
  std::string text = "foehn_u=$(umask)\numask 077\nfoehn_b=\"$HOME/.foehn/jobs\"\nfoehn_j=\"$foehn_b/" + name.run_id +
                     "." + std::to_string(name.attempt) + "\"\n";
  if (name.adopt)
    text += "for foehn_o in \"$foehn_b/" + name.run_id + "\".*; do [ -d \"$foehn_o\" ] && foehn_j=$foehn_o; done\n";
  return text;
}

// Runs detached. TERM is for the command; this shell must live on to write rc.
constexpr std::string_view kRunner = R"sh(trap : TERM INT HUP
cd "$FOEHN_OLD_PWD" 2>/dev/null
j=$FOEHN_JOB
echo $$ >"$j/pid.new" && mv "$j/pid.new" "$j/pid"
umask "$FOEHN_UMASK"
unset FOEHN_JOB FOEHN_OLD_PWD FOEHN_UMASK
FOEHN_SUDO sh "$j/cmd" <"$j/in" >>"$j/out" 2>>"$j/err"
rc=$?
rm -f "$j/cmd" "$j/in"
echo $rc >"$j/rc.new" && mv "$j/rc.new" "$j/rc"
)sh";

// mkdir is the atomic decision who starts it. rm undoes it when something is missing, so that nothing half is started.
std::string start_if_new(const RemoteProgram& program) {
  std::string runner(kRunner);
  const std::size_t at = runner.find("FOEHN_SUDO ");
  runner.replace(at, 11, program.sudo ? "sudo -n " : "");
  RemoteProgram inner = program;
  inner.sudo = false;
  std::string text = "mkdir -p \"$foehn_b\" || exit 125\nif mkdir \"$foehn_j\" 2>/dev/null; then\n";
  text += "printf %s " + shell_quote(shell_program(inner)) + " >\"$foehn_j/cmd\" &&\n";
  text += "printf %s " + shell_quote(runner) + " >\"$foehn_j/run\" &&\n";
  text += "cat >\"$foehn_j/in\" && [ $(wc -c <\"$foehn_j/in\") -eq " + std::to_string(program.stdin_data.size()) +
          " ] &&\n: >\"$foehn_j/out\" && : >\"$foehn_j/err\" ||\n";
  text += "{ rm -rf \"$foehn_j\"; echo 'the job cannot be written' >&2; exit 125; }\n";
  text += "cat /proc/sys/kernel/random/boot_id >\"$foehn_j/boot\" 2>/dev/null\n";
  text += "foehn_s=nohup; command -v setsid >/dev/null 2>&1 && foehn_s=setsid\n";
  text +=
      "FOEHN_UMASK=$foehn_u FOEHN_JOB=$foehn_j FOEHN_OLD_PWD=$(pwd) $foehn_s sh \"$foehn_j/run\" </dev/null >/dev/null "
      "2>&1 &\n";
  // Jobs that ended a day ago; also what a crash of this machine left behind.
  text +=
      "{ find \"$foehn_b\" -type f -name rc -mmin +1440 2>/dev/null | while IFS= read -r foehn_o; do "
      "rm -rf \"${foehn_o%/rc}\"; done; } </dev/null >/dev/null 2>&1 &\n";
  // A line of its own, whatever start-up files of the machine have printed before.
  return text + "printf '\\nJ started\\n'\nelse\nprintf '\\nJ attached\\n'\nfi\n";
}

// rc is looked for before the output is measured: what is read then is all there is.
constexpr std::string_view kFollow = R"sh(
foehn_w=0
foehn_n=0
foehn_p=
cd "$foehn_j" || { echo 'L the job directory is gone'; exit 0; }
foehn_now=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
while :; do
  foehn_r=
  [ -f rc ] && foehn_r=$(cat rc)
  foehn_c=$(($(wc -c <out)))
  if [ "$foehn_c" -gt "$foehn_a" ]; then
    echo "O $((foehn_c - foehn_a))"
    tail -c +$((foehn_a + 1)) out | head -c $((foehn_c - foehn_a)) || exit 126
    foehn_a=$foehn_c
    foehn_w=0
  fi
  foehn_c=$(($(wc -c <err)))
  if [ "$foehn_c" -gt "$foehn_e" ]; then
    echo "E $((foehn_c - foehn_e))"
    tail -c +$((foehn_e + 1)) err | head -c $((foehn_c - foehn_e)) || exit 126
    foehn_e=$foehn_c
    foehn_w=0
  fi
  if [ -n "$foehn_r" ]; then
    echo "R $foehn_r"
    exit 0
  fi
  [ -z "$foehn_p" ] && [ -f pid ] && foehn_p=$(cat pid)
  if [ -f boot ] && [ -n "$foehn_now" ] && [ "$(cat boot)" != "$foehn_now" ]; then
    echo 'L the machine was restarted while the command ran'
    exit 0
  fi
  if [ -n "$foehn_p" ] && ! kill -0 "$foehn_p" 2>/dev/null && [ ! -f rc ]; then
    echo 'L the command is gone without an exit code'
    exit 0
  fi
  if [ -z "$foehn_p" ] && [ "$foehn_n" -gt 300 ]; then
    echo 'L the command was prepared but never started'
    exit 0
  fi
  foehn_n=$((foehn_n + 1))
  if [ "$foehn_w" -lt 20 ]; then
    foehn_w=$((foehn_w + 1))
    sleep 0.05 2>/dev/null || sleep 1
  else
    sleep 0.3 2>/dev/null || sleep 1
  fi
done
)sh";

constexpr std::string_view kKill = R"sh([ -d "$foehn_j" ] || exit 0
cd "$foehn_j" || exit 0
foehn_n=0
while [ ! -f pid ] && [ ! -f rc ] && [ $foehn_n -lt 20 ]; do
  foehn_n=$((foehn_n + 1))
  sleep 0.1 2>/dev/null || sleep 1
done
[ -f rc ] && exit 0
foehn_p=$(cat pid 2>/dev/null) || exit 0
FOEHN_SUDO kill -s TERM -- "-$foehn_p" 2>/dev/null
foehn_n=0
while [ ! -f rc ] && [ $foehn_n -lt 50 ]; do foehn_n=$((foehn_n + 1)); sleep 0.1 2>/dev/null || sleep 1; done
[ -f rc ] && exit 0
FOEHN_SUDO kill -s KILL -- "-$foehn_p" 2>/dev/null
rm -f cmd in
echo 137 >rc.new && mv rc.new rc
exit 0
)sh";

}  // namespace

RemoteCommand follow_command(const JobName& name, const RemoteProgram& program, std::uint64_t out_offset,
                             std::uint64_t err_offset) {
  std::string text = "unset foehn_l\n" + find_directory(name) + start_if_new(program);
  text += "foehn_a=" + std::to_string(out_offset) + "\nfoehn_e=" + std::to_string(err_offset);
  text += kFollow;
  return {bootstrap(false), first_line(text) + program.stdin_data};
}

RemoteCommand kill_command(const JobName& name, bool sudo) {
  std::string text(kKill);
  for (std::size_t at = 0; (at = text.find("FOEHN_SUDO ")) != std::string::npos;)
    text.replace(at, 11, sudo ? "sudo -n " : "");
  return {bootstrap(false), first_line(find_directory(name) + text)};
}

void FrameReader::feed(std::string_view bytes) {
  while (!bytes.empty() && !broken_) {
    if (left_ > 0) {
      const std::string_view part = bytes.substr(0, left_);
      left_ -= part.size();
      bytes.remove_prefix(part.size());
      events_.on_output(stream_, part);
      continue;
    }
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (!begun_ && (noise_ += std::min(end, bytes.size())) > kNoiseBytesMax) broken_ = true;
    if (begun_ && line_.size() > kFrameLineMax) broken_ = true;
    if (broken_) return;
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    line();
    line_.clear();
  }
}

void FrameReader::line() {
  if (!begun_ && !line_.starts_with("J ")) return;
  const std::string_view rest = line_.size() > 2 ? std::string_view(line_).substr(2) : std::string_view();
  std::int64_t number = -1;
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (line_ == "J started" || line_ == "J attached") {
    begun_ = true;
    events_.on_job(line_ == "J attached");
  } else if ((line_.starts_with("O ") || line_.starts_with("E ")) && number >= 0) {
    stream_ = line_[0] == 'O' ? net::SshStream::kStdout : net::SshStream::kStderr;
    left_ = static_cast<std::uint64_t>(number);
  } else if (line_.starts_with("R ") && number >= 0 && number <= 255) {
    events_.on_exit(static_cast<int>(number));
  } else if (line_.starts_with("L ")) {
    events_.on_lost(std::string(rest));
  } else {
    broken_ = begun_;  // before that, start-up files may say what they like
  }
}

}  // namespace foehn::actions
