// `foehn api`: one raw call of the REST API.
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/output.h"

namespace foehn::cli {

int api_call(const Global& global, const ApiOptions& options) {
  std::string body = options.data;
  if (body.starts_with('@')) {
    auto text = read_file(body.substr(1));
    if (!text) return report(text.error());
    body = std::move(*text);
  }
  const std::string path = options.path.starts_with('/') ? options.path : "/" + options.path;
  const std::string_view type = body.empty() ? "" : parse_json(body) ? "application/json" : "text/plain";
  const auto api = make_http_api(global.server);
  const auto answer = api->call(options.method, path, body, type);
  if (!answer) return report(answer.error());
  std::string shown = answer->body;
  // People get it indented, programs as it came.
  const auto value = parse_json(shown);
  if (value && global.style.terminal) shown = pretty(*value);
  if (!value || !print_object(global, *value))
    std::printf("%s%s", shown.c_str(), shown.empty() || shown.ends_with('\n') ? "" : "\n");
  const int code = exit_code_of_status(answer->status);
  if (code != kExitOk)
    std::fprintf(stderr, "foehn: %s %s: the server answered %d\n", options.method.c_str(), path.c_str(),
                 answer->status);
  return code;
}

}  // namespace foehn::cli
