// wordwrap (Python's textwrap) and pprint (Python's pprint).
#include <algorithm>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

using Points = std::vector<std::string_view>;

bool is_blank(std::string_view point) {
  return point.size() == 1 && std::string_view(" \t\n\v\f\r").find(point[0]) != std::string_view::npos;
}
bool is_word(std::string_view point) { return expr::is_word(expr::point_at(point, 0)); }
bool is_letter(std::string_view point) {
  return is_word(point) && point != "_" && !(point[0] >= '0' && point[0] <= '9');
}
bool is_word_mark(std::string_view point) {
  return is_word(point) || (point.size() == 1 && std::string_view("!\"'&.,?").find(point[0]) != std::string_view::npos);
}

// Where a line may be broken: runs of blanks, words, parts of hyphenated words, dashes (textwrap's wordsep_re).
class Chunks {
 public:
  Chunks(std::string_view text, bool hyphens) : points_(expr::points(text)), hyphens_(hyphens) {}

  std::vector<Points> split() {
    std::vector<Points> out;
    for (std::size_t at = 0; at < points_.size();) {
      const std::size_t end = chunk_end(at);
      out.emplace_back(points_.begin() + static_cast<std::ptrdiff_t>(at),
                       points_.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
    }
    return out;
  }

 private:
  bool dash(std::size_t at) const { return at < points_.size() && points_[at] == "-"; }
  bool letter(std::size_t at) const { return at < points_.size() && is_letter(points_[at]); }
  // `-{2,}(?=\w)` at `at`: its end, else 0.
  std::size_t dashes(std::size_t at) const {
    std::size_t end = at;
    while (dash(end)) ++end;
    return end >= at + 2 && end < points_.size() && is_word(points_[end]) ? end : 0;
  }

  std::size_t chunk_end(std::size_t at) const {
    std::size_t end = at;
    while (end < points_.size() && is_blank(points_[end])) ++end;
    if (end > at) return end;
    if (hyphens_ && at > 0 && is_word_mark(points_[at - 1]))
      if (const std::size_t after = dashes(at)) return after;
    for (end = at + 1; end < points_.size() && !is_blank(points_[end]); ++end) {
      if (!hyphens_) continue;
      if (hyphen_at(at, end)) return end + 1;
      if (is_word_mark(points_[end - 1]) && dashes(end)) return end;
    }
    return end;
  }

  // A hyphen between letters at `at`, in a word that begins at `begin`.
  bool hyphen_at(std::size_t, std::size_t at) const {
    if (!dash(at) || at < 2) return false;
    const bool before = (letter(at - 1) && letter(at - 2)) ||
                        (is_word_mark(points_[at - 1]) && dash(at - 2) && at >= 3 && letter(at - 3));
    if (!before || !letter(at + 1)) return false;
    return letter(at + 2) || (dash(at + 2) && letter(at + 3));
  }

  const Points points_;
  const bool hyphens_;
};

struct WrapStyle {
  std::size_t width;
  bool break_words;
  bool hyphens;
};

std::string joined(const std::vector<Points>& chunks) {
  std::string out;
  for (const Points& chunk : chunks)
    for (const std::string_view point : chunk) out += point;
  return out;
}

// Takes the front of a chunk that is longer than a line.
void break_chunk(std::vector<Points>& chunks, std::vector<Points>& line, std::size_t length, const WrapStyle& style) {
  Points& chunk = chunks.back();
  if (!style.break_words) {
    if (line.empty()) {
      line.push_back(chunk);
      chunks.pop_back();
    }
    return;
  }
  const std::size_t space = style.width < 1 ? 1 : style.width - length;
  std::size_t end = space;
  if (style.hyphens && chunk.size() > space) {
    std::size_t hyphen = std::min(space, chunk.size());
    while (hyphen > 0 && chunk[hyphen - 1] != "-") --hyphen;
    const auto stop = chunk.begin() + static_cast<std::ptrdiff_t>(hyphen == 0 ? 0 : hyphen - 1);
    if (hyphen > 1 && std::any_of(chunk.begin(), stop, [](std::string_view point) { return point != "-"; }))
      end = hyphen;
  }
  const auto cut = chunk.begin() + static_cast<std::ptrdiff_t>(end);
  line.emplace_back(chunk.begin(), cut);
  chunk.erase(chunk.begin(), cut);
}

std::vector<std::string> wrap(std::string_view text, const WrapStyle& style) {
  std::vector<Points> chunks = Chunks(text, style.hyphens).split();
  std::reverse(chunks.begin(), chunks.end());
  std::vector<std::string> lines;
  const auto blank = [](const Points& chunk) { return std::all_of(chunk.begin(), chunk.end(), is_blank); };
  while (!chunks.empty()) {
    std::vector<Points> line;
    std::size_t length = 0;
    if (blank(chunks.back()) && !lines.empty()) chunks.pop_back();
    while (!chunks.empty() && length + chunks.back().size() <= style.width) {
      length += chunks.back().size();
      line.push_back(std::move(chunks.back()));
      chunks.pop_back();
    }
    if (!chunks.empty() && chunks.back().size() > style.width) break_chunk(chunks, line, length, style);
    if (!line.empty() && blank(line.back())) line.pop_back();
    if (!line.empty()) lines.push_back(joined(line));
  }
  return lines;
}

Datum fn_wordwrap(Arguments& arguments, const Datum& subject) {
  std::int64_t width = 79;
  std::string_view newline = "\n";
  const auto break_words = arguments.flag(1, true);
  const auto hyphens = arguments.flag(3, true);
  if (!break_words || !hyphens || !arguments.integer(0, width) || !arguments.text(2, newline, true))
    return Datum::failure();
  if (!subject.is_text()) {
    if (usable(arguments.evaluation, subject))
      arguments.fail("wordwrap takes a string, not " + std::string(expr::name_of(subject)));
    return Datum::failure();
  }
  const std::size_t size = subject.text().size();
  if (!arguments.evaluation.affords(size, 150) || !arguments.evaluation.step(size / 8)) return Datum::failure();
  const auto lines = split_lines(subject.text(), false);
  if (width <= 0 && !lines.empty()) return arguments.fail("invalid width (must be > 0)");
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i != 0) out += newline;
    const auto wrapped = wrap(lines[i], {static_cast<std::size_t>(width), *break_words, *hyphens});
    for (std::size_t j = 0; j < wrapped.size(); ++j) out += (j == 0 ? "" : std::string(newline)) + wrapped[j];
  }
  return arguments.evaluation.text(std::move(out));
}

