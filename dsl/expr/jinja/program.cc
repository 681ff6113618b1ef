#include "dsl/expr/jinja/program.h"

namespace foehn::jinja {

struct Program {};

expr::Parsed<std::shared_ptr<const Program>> compile_expression(std::string_view) {
  return expr::syntax_error("Jinja2 is not supported yet", 0);
}
expr::Parsed<std::shared_ptr<const Program>> compile_template(std::string_view) {
  return expr::syntax_error("Jinja2 is not supported yet", 0);
}
Result<Value> evaluate(const Program&, const dsl::Scope&, const dsl::Budget&) {
  return fail(ErrorCode::kUnsupported, "Jinja2 is not supported yet");
}
void add_roots(const Program&, std::vector<std::string>&) {}
std::string to_text(const Program&) { return ""; }

}  // namespace foehn::jinja
