// What commands print on standard output: a list or one object in the form that -o, -q and --no-headers ask for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cli/print.h"
#include "engine/base/value.h"

namespace foehn::cli {

struct Global;

struct Column {
  const char* header;
  std::function<std::string(const Value& row)> text;
};

// A column's text: the field `name` of a row.
std::function<std::string(const Value&)> text_of(const char* name);

// How a list is shown.
struct ListView {
  const char* id;    // field that -q prints: what other commands take
  const char* name;  // field that -o name prints
  std::vector<Column> columns;
};

// `answer` is printed whole by -o json, `rows` otherwise: a line each.
void print_list(const Global& global, const Value& answer, const Value& rows, const ListView& view);

// Prints one object for -o json (indented), -o jsonl (one line), -o name and -q (`id` of it, unless null); false for a
// table, which the caller prints.
bool print_object(const Global& global, const Value& value, const char* id = nullptr);

// A table of FIELD and VALUE. Texts of several lines keep them; other control characters are the caller's to remove.
struct Field {
  std::string name;
  std::string text;
};
void print_fields(const Global& global, const std::vector<Field>& fields);

// Indented JSON, invalid UTF-8 replaced.
std::string pretty(const Value& value);

}  // namespace foehn::cli
