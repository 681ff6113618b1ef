// urlize: addresses in a text become links. The patterns are Jinja2's (jinja2/utils.py).
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

// What urlize takes for an address: "http(s)://" or "www." before a host name; a bare name below one of the oldest
// top-level domains; or "http(s)://" before a number of the network. A port and a path may follow.
const re2::RE2& web_address() {
  static const std::string label = R"([\w%-])";
  static const std::string named = R"((?:https?://|www\.)(?:)" + label + R"(+\.)*(?:[a-z]{2,63}|xn--[\w%]{2,59}))";
  static const std::string bare = "(?:" + label + R"({2,63}\.)+(?:com|edu|gov|info|int|mil|net|org))";
  static const std::string numbered =
      R"(https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))";
  static const re2::RE2 pattern("(?i)^(?:" + named + "|" + bare + "|" + numbered +
                                R"()(?::\d{1,5})?(?:[/?#]\S*)?\n?$)");
  return pattern;
}
const re2::RE2& mail_address() {
  static const re2::RE2 pattern(R"(^\S+@\w[\w.-]*\.\w+\n?$)");
  return pattern;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// A word without the brackets and marks around it.
struct Word {
  std::string head;
  std::string middle;
  std::string tail;
};

bool take_front(std::string& text, std::string_view part, std::string& to) {
  if (!text.starts_with(part)) return false;
  to += part;
  text.erase(0, part.size());
  return true;
}
bool take_back(std::string& text, std::string_view part, std::string& to) {
  if (!text.ends_with(part)) return false;
  to.insert(0, part);
  text.erase(text.size() - part.size());
  return true;
}

Word split_word(std::string_view text) {
  Word word{"", std::string(text), ""};
  while (take_front(word.middle, "(", word.head) || take_front(word.middle, "<", word.head) ||
         take_front(word.middle, "&lt;", word.head)) {
  }
  const auto take = [&word](std::string_view part) { return take_back(word.middle, part, word.tail); };
  while (take(")") || take(">") || take(".") || take(",") || take("\n") || take("&gt;")) {
  }
  // A closing bracket belongs to the address when its opening one does.
  for (const auto& [open, close] :
       {std::pair<std::string_view, std::string_view>{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}}) {
    const std::size_t opened = count_of(word.middle, open);
    if (opened <= count_of(word.middle, close)) continue;
    for (std::size_t i = std::min(opened, count_of(word.tail, close)); i > 0; --i) {
      const std::size_t end = word.tail.find(close) + close.size();
      word.middle += word.tail.substr(0, end);
      word.tail.erase(0, end);
    }
  }
  return word;
}

struct Style {
  std::string attributes;
  std::int64_t limit = -1;
  bool limited = false;
  std::vector<std::string> schemes;
};

std::string link(const std::string& middle, const Style& style) {
  const auto shown = [&style](const std::string& text) {
    const bool cut = style.limited && static_cast<std::int64_t>(expr::count_points(text)) > style.limit;
    return cut ? std::string(expr::slice(text, 0, style.limit)) + "..." : text;
  };
  if (re2::RE2::PartialMatch(middle, web_address())) {
    const bool whole = middle.starts_with("https://") || middle.starts_with("http://");
    return "<a href=\"" + std::string(whole ? "" : "https://") + middle + "\"" + style.attributes + ">" +
           shown(middle) + "</a>";
  }
  const std::string mail = middle.starts_with("mailto:") ? middle.substr(7) : "";
  if (!mail.empty() && re2::RE2::PartialMatch(mail, mail_address()))
    return "<a href=\"" + middle + "\">" + mail + "</a>";
  if (middle.find('@') != std::string::npos && !middle.starts_with("www.") && middle.find(':') == std::string::npos &&
      re2::RE2::PartialMatch(middle, mail_address()))
    return "<a href=\"mailto:" + middle + "\">" + middle + "</a>";
  std::string out = middle;
  for (const std::string& scheme : style.schemes)
    if (out != scheme && out.starts_with(scheme))
      out = "<a href=\"" + out + "\"" + style.attributes + ">" + out + "</a>";
  return out;
}

bool read_style(Arguments& arguments, Style& style) {
  std::string_view target;
  std::string_view rel;
  const auto nofollow = arguments.flag(1);
  if (!nofollow || !arguments.integer(0, style.limit, true) || !arguments.text(2, target, true) ||
      !arguments.text(3, rel, true))
    return false;
  style.limited = arguments.get(0) && !arguments.get(0)->is_null();
  std::set<std::string> parts{"noopener"};
  for (const std::string_view part : expr::split(rel, nullptr, -1)) parts.emplace(part);
  if (*nofollow) parts.emplace("nofollow");
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : " ") + part;
  style.attributes = " rel=\"" + escape_html(joined) + "\"";
  if (!target.empty()) style.attributes += " target=\"" + escape_html(target) + "\"";
  const Datum* schemes = arguments.get(4);
  if (!schemes || schemes->is_null()) return true;
  static const re2::RE2 kScheme(R"([\w.+-]{2,}:(/){0,2})");
  Iterator items(arguments.evaluation, *schemes);
  Datum item;
  while (items.next(item)) {
    if (!item.is_text() || !re2::RE2::FullMatch(std::string(item.text()), kScheme)) {
      arguments.fail("this is not a valid URI scheme prefix");
      return false;
    }
    style.schemes.emplace_back(item.text());
  }
  return !arguments.evaluation.failed();
}

Datum fn_urlize(Arguments& arguments, const Datum& subject) {
  Style style;
  if (!read_style(arguments, style)) return Datum::failure();
  const std::string whole = python_str(arguments.evaluation, subject);
  if (arguments.evaluation.failed() || !arguments.evaluation.step(whole.size() / 16)) return Datum::failure();
  const std::string text = is_markup(subject) ? whole : escaped(arguments.evaluation, whole);
  std::string out;
  std::string word;
  const auto flush = [&] {
    if (word.empty()) return;
    // Brackets are counted again and again.
    constexpr std::size_t kLong = 2'000;
    if (word.size() > kLong && !arguments.evaluation.step(word.size() * word.size() / kLong)) return;
    const Word parts = split_word(word);
    out += parts.head + link(parts.middle, style) + parts.tail;
    word.clear();
  };
  for (const std::string_view point : expr::Points(text)) {
    if (expr::is_space(expr::point_at(point, 0))) {
      flush();
      out += point;
    } else {
      word += point;
    }
  }
  flush();
  return arguments.evaluation.failed() ? Datum::failure() : arguments.evaluation.text(std::move(out));
}

constexpr Filter kTable[] = {{"urlize", "trim_url_limit nofollow target rel extra_schemes", fn_urlize}};

}  // namespace

std::span<const Filter> link_filters() { return kTable; }

}  // namespace foehn::jinja
