// RouteTable: which handler answers which method and path. Built once from a list of rows, then const: any thread.
// It knows neither sockets nor the meaning of a route's policy; the guard given to it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.h"

namespace foehn::http {

using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string_view method;   // "GET"; HEAD is answered by the GET route
  std::string_view pattern;  // "/v2/tasks/{id}": a name in braces stands for exactly one segment
  Handler handler;
  std::string_view policy;   // who may call it; judged by the guard
  std::string_view doc;      // one line for people
};

// Called before the handler; a response refuses the request.
using Guard = std::function<std::optional<Response>(const Request&, const Route&)>;
// Makes the body of 404, 405 and 500 answers in the style of the API the path belongs to.
using ErrorPage = std::function<Response(const Request&, int status, std::string_view message)>;

// Told of every answer: the number of its route in routes() (kNoRoute: none matched), its status, and how long it took
// – of a streamed answer, until it began. Called by the thread that handled the request.
inline constexpr std::size_t kNoRoute = static_cast<std::size_t>(-1);
using Observer = std::function<void(std::size_t route, int status, std::int64_t us)>;

class RouteTable {
 public:
  // Two rows of the same method and pattern shape are a defect and abort.
  RouteTable(std::vector<Route> routes, Guard guard, ErrorPage error_page, Observer observer = {});

  // Trailing slashes are ignored; literal segments win over names. 404, 405 (with Allow) by the error page.
  Response handle(Request request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Compiled {
    std::vector<std::string_view> segments;
    std::size_t route = 0;
  };
  Response answer(Request request, std::size_t& route) const;
  const Compiled* find(const Request& request, const std::vector<std::string_view>& segments,
                       std::string& allowed) const;

  std::vector<Route> routes_;
  std::vector<Compiled> compiled_;  // more literal patterns first
  Guard guard_;
  ErrorPage error_page_;
  Observer observer_;
};

}  // namespace foehn::http
