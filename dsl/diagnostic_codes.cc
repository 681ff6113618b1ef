#include "dsl/diagnostic_codes.h"

namespace foehn::dsl {
namespace {

constexpr DiagnosticCode kCodes[] = {
    {"E101", "The text is not well-formed YAML.", false},
    {"E102", "The document is larger than allowed.", false},
    {"E103", "The document is nested too deeply.", false},
    {"E104", "The document has too many nodes.", false},
    {"E105", "The text holds bytes or characters that YAML does not allow.", false},
    {"E106", "The text holds more than one YAML document.", false},
    {"E107", "A tag, key or merge key that the language does not have.", false},
    {"W110", "A key stands twice in one mapping; the last one counts.", false},
    {"E201", "A required attribute is missing.", true},
    {"E202", "An attribute that this object does not have.", true},
    {"E203", "A value of a form that the attribute does not accept.", true},
    {"E204", "An empty value where at least one entry is needed.", true},
    {"E205", "A list with the same element twice.", true},
    {"E206", "A value outside of the allowed ones.", true},
    {"E207", "A name that is not allowed.", false},
    {"E208", "A task with both `action` and `workflow`.", true},
    {"E209", "An action or workflow call that cannot be read.", false},
    {"E210", "A `with-items` clause that cannot be read.", false},
    {"E211", "An entry of an on-clause that cannot be read.", true},
    {"E212", "A version of the language that is not supported.", false},
    {"E213", "A document without any workflow or action.", false},
    {"W220", "Text of a call that is neither name nor parameter; it is ignored.", false},
    {"W221", "A condition under `next` that is ignored, because `next` is a mapping and not a list.", false},
    {"W222", "An on-clause written as a mapping; it makes no transition.", false},
    {"W223", "Parameters of an on-clause entry that are ignored.", false},
    {"W224", "An expression that is never evaluated and counts as true.", false},
    {"W225", "An attribute of a workflow that means nothing.", false},
    {"W226", "A parameter given inline and in `input`; the inline one counts.", false},
    {"E301", "A task that is named but not defined.", false},
    {"E303", "A direct workflow in which every task has an inbound transition.", false},
    {"E304", "A join that can never be fulfilled.", false},
    {"E305", "Tasks of a reverse workflow that require each other in a circle.", false},
    {"E306", "More transitions than allowed.", false},
    {"E401", "A YAQL expression with a syntax error.", false},
    {"E402", "A Jinja2 expression with a syntax error.", false},
    {"E403", "YAQL and Jinja2 in one text.", false},
    {"E404", "An expression that is too long.", false},
    {"W401", "As E401, where Mistral looks only when it evaluates the value.", false},
    {"W402", "As E402, where Mistral looks only when it evaluates the value.", false},
    {"W403", "As E403, where Mistral looks only when it evaluates the value.", false},
    {"W404", "As E404, where Mistral looks only when it evaluates the value.", false},
    {"W306", "A task that no start task leads to.", false},
    {"W307", "An action that does not exist now.", false},
    {"W308", "Parameters that the action does not have or misses.", false},
    {"W309", "A task that hides the engine command of the same name.", false},
};

}  // namespace

std::span<const DiagnosticCode> diagnostic_codes() { return kCodes; }

const DiagnosticCode* find_diagnostic_code(std::string_view code) {
  for (const auto& entry : kCodes)
    if (entry.code == code) return &entry;
  return nullptr;
}

}  // namespace foehn::dsl
