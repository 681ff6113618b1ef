#include "engine/store/record_columns.h"

#include <algorithm>
#include <array>
#include <limits>

namespace foehn::store {
namespace {

constexpr std::string_view kMemberPrefix = "body.";
constexpr std::array<std::string_view, 8> kSlots = {"member 0", "member 1", "member 2", "member 3",
                                                    "member 4", "member 5", "member 6", "member 7"};

Cell id_cell(const RecordId& id) {
  return std::string(reinterpret_cast<const char*>(id.uuid.bytes.data()), id.uuid.bytes.size());
}

Cell member_cell(const Value& body, const std::string& member) {
  const Value* value = find(body, member);
  if (!value || value->is_null() || value->is_number_float()) return {};
  if (value->is_string()) return value->get<std::string>();
  if (value->is_boolean()) return std::int64_t{value->get<bool>() ? 1 : 0};
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return number > kMax ? Cell() : Cell(static_cast<std::int64_t>(number));
  }
  if (value->is_number_integer()) return value->get<std::int64_t>();
  return to_json(*value);
}

template <std::size_t slot>
Cell slot_cell(const RecordSource& source) {
  return slot < source.members.size() ? member_cell(source.row.body, source.members[slot]) : Cell();
}

using K = ColumnKind;
constexpr Column<RecordSource> kColumns[] = {
    {"id", K::kId, [](const RecordSource& s) { return id_cell(s.row.id); }},
    {"kind", K::kText, [](const RecordSource& s) { return Cell(s.row.kind); }},
    {"name", K::kText, [](const RecordSource& s) { return Cell(s.row.name); }},
    {"namespace", K::kText, [](const RecordSource& s) { return Cell(s.row.record_namespace); }},
    {"project_id", K::kText, [](const RecordSource& s) { return Cell(s.row.project_id); }},
    {"scope", K::kText, [](const RecordSource& s) { return Cell(s.row.scope); }},
    {"body", K::kJson, [](const RecordSource& s) { return Cell(to_json(s.row.body)); }},
    {"created_at", K::kTime, [](const RecordSource& s) { return Cell(s.row.created_at.us); }},
    {"updated_at", K::kTime,
     [](const RecordSource& s) { return s.row.updated_at ? Cell(s.row.updated_at->us) : Cell(); }},
    {kSlots[0], K::kMember, slot_cell<0>},
    {kSlots[1], K::kMember, slot_cell<1>},
    {kSlots[2], K::kMember, slot_cell<2>},
    {kSlots[3], K::kMember, slot_cell<3>},
    {kSlots[4], K::kMember, slot_cell<4>},
    {kSlots[5], K::kMember, slot_cell<5>},
    {kSlots[6], K::kMember, slot_cell<6>},
    {kSlots[7], K::kMember, slot_cell<7>},
};

bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

// Replaces "body.x" by the name of its slot.
Status use_slot(std::string& column, std::vector<std::string>& members) {
  if (!column.starts_with(kMemberPrefix)) return {};
  const std::string member = column.substr(kMemberPrefix.size());
  if (!is_plain(member)) return fail(ErrorCode::kInvalidArgument, "There is no column '" + column + "'.");
  auto at = std::find(members.begin(), members.end(), member);
  if (at == members.end()) {
    if (members.size() == kSlots.size())
      return fail(ErrorCode::kInvalidArgument,
                  "A query can name " + std::to_string(kSlots.size()) + " members at most.");
    at = members.insert(members.end(), member);
  }
  column = kSlots[static_cast<std::size_t>(at - members.begin())];
  return {};
}

}  // namespace

template <>
std::span<const Column<RecordSource>> columns<RecordSource>() {
  return kColumns;
}

Result<RecordQuery> record_query(std::string_view kind, const ListQuery& query) {
  RecordQuery result{query, {}};
  for (Filter& filter : result.query.filters) FOEHN_CHECK_OK(use_slot(filter.column, result.members));
  for (SortKey& key : result.query.sort) FOEHN_CHECK_OK(use_slot(key.column, result.members));
  result.query.filters.push_back({"kind", FilterOp::kEq, {std::string(kind)}});
  return result;
}

std::string_view slot_name(std::size_t slot) { return kSlots[slot]; }

Error duplicate_record(const RecordRow& row) {
  return {ErrorCode::kAlreadyExists, "There is already a " + row.kind + " '" + row.name + "'."};
}
Error no_such_record(std::string_view kind, std::string_view id) {
  return {ErrorCode::kNotFound, "There is no " + std::string(kind) + " with the id '" + std::string(id) + "'."};
}
Error stale_record(const RecordRow& row, std::uint64_t expected, std::uint64_t stored) {
  return {ErrorCode::kConflict, "The " + row.kind + " '" + row.name + "' was changed by somebody else: revision " +
                                    std::to_string(expected) + " was expected, " + std::to_string(stored) +
                                    " is stored."};
}

}  // namespace foehn::store
