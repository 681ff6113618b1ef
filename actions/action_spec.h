// What an action is called, takes and promises. Values, written once per action in actions/std/*.cc and
// actions/cloud/*.cc; the registry checks inputs against them and the reference manual is printed from them.
#pragma once

#include <string>
#include <vector>

namespace foehn::actions {

enum class InputType { kAny, kString, kInteger, kNumber, kBoolean, kObject, kList, kSecret };

struct InputSpec {
  std::string name{};
  InputType type = InputType::kAny;
  bool required = false;
  std::string default_text = "null";  // as GET /v2/actions shows it; ignored when required
  std::string doc{};
  bool extension = false;  // ours on top of a Mistral action: accepted, not part of the signature text
};

struct ActionSpec {
  std::string name{};
  std::string class_name{};  // Mistral's class for its own actions; only for the text of input errors
  std::string description{};
  std::vector<InputSpec> inputs{};
  std::string output_doc{};
  bool is_sync = true;         // false: completes by a report through the API
  bool pure = false;           // no effect outside the process, completes inside run()
  bool safe_rerun = false;     // running it again after a crash does no harm (or it re-attaches)
  bool hidden = false;         // not for people: in no list, and unknown to definitions
  bool accepts_any = false;    // names of inputs are not checked
  std::string impure_input{};  // a pure action is not pure when this input is given and not zero (std.echo: delay)
  std::string capacity_group{};  // actions of one group bound each other's concurrency; then target_inputs do not count
  std::vector<std::string> target_inputs{};  // their values name what bounds concurrency (host, cloud)
};

// Mistral's `input` text of the action: "output, delay=0".
std::string signature_text(const ActionSpec& spec);

}  // namespace foehn::actions