// ---- pprint: as repr(), keys sorted, over several lines when one of 80 columns does not hold it.
class Printer {
 public:
  explicit Printer(Evaluation& evaluation) : evaluation_(evaluation) {}

  bool print(const Datum& datum, std::size_t indent, std::size_t allowance, std::string& out) {
    if (!evaluation_.step() || !evaluation_.enter()) return false;
    const std::string flat = line(datum);
    const std::size_t room = kWidth > indent + allowance ? kWidth - indent - allowance : 0;
    bool ok = evaluation_.charge(flat.size()) && !evaluation_.failed();
    if (expr::count_points(flat) <= room || !breakable(datum)) {
      out += flat;
    } else if (ok && datum.is_text()) {
      ok = print_text(datum, indent, allowance, out);
    } else if (ok) {
      ok = datum.kind() == Kind::kDict ? print_dict(datum, indent, allowance, out)
                                       : print_list(datum, indent, allowance, out);
    }
    evaluation_.leave();
    ++level_;
    return ok;
  }

 private:
  static constexpr std::size_t kWidth = 80;

  static bool breakable(const Datum& datum) {
    return (datum.is_text() && !is_markup(datum)) || datum.kind() == Kind::kList || datum.kind() == Kind::kDict;
  }

  static std::string_view type_of(const Datum& key) {
    switch (key.kind()) {
      case Kind::kNull: return "NoneType";
      case Kind::kBoolean: return "bool";
      case Kind::kInteger: return "int";
      case Kind::kNumber: return "float";
      case Kind::kText: return "str";
      default: return "tuple";
    }
  }

