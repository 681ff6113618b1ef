#include "api/http/router.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>

#include "engine/base/check.h"

namespace foehn::http {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const std::string_view segment = path.substr(0, path.find('/'));
    segments.push_back(segment);
    path.remove_prefix(segment.size());
  }
  return segments;
}

bool is_name(std::string_view segment) { return segment.size() > 2 && segment.front() == '{'; }

bool matches(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](std::string_view want, std::string_view got) { return is_name(want) || want == got; });
}

// Literal segments sort before names, position by position.
bool more_literal(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (is_name(a[i]) != is_name(b[i])) return is_name(b[i]);
  return false;
}

// Tells of a pending answer when it is there.
class Observed final : public PendingAnswer {
 public:
  Observed(std::shared_ptr<PendingAnswer> inner, std::function<void(int)> seen)
      : inner_(std::move(inner)), seen_(std::move(seen)) {}
  std::function<void()> on_answer(std::function<void(Response)> reply) override {
    return inner_->on_answer([seen = seen_, reply = std::move(reply)](Response response) {
      seen(response.status);
      reply(std::move(response));
    });
  }

 private:
  const std::shared_ptr<PendingAnswer> inner_;
  const std::function<void(int)> seen_;
};

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes, Guard guard, ErrorPage error_page, Observer observer)
    : routes_(std::move(routes)),
      guard_(std::move(guard)),
      error_page_(std::move(error_page)),
      observer_(std::move(observer)) {
  std::set<std::string> shapes;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    Compiled compiled{split(routes_[i].pattern), i};
    std::string shape(routes_[i].method);
    for (const std::string_view segment : compiled.segments)
      shape += "/" + std::string(is_name(segment) ? "{}" : segment);
    FOEHN_CHECK(shapes.insert(shape).second);
    compiled_.push_back(std::move(compiled));
  }
  std::stable_sort(compiled_.begin(), compiled_.end(), [](const Compiled& a, const Compiled& b) {
    return more_literal(a.segments, b.segments);
  });
}

const RouteTable::Compiled* RouteTable::find(const Request& request,
                                             const std::vector<std::string_view>& segments,
                                             std::string& allowed) const {
  std::set<std::string_view> methods;
  for (const Compiled& candidate : compiled_) {
    if (!matches(candidate.segments, segments)) continue;
    const std::string_view method = routes_[candidate.route].method;
    if (method == request.method || (request.method == "HEAD" && method == "GET")) return &candidate;
    methods.insert(method);
  }
  for (const std::string_view method : methods) allowed += (allowed.empty() ? "" : ", ") + std::string(method);
  return nullptr;
}

Response RouteTable::handle(Request request) const {
  std::size_t route = kNoRoute;
  if (!observer_) return answer(std::move(request), route);
  const auto began = std::chrono::steady_clock::now();
  Response response = answer(std::move(request), route);
  const auto seen = [this, route, began](int status) {
    const auto took = std::chrono::steady_clock::now() - began;
    observer_(route, status, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  };
  if (response.pending) {
    response.pending = std::make_shared<Observed>(std::move(response.pending), seen);
  } else {
    seen(response.status);
  }
  return response;
}

Response RouteTable::answer(Request request, std::size_t& number) const {
  const std::string path = request.path;
  const std::vector<std::string_view> segments = split(path);
  std::string allowed;
  const Compiled* found = find(request, segments, allowed);
  if (!found && allowed.empty()) return error_page_(request, 404, "The resource could not be found.");
  if (!found) {
    Response response = error_page_(
        request, 405, "The method " + request.method + " is not allowed for this resource.");
    response.headers.set("Allow", allowed);
    return response;
  }
  number = found->route;
  const Route& route = routes_[number];
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view name = found->segments[i];
    if (is_name(name))
      request.path_parameters.emplace_back(name.substr(1, name.size() - 2), percent_decode(segments[i], false));
  }
  if (auto refusal = guard_(request, route)) return std::move(*refusal);
  // Handlers report failures as values. What arrives here nevertheless (std::bad_alloc above all) must end one
  // request, not the server.
  try {
    return route.handler(request);
  } catch (const std::exception& error) {
    return error_page_(request, 500, std::string("unexpected failure: ") + error.what());
  }
}

}  // namespace foehn::http
