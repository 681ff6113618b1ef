// A list request as the REST API knows it: filters, order, page. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace foehn::store {

enum class FilterOp { kEq, kNeq, kGt, kGte, kLt, kLte, kIn, kNin, kHas, kIsNull };

struct Filter {
  std::string column;  // one of the table's column names (query.h); the caller has checked it
  FilterOp op = FilterOp::kEq;
  // One, or the list of in and nin; of has: all must be contained (ignoring the case of ASCII letters). Times as
  // "YYYY-MM-DD HH:MM:SS", which stands for the whole second; booleans "true" or "false". kIsNull needs none.
  std::vector<std::string> values;
};

struct SortKey {
  std::string column;
  bool descending = false;
};

struct ListQuery {
  std::vector<Filter> filters;        // all must hold
  std::vector<SortKey> sort;          // empty = created_at; the id is always the last key
  std::optional<std::string> marker;  // id of the last item of the page before; kNotFound when it does not exist
  std::uint32_t limit = 1000;
  bool with_output = true;  // false: large columns (output, published) are left null
  // Only what this project may see: its own rows and, of workflows, public ones and the system's. Absent = all.
  std::optional<std::string> visible_to;
};

template <class Row>
struct Page {
  std::vector<Row> rows;
  bool more = false;  // rows after this page exist
};

}  // namespace foehn::store