  std::vector<std::pair<Datum, Datum>> sorted(const Datum& dict) {
    std::vector<std::pair<Datum, Datum>> members;
    expr::Members source(dict);
    Datum key;
    Datum value;
    while (source.next(key, value) && evaluation_.step()) members.emplace_back(key, value);
    // Python compares keys that do not compare by their types' names.
    std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
      int order = 0;
      if (expr::compare(a.first, b.first, order)) return order < 0;
      return type_of(a.first) < type_of(b.first);
    });
    return members;
  }

  std::string line(const Datum& datum) {
    if (datum.kind() == Kind::kDict) {
      std::string out = "{";
      for (const auto& [key, value] : sorted(datum)) {
        if (evaluation_.failed() || !evaluation_.enter()) return out;
        out += (out.size() == 1 ? "" : ", ") + line(key) + ": " + line(value);
        evaluation_.leave();
      }
      return out + "}";
    }
    if (datum.kind() != Kind::kList) return python_repr(evaluation_, datum);
    const bool round = is_tuple(datum);
    std::string out = round ? "(" : "[";
    Iterator items(evaluation_, datum);
    Datum item;
    for (bool first = true; items.next(item); first = false) {
      if (!evaluation_.enter()) return out;
      out += (first ? "" : ", ") + line(item);
      evaluation_.leave();
    }
    if (round && expr::length(datum) == 1) out += ",";
    return out + (round ? ")" : "]");
  }

  bool print_list(const Datum& datum, std::size_t indent, std::size_t allowance, std::string& out) {
    const bool round = is_tuple(datum);
    const std::string close = round ? (expr::length(datum) == 1 ? ",)" : ")") : "]";
    out += round ? "(" : "[";
    Iterator items(evaluation_, datum);
    Datum item;
    const std::size_t count = expr::length(datum);
    for (std::size_t i = 0; items.next(item); ++i) {
      if (i != 0) out += ",\n" + std::string(indent + 1, ' ');
      if (!print(item, indent + 1, i + 1 == count ? allowance + close.size() : 1, out)) return false;
    }
    out += close;
    return !evaluation_.failed();
  }

  bool print_dict(const Datum& datum, std::size_t indent, std::size_t allowance, std::string& out) {
    out += "{";
    const auto members = sorted(datum);
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i != 0) out += ",\n" + std::string(indent + 1, ' ');
      const std::string key = line(members[i].first);
      out += key + ": ";
      const std::size_t at = indent + 1 + expr::count_points(key) + 2;
      if (!print(members[i].second, at, i + 1 == members.size() ? allowance + 1 : 1, out)) return false;
    }
    out += "}";
    return !evaluation_.failed();
  }

  // Words, each with the blanks after it.
  static std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out(1);
    bool blank = false;
    for (const std::string_view point : expr::Points(text)) {
      const bool now = expr::is_space(expr::point_at(point, 0));
      if (blank && !now) out.emplace_back();
      blank = now;
      out.back() += point;
    }
    return out;
  }

  bool print_text(const Datum& datum, std::size_t indent, std::size_t allowance, std::string& out) {
    const bool outermost = level_ == 0 && indent == 0;
    if (outermost) {
      ++indent;
      ++allowance;
    }
    const auto quote = [](const std::string& text) { return to_python_repr(Value(text)); };
    std::vector<std::string> pieces;
    const auto lines = split_lines(datum.text(), true);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::size_t last_room = kWidth - std::min(kWidth, indent + (i + 1 == lines.size() ? allowance : 0));
      if (expr::count_points(quote(std::string(lines[i]))) <= last_room) {
        pieces.push_back(quote(std::string(lines[i])));
        continue;
      }
      const auto parts = words(lines[i]);
      std::string current;
      for (std::size_t j = 0; j < parts.size(); ++j) {
        const bool last = j + 1 == parts.size() && i + 1 == lines.size();
        const std::size_t room = kWidth - std::min(kWidth, indent + (last ? allowance : 0));
        if (expr::count_points(quote(current + parts[j])) > room) {
          if (!current.empty()) pieces.push_back(quote(current));
          current = parts[j];
        } else {
          current += parts[j];
        }
      }
      if (!current.empty()) pieces.push_back(quote(current));
    }
    if (pieces.size() == 1) {
      out += pieces[0];
      return true;
    }
    if (outermost) out += "(";
    for (std::size_t i = 0; i < pieces.size(); ++i) out += (i == 0 ? "" : "\n" + std::string(indent, ' ')) + pieces[i];
    if (outermost) out += ")";
    return evaluation_.charge(out.size());
  }

  Evaluation& evaluation_;
  std::size_t level_ = 0;
};

Datum fn_pprint(Arguments& arguments, const Datum& subject) {
  std::string out;
  if (!Printer(arguments.evaluation).print(subject, 0, 0, out) || arguments.evaluation.failed())
    return Datum::failure();
  return arguments.evaluation.text(std::move(out));
}

constexpr Filter kTable[] = {
    {"wordwrap", "width break_long_words wrapstring break_on_hyphens", fn_wordwrap},
    {"pprint", "", fn_pprint},
};

}  // namespace

std::span<const Filter> wrap_filters() { return kTable; }

}  // namespace foehn::jinja
