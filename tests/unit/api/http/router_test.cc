// Goal: requests find the right handler with decoded parameters; everything else is refused with the right status.
// Method: route tables whose handlers say who they are.
#include "api/http/router.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace foehn::http {
namespace {

Handler says(std::string name) {
  return [name](const Request& request) {
    Response response{200, "text/plain", {}, name};
    for (const auto& [key, value] : request.path_parameters) response.body += " " + key + "=" + value;
    return response;
  };
}

Response page(const Request&, int status, std::string_view message) {
  return {status, "text/plain", {}, std::string(message)};
}

RouteTable table() {
  return RouteTable(
      {
          {"GET", "/v2/things", says("list"), "user", "Lists things."},
          {"POST", "/v2/things", says("create"), "user", "Makes a thing."},
          {"GET", "/v2/things/{id}", says("get"), "user", "One thing."},
          {"GET", "/v2/things/{id}/parts/{part}", says("part"), "user", "A part."},
          {"POST", "/v2/things/validate", says("validate"), "user", "Checks a thing."},
          {"GET", "/", says("root"), "public", "The root."},
          {"GET", "/fails", [](const Request&) -> Response { throw std::runtime_error("boom"); }, "user", "Fails."},
      },
      [](const Request& request, const Route& route) -> std::optional<Response> {
        if (route.policy == "public" || !request.headers.has("X-Refuse")) return std::nullopt;
        return Response{401, "text/plain", {}, "who are you"};
      },
      page);
}

Response ask(std::string method, std::string target, bool refuse = false) {
  Request request;
  request.method = std::move(method);
  set_target(request, target);
  if (refuse) request.headers.add("x-refuse", "1");
  return table().handle(std::move(request));
}

TEST(RouterTest, FindsRoutesAndDecodesParameters) {
  EXPECT_EQ(ask("GET", "/v2/things").body, "list");
  EXPECT_EQ(ask("POST", "/v2/things").body, "create");
  EXPECT_EQ(ask("GET", "/v2/things/a%20b%2Fc?x=1").body, "get id=a b/c");
  EXPECT_EQ(ask("GET", "/v2/things/1/parts/std.echo").body, "part id=1 part=std.echo");
  EXPECT_EQ(ask("GET", "/").body, "root");
}

TEST(RouterTest, TrailingAndDoubleSlashesAreIgnored) {
  EXPECT_EQ(ask("GET", "/v2/things/").body, "list");
  EXPECT_EQ(ask("GET", "//v2//things/7//").body, "get id=7");
}

TEST(RouterTest, LiteralSegmentsWinOverNames) {
  EXPECT_EQ(ask("POST", "/v2/things/validate").body, "validate");
  EXPECT_EQ(ask("GET", "/v2/things/validate").body, "get id=validate");
}

TEST(RouterTest, HeadIsAnsweredByTheGetRoute) { EXPECT_EQ(ask("HEAD", "/v2/things").body, "list"); }

TEST(RouterTest, UnknownPathIs404) {
  const Response response = ask("GET", "/v2/nothing");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "The resource could not be found.");
}

TEST(RouterTest, WrongMethodIs405WithAllow) {
  const Response response = ask("PATCH", "/v2/things");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("allow"), "GET, POST");
  EXPECT_EQ(response.body, "The method PATCH is not allowed for this resource.");
}

TEST(RouterTest, TheGuardRefusesBeforeTheHandler) {
  EXPECT_EQ(ask("GET", "/v2/things", true).status, 401);
  EXPECT_EQ(ask("GET", "/", true).status, 200);
}

TEST(RouterTest, AHandlerThatThrowsEndsOnlyItsRequest) {
  const Response response = ask("GET", "/fails");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "unexpected failure: boom");
}

TEST(RouterTest, TheObserverIsToldOfEveryAnswerAndItsRoute) {
  std::vector<std::pair<std::size_t, int>> seen;
  const RouteTable observed(
      {{"GET", "/one", says("one"), "user", "One."}, {"GET", "/two/{id}", says("two"), "user", "Two."}},
      [](const Request& request, const Route&) -> std::optional<Response> {
        if (!request.headers.has("X-Refuse")) return std::nullopt;
        return Response{401, "text/plain", {}, "who are you"};
      },
      page, [&seen](std::size_t route, int status, std::int64_t us) {
        EXPECT_GE(us, 0);
        seen.emplace_back(route, status);
      });
  for (const char* target : {"/two/x", "/one", "/nowhere"}) {
    Request request;
    request.method = "GET";
    set_target(request, target);
    if (request.path == "/one") request.headers.add("X-Refuse", "1");
    observed.handle(std::move(request));
  }
  const std::vector<std::pair<std::size_t, int>> wanted = {{1, 200}, {0, 401}, {kNoRoute, 404}};
  EXPECT_EQ(seen, wanted);
}

TEST(RouterDeathTest, TwoRowsOfTheSameShapeAreADefect) {
  const auto twice = [] {
    RouteTable({{"GET", "/a/{x}", says("1"), "", ""}, {"GET", "/a/{y}", says("2"), "", ""}},
               [](const Request&, const Route&) { return std::optional<Response>(); }, page);
  };
  EXPECT_DEATH(twice(), "");
}

TEST(MessageTest, QueriesAreDecodedInOrder) {
  const Query expected{{"a", "1 2"}, {"b", "x+y"}, {"c", ""}, {"a", "%zz"}};
  EXPECT_EQ(parse_query("a=1+2&b=x%2By&c&&a=%zz"), expected);
}

TEST(MessageTest, QueriesAreBounded) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "a=1&";
  EXPECT_EQ(parse_query(text).size(), 201u);  // one more than may be, so that the request can be refused
}

TEST(MessageTest, Utf8IsToldFromOtherBytes) {
  for (const char* good : {"", "a", "\xC3\xA4", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\xFF", "\x80", "\xC3", "\xC3(", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xE2\x82"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(MessageTest, AbsoluteTargetsAndFragmentsAreUnderstood) {
  Request request;
  set_target(request, "http://host:1/v2/x?name=has:rec_#frag");
  EXPECT_EQ(request.path, "/v2/x");
  EXPECT_EQ(request.query_value("name"), "has:rec_");
  set_target(request, "http://host");
  EXPECT_EQ(request.path, "/");
}

TEST(MessageTest, EncodingIsUndoneByDecoding) {
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(percent_decode(percent_encode("a b/ü~%"), false), "a b/ü~%");
}

TEST(MessageTest, ContentTypeIsLowerCaseWithoutParameters) {
  Request request;
  request.headers.add("content-TYPE", " Application/XML ; charset=utf-8");
  EXPECT_EQ(request.content_type(), "application/xml");
}

}  // namespace
}  // namespace foehn::http
