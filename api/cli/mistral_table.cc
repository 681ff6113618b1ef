// The forms of output of the stock client's library: cliff 4 with prettytable 3.
#include <algorithm>
#include <cstdio>

#include "api/cli/mistral.h"
#include "api/cli/output.h"
#include "dsl/yaml/writer.h"

namespace foehn::cli {
namespace {

using Lines = std::vector<std::string>;

// The lines of a cell: carriage returns stand for ends of lines or spaces.
Lines cell_lines(const Value& value) {
  const std::string text = to_python_str(value);
  Lines lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n') lines.emplace_back();
    else lines.back() += text[i] == '\r' ? ' ' : text[i];
  }
  return lines;
}

class Grid {
 public:
  explicit Grid(std::size_t columns) : widths_(columns), right_(columns) {}

  void align_right(std::size_t column) { right_[column] = true; }
  void add(std::vector<Lines> row) {
    for (std::size_t i = 0; i < row.size(); ++i)
      for (const std::string& line : row[i]) widths_[i] = std::max(widths_[i], display_width(line));
    rows_.push_back(std::move(row));
  }
  // The first row is the head.
  std::string text() const {
    std::string rule = "+";
    for (const std::size_t width : widths_) rule.append(width + 2, '-') += '+';
    rule += '\n';
    std::string out = rule;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      write(rows_[i], out);
      if (i == 0) out += rule;
    }
    return out + rule;
  }

 private:
  void write(const std::vector<Lines>& row, std::string& out) const {
    std::size_t height = 1;
    for (const Lines& cell : row) height = std::max(height, cell.size());
    for (std::size_t line = 0; line < height; ++line) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string text = line < row[i].size() ? row[i][line] : "";
        const std::string room(widths_[i] - display_width(text), ' ');
        out += "| " + (right_[i] ? room + text : text + room) + " ";
      }
      out += "|\n";
    }
  }

  std::vector<std::size_t> widths_;
  std::vector<bool> right_;
  std::vector<std::vector<Lines>> rows_;
};

std::string json_text(const Value& value, bool indent) {
  return indent ? value.dump(2, ' ', true, Value::error_handler_t::replace) : to_python_json(value);
}

// Python's csv with QUOTE_NONNUMERIC and a backslash as escapechar.
std::string csv_text(const Value& value) {
  if (value.is_number() || value.is_boolean()) return to_python_str(value);
  std::string out = "\"";
  for (const char c : value.is_null() ? "" : to_python_str(value)) {
    if (c == '"' || c == '\\') out += c;
    out += c;
  }
  return out + "\"";
}

Value object_of(const std::vector<std::string>& headings, const Cells& cells) {
  Value object = Value::object();
  for (std::size_t i = 0; i < headings.size(); ++i) object[headings[i]] = cells[i];
  return object;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return "[" + text + "]";
}

// The places of the columns that are asked for, in the order of the headings.
Result<std::vector<std::size_t>> chosen(const MistralForm& form, const std::vector<std::string>& headings) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const bool asked = std::find(form.columns.begin(), form.columns.end(), headings[i]) != form.columns.end();
    if (form.columns.empty() || asked) places.push_back(i);
  }
  if (places.empty())
    return fail(ErrorCode::kInvalidArgument, "No recognized column names in " + quoted_list(form.columns) +
                                                 ". Recognized columns are " + quoted_list(headings) + ".");
  return places;
}

template <class Items>
Items at_places(const Items& items, const std::vector<std::size_t>& places) {
  Items out;
  for (const std::size_t place : places) out.push_back(items[place]);
  return out;
}

std::string list_table(const std::vector<std::string>& headings, const std::vector<Cells>& rows) {
  Grid grid(headings.size());
  std::vector<Lines> head;
  for (const std::string& heading : headings) head.push_back({heading});
  grid.add(std::move(head));
  for (std::size_t i = 0; !rows.empty() && i < rows.front().size(); ++i)
    if (rows.front()[i].is_number()) grid.align_right(i);
  for (const Cells& row : rows) {
    std::vector<Lines> cells;
    for (const Value& value : row) cells.push_back(cell_lines(value));
    grid.add(std::move(cells));
  }
  return grid.text();
}

std::string shell_name(std::string heading) {
  for (char& c : heading) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ' || c == ':' || c == '-') c = '_';
  }
  return heading;
}

std::string shell_text(const Value& value) {
  std::string out;
  for (const char c : to_python_str(value)) {
    if (value.is_string() && c == '"') out += '\\';
    out += c;
  }
  return out;
}

Status wrong_format(const MistralForm& form, const char* what, const char* formats) {
  return fail(ErrorCode::kInvalidArgument,
              "-f " + form.format + " is not for " + what + "; its formats are " + formats);
}

}  // namespace

Status print_mistral_list(const MistralForm& form, const std::vector<std::string>& all_headings,
                          const std::vector<Cells>& all_rows) {
  FOEHN_TRY(const auto places, chosen(form, all_headings));
  const auto headings = at_places(all_headings, places);
  std::vector<Cells> rows;
  for (const Cells& row : all_rows) rows.push_back(at_places(row, places));
  std::string out;
  if (form.format == "table") {
    out = list_table(headings, rows);
  } else if (form.format == "json" || form.format == "yaml") {
    Value list = Value::array();
    for (const Cells& row : rows) list.push_back(object_of(headings, row));
    out = form.format == "json" ? json_text(list, form.indent) + "\n" : dsl::write_yaml(list, {.sort_keys = true});
  } else if (form.format == "csv") {
    for (std::size_t i = 0; i < headings.size(); ++i) out += (i > 0 ? "," : "") + csv_text(headings[i]);
    out += "\n";
    for (const Cells& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? "," : "") + csv_text(row[i]);
      out += "\n";
    }
  } else if (form.format == "value") {
    for (const Cells& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? " " : "") + to_python_str(row[i]);
      out += "\n";
    }
  } else {
    return wrong_format(form, "a list", "csv, json, table, value, yaml");
  }
  std::fputs(out.c_str(), stdout);
  return {};
}

Status print_mistral_object(const MistralForm& form, const std::vector<std::string>& all_headings,
                            const Cells& all_cells) {
  FOEHN_TRY(const auto places, chosen(form, all_headings));
  const auto headings = at_places(all_headings, places);
  const Cells cells = at_places(all_cells, places);
  std::string out;
  if (form.format == "table") {
    Grid grid(2);
    grid.add({{"Field"}, {"Value"}});
    for (std::size_t i = 0; i < headings.size(); ++i) grid.add({{headings[i]}, cell_lines(cells[i])});
    out = grid.text();
  } else if (form.format == "json") {
    out = json_text(object_of(headings, cells), form.indent) + "\n";
  } else if (form.format == "yaml") {
    out = dsl::write_yaml(object_of(headings, cells));
  } else if (form.format == "value") {
    for (const Value& cell : cells) out += to_python_str(cell) + "\n";
  } else if (form.format == "shell") {
    for (std::size_t i = 0; i < headings.size(); ++i)
      out += shell_name(headings[i]) + "=\"" + shell_text(cells[i]) + "\"\n";
  } else {
    return wrong_format(form, "one object", "json, shell, table, value, yaml");
  }
  std::fputs(out.c_str(), stdout);
  return {};
}

}  // namespace foehn::cli
