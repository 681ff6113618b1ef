// What commands print on standard output: a list or one object in the form that -o, -q, --no-headers, --utc and --local
// ask for. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cli/commands.h"
#include "api/cli/print.h"
#include "engine/base/value.h"

namespace foehn::cli {

struct Column {
  const char* header;
  std::function<std::string(const Value& row)> text;
  bool wide = false;  // only with -o wide and -o csv
};

// A column's text: the field `name` of a row.
std::function<std::string(const Value&)> text_of(const char* name);
// The same of a time ("YYYY-MM-DD HH:MM:SS" or RFC 3339, UTC): its age in tables, RFC 3339 with --utc, --local and
// -o csv.
std::function<std::string(const Value&)> time_of(const Global& global, const char* name);
// The same of a state: with glyph and colour in tables.
std::function<std::string(const Value&)> state_of(const Global& global);
// A text cut to `width`, but for -o wide and -o csv.
std::string fitted(const Global& global, std::string_view text, std::size_t width);
// "3m ago", "in 2h", "2026-11-21T04:00:00Z": a time as tables show it. `now` is when it is asked for.
std::string shown_time(TimeView view, WallTime time, WallTime now);

// How a list is shown.
struct ListView {
  const char* id;    // field that -q prints: what other commands take
  const char* name;  // field that -o name prints
  std::vector<Column> columns;
};

// `answer` is printed whole by -o json, yaml, jsonpath and template, `rows` otherwise: a line each.
void print_list(const Global& global, const Value& answer, const Value& rows, const ListView& view);

// Prints one object for -o json (indented), jsonl (one line), yaml, csv (a line of names, one of values), jsonpath and
// template, -o name and -q (`id` of it, unless null); false for a table, which the caller prints.
bool print_object(const Global& global, const Value& value, const char* id = nullptr);

// A table of FIELD and VALUE. Texts of several lines keep them; other control characters are the caller's to remove.
struct Field {
  std::string name;
  std::string text;
};
void print_fields(const Global& global, const std::vector<Field>& fields);
// A field of an object as such a table shows it: --utc and --local change times.
std::string field_text(const Global& global, std::string_view name, const Value& value);
// The table of all fields of an object but one.
void print_record(const Global& global, const Value& object, std::string_view but = "");

// The form that -o names: "table", …, "jsonpath=TEXT". kInvalidArgument: there is no such form, or the text is wrong.
Status set_output(Global& global, const std::string& text);

// Indented JSON, invalid UTF-8 replaced.
std::string pretty(const Value& value);

}  // namespace foehn::cli
