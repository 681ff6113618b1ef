#include "api/cli/output.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "api/cli/print_template.h"
#include "dsl/yaml/writer.h"

namespace foehn::cli {
namespace {

constexpr std::array<std::string_view, 7> kForms = {"table", "wide", "json", "jsonl", "yaml", "csv", "name"};

void print_line(const std::string& text) { std::printf("%s\n", text.c_str()); }

std::string compact(const Value& value) { return value.dump(-1, ' ', false, Value::error_handler_t::replace); }

// RFC 4180, but for the ends of lines.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i > 0 ? "," : "") + csv_cell(cells[i]);
  return line;
}

// Prints `answer` as a whole; false for the forms that go by rows or fields.
bool print_whole(const Global& global, const Value& answer) {
  if (global.output == "json") {
    print_line(pretty(answer));
  } else if (global.output == "yaml") {
    std::fputs(dsl::write_yaml(answer).c_str(), stdout);
  } else if (global.picked) {
    const auto text = global.picked->apply(answer);
    if (text) std::fputs(text->c_str(), stdout);
    else global.output_code = report({text.error().code, "-o " + global.output + ": " + text.error().message});
  } else {
    return false;
  }
  return true;
}

bool is_time_name(std::string_view name) {
  return name.ends_with("_at") || name.ends_with("_time") || name.ends_with("_until");
}

std::string age(std::int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m";
  if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86400) + "d";
}

std::string local_time(WallTime time) {
  const std::time_t seconds = time.us / 1'000'000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &parts);
  std::string out = text.data();
  if (out.size() > 2) out.insert(out.size() - 2, ":");
  return out;
}

// To the second: the API tells no more.
std::string utc_time(WallTime time) {
  std::string text = to_mistral_time(time);
  std::replace(text.begin(), text.end(), ' ', 'T');
  return text + "Z";
}

}  // namespace

std::string pretty(const Value& value) { return value.dump(2, ' ', false, Value::error_handler_t::replace); }

std::string shown_time(TimeView view, WallTime time, WallTime now) {
  if (view == TimeView::kUtc) return utc_time(time);
  if (view == TimeView::kLocal) return local_time(time);
  const std::int64_t seconds = (now.us - time.us) / 1'000'000;
  return seconds < 0 ? "in " + age(-seconds) : age(seconds) + " ago";
}

std::function<std::string(const Value&)> text_of(const char* name) {
  return [name](const Value& row) {
    const Value* value = find(row, name);
    return value && value->is_string() ? one_line(value->get_ref<const std::string&>()) : "";
  };
}

std::function<std::string(const Value&)> time_of(const Global& global, const char* name) {
  const bool exact = global.output == "csv" && global.times == TimeView::kAge;
  return [name, view = exact ? TimeView::kUtc : global.times, now = SystemClock().wall()](const Value& row) {
    const std::string text = text_or(row, name);
    const auto time = parse_time(text);
    return time ? shown_time(view, *time, now) : one_line(text);
  };
}

std::function<std::string(const Value&)> state_of(const Global& global) {
  return [style = global.style, plain = global.output == "csv"](const Value& row) {
    const std::string state = text_or(row, "state");
    return plain ? state : state_text(state, style);
  };
}

std::string fitted(const Global& global, std::string_view text, std::size_t width) {
  return global.output == "table" ? cut(text, width, global.style.ascii) : std::string(text);
}

void print_list(const Global& global, const Value& answer, const Value& rows, const ListView& view) {
  if (!global.quiet && print_whole(global, answer)) return;
  const bool wide = global.output != "table";
  std::vector<std::string> headers;
  for (const Column& column : view.columns)
    if (wide || !column.wide) headers.emplace_back(column.header);
  if (!global.quiet && global.output == "csv" && global.headers) print_line(csv_line(headers));
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
      for (const Column& column : view.columns)
        if (wide || !column.wide) cells.push_back(column.text(row));
      if (global.output == "csv") print_line(csv_line(cells));
      else table.add(std::move(cells));
    }
  }
  if (!global.quiet && global.is_table()) std::printf("%s", table.text().c_str());
}

bool print_object(const Global& global, const Value& value, const char* id) {
  if (id && (global.quiet || global.output == "name")) {
    print_line(text_or(value, id));
    return true;
  }
  if (print_whole(global, value)) return true;
  if (global.output == "jsonl") {
    print_line(compact(value));
    return true;
  }
  if (global.output != "csv" || !value.is_object()) return false;
  std::vector<std::string> names;
  std::vector<std::string> cells;
  for (const auto& [name, field] : value.items()) {
    names.push_back(name);
    cells.push_back(field.is_null() ? "" : field.is_string() ? field.get_ref<const std::string&>() : compact(field));
  }
  if (global.headers) print_line(csv_line(names));
  print_line(csv_line(cells));
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

std::string field_text(const Global& global, std::string_view name, const Value& value) {
  if (global.times != TimeView::kAge && is_time_name(name) && value.is_string())
    if (const auto time = parse_time(value.get_ref<const std::string&>())) return shown_time(global.times, *time, {});
  return cell(value);
}

void print_record(const Global& global, const Value& object, std::string_view but) {
  std::vector<Field> fields;
  for (const auto& [name, value] : object.items())
    if (name != but) fields.push_back({name, field_text(global, name, value)});
  print_fields(global, fields);
}

Status set_output(Global& global, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string form = text.substr(0, equals);
  if (equals == std::string::npos && std::find(kForms.begin(), kForms.end(), form) != kForms.end()) {
    global.output = form;
    return {};
  }
  if (equals == std::string::npos || (form != "jsonpath" && form != "template"))
    return fail(ErrorCode::kInvalidArgument, "-o " + text + ": the forms are table, wide, json, jsonl, yaml, csv, "
                                             "name, jsonpath='{.state}' and template='{{.state}}'");
  const std::string_view picked = std::string_view(text).substr(equals + 1);
  auto parsed = form == "jsonpath" ? PrintTemplate::jsonpath(picked) : PrintTemplate::go_template(picked);
  if (!parsed) return fail(ErrorCode::kInvalidArgument, "-o " + form + ": " + parsed.error().message);
  global.output = form;
  global.picked = std::make_shared<const PrintTemplate>(std::move(*parsed));
  return {};
}

}  // namespace foehn::cli
