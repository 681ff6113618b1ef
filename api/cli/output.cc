#include "api/cli/output.h"

#include <algorithm>
#include <cstdio>

#include "api/cli/commands.h"

namespace foehn::cli {
namespace {

void print_line(const std::string& text) { std::printf("%s\n", text.c_str()); }

std::string compact(const Value& value) { return value.dump(-1, ' ', false, Value::error_handler_t::replace); }

}  // namespace

std::string pretty(const Value& value) { return value.dump(2, ' ', false, Value::error_handler_t::replace); }

std::function<std::string(const Value&)> text_of(const char* name) {
  return [name](const Value& row) {
    const Value* value = find(row, name);
    return value && value->is_string() ? one_line(value->get_ref<const std::string&>()) : "";
  };
}

void print_list(const Global& global, const Value& answer, const Value& rows, const ListView& view) {
  if (global.output == "json" && !global.quiet) return print_line(pretty(answer));
  std::vector<std::string> headers;
  for (const Column& column : view.columns) headers.emplace_back(column.header);
  Table table(global.headers ? std::move(headers) : std::vector<std::string>());
  for (const Value& row : rows) {
    if (global.quiet) {
      print_line(text_or(row, view.id));
    } else if (global.output == "name") {
      print_line(text_or(row, view.name));
    } else if (global.output == "jsonl") {
      print_line(compact(row));
    } else {
      std::vector<std::string> cells;
      for (const Column& column : view.columns) cells.push_back(column.text(row));
      table.add(std::move(cells));
    }
  }
  if (!global.quiet && global.output == "table") std::printf("%s", table.text().c_str());
}

bool print_object(const Global& global, const Value& value, const char* id) {
  if (id && (global.quiet || global.output == "name")) {
    print_line(text_or(value, id));
    return true;
  }
  if (global.output != "json" && global.output != "jsonl") return false;
  print_line(global.output == "json" ? pretty(value) : compact(value));
  return true;
}

void print_fields(const Global& global, const std::vector<Field>& fields) {
  Table table(global.headers ? std::vector<std::string>{"FIELD", "VALUE"} : std::vector<std::string>());
  for (const Field& field : fields) {
    std::size_t begin = 0;
    std::string name = field.name;
    do {
      const std::size_t end = std::min(field.text.find('\n', begin), field.text.size());
      table.add({name, field.text.substr(begin, end - begin)});
      name.clear();
      begin = end + 1;
    } while (begin < field.text.size());
  }
  std::printf("%s", table.text().c_str());
}

}  // namespace foehn::cli
