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
    {"E108", "The document holds more definitions than are stored at once.", false},
    {"E109", "The document holds more tasks than are stored at once.", false},
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
    {"E307", "Ad-hoc actions that are based on each other in a circle.", false},
    {"E308", "Ad-hoc actions that are based on each other in too long a chain.", false},
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
    {"W309", "A task that is hidden by the engine command of the same name.", false},
    {"W310", "A variable that is defined nowhere.", false},
    {"W311", "A variable that is defined, but never where it is read.", false},
    {"W312", "A variable that is not there on every way to where it is read.", false},
    {"W313", "A function, method or name that expressions do not know.", false},
    {"W314", "task() with the name of a task that the workflow does not have.", false},
    {"W315", "A workflow that is in none of the checked files.", false},
    {"W316", "Input that a called workflow misses or does not have.", false},
    {"W317", "A condition that is always true or always false.", false},
    {"W319", "An item variable and another one of the same name.", false},
    {"W320", "A task that is repeated after failures without an end.", false},
    {"W321", "A loop of tasks that never ends.", false},
    {"W322", "A join that can never start.", false},
    {"W324", "`concurrency` without `with-items`.", false},
    {"W325", "Variables under `atomic`, which is never evaluated.", false},
    {"W326", "0 or false that does not switch off a default.", false},
    {"W327", "The result of a task that forgets it.", false},
    {"W328", "Text that looks like an expression and is none.", false},
    {"W329", "An expression that is not closed in its line.", false},
    {"W330", "A workflow that calls itself without a condition.", false},
    {"W331", "An integer of more than 64 bits.", false},
    {"W332", "A name that is empty or has blanks in it.", false},
    {"W333", "An input of an ad-hoc action that nothing reads.", false},
    {"W334", "A name that takes the place of another one.", false},
    {"W335", "Something that task() or execution() does not give.", false},
    // Of test files (engine/scenario).
    {"T101", "A test file that lacks something it needs.", false},
    {"T102", "A value of a form that a test file does not accept.", false},
    {"T103", "A word that this part of a test file does not have.", false},
    {"T104", "An outcome or step that says nothing, or several things at once.", false},
    {"T105", "A name in a test file that no workflow of it has.", false},
};

}  // namespace

std::span<const DiagnosticCode> diagnostic_codes() { return kCodes; }

const DiagnosticCode* find_diagnostic_code(std::string_view code) {
  for (const auto& entry : kCodes)
    if (entry.code == code) return &entry;
  return nullptr;
}

}  // namespace foehn::dsl
