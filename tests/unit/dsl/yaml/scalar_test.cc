// Goal: plain scalars have the types that PyYAML 6.0 gives them. Method: a table whose right side was made once with
// PyYAML (dates and `=` kept as text, as this language has them).
#include "dsl/yaml/scalar.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>

namespace foehn::dsl {
namespace {

struct Row {
  std::string_view text;
  std::string_view type;
  std::string_view value;
};

constexpr Row kRows[] = {
    {"yes", "boolean", "true"},
    {"Yes", "boolean", "true"},
    {"YES", "boolean", "true"},
    {"yEs", "string", "yEs"},
    {"no", "boolean", "false"},
    {"No", "boolean", "false"},
    {"NO", "boolean", "false"},
    {"nO", "string", "nO"},
    {"true", "boolean", "true"},
    {"True", "boolean", "true"},
    {"TRUE", "boolean", "true"},
    {"tRue", "string", "tRue"},
    {"false", "boolean", "false"},
    {"False", "boolean", "false"},
    {"FALSE", "boolean", "false"},
    {"on", "boolean", "true"},
    {"On", "boolean", "true"},
    {"ON", "boolean", "true"},
    {"off", "boolean", "false"},
    {"Off", "boolean", "false"},
    {"OFF", "boolean", "false"},
    {"oN", "string", "oN"},
    {"y", "string", "y"},
    {"n", "string", "n"},
    {"Y", "string", "Y"},
    {"N", "string", "N"},
    {"null", "null", "null"},
    {"Null", "null", "null"},
    {"NULL", "null", "null"},
    {"nULL", "string", "nULL"},
    {"~", "null", "null"},
    {"~~", "string", "~~"},
    {"None", "string", "None"},
    {"nil", "string", "nil"},
    {"0", "integer", "0"},
    {"00", "integer", "0"},
    {"01", "integer", "1"},
    {"07", "integer", "7"},
    {"08", "string", "08"},
    {"09", "string", "09"},
    {"010", "integer", "8"},
    {"012", "integer", "10"},
    {"0777", "integer", "511"},
    {"0o7", "string", "0o7"},
    {"0O7", "string", "0O7"},
    {"0b1", "integer", "1"},
    {"0b101", "integer", "5"},
    {"0b2", "string", "0b2"},
    {"-0b11", "integer", "-3"},
    {"0b1_0", "integer", "2"},
    {"0x1F", "integer", "31"},
    {"0xff", "integer", "255"},
    {"0xFF", "integer", "255"},
    {"-0x1f", "integer", "-31"},
    {"+0xA", "integer", "10"},
    {"0xg", "string", "0xg"},
    {"0x1_F", "integer", "31"},
    {"1", "integer", "1"},
    {"+1", "integer", "1"},
    {"-1", "integer", "-1"},
    {"-0", "integer", "0"},
    {"+0", "integer", "0"},
    {"12", "integer", "12"},
    {"1_000", "integer", "1000"},
    {"1__0", "integer", "10"},
    {"1_", "integer", "1"},
    {"_1", "string", "_1"},
    {"123456789012", "integer", "123456789012"},
    {"9223372036854775807", "integer", "9223372036854775807"},
    {"9223372036854775808", "integer", "9223372036854775808"},
    {"18446744073709551615", "integer", "18446744073709551615"},
    {"-9223372036854775808", "integer", "-9223372036854775808"},
    {"1:30", "integer", "90"},
    {"1:60", "string", "1:60"},
    {"10:05", "integer", "605"},
    {"190:20:30", "integer", "685230"},
    {"-1:30", "integer", "-90"},
    {"0:30", "string", "0:30"},
    {"01:30", "string", "01:30"},
    {"1:30:5", "integer", "5405"},
    {"1:3:99", "string", "1:3:99"},
    {"12:30:45.5", "number", "45045.5"},
    {"190:20:30.15", "number", "685230.15"},
    {"-1:30.5", "number", "-90.5"},
    {"1:5.", "number", "65.0"},
    {"0:30.5", "number", "30.5"},
    {"1.0", "number", "1.0"},
    {"1.", "number", "1.0"},
    {"0.", "number", "0.0"},
    {".5", "number", "0.5"},
    {"-.5", "string", "-.5"},
    {"+.5", "string", "+.5"},
    {"-0.5", "number", "-0.5"},
    {"0.5", "number", "0.5"},
    {"3.14", "number", "3.14"},
    {"+3.14", "number", "3.14"},
    {"-3.14", "number", "-3.14"},
    {"1_000.5", "number", "1000.5"},
    {"1_0.5_0", "number", "10.5"},
    {"1._", "number", "1.0"},
    {"._1", "string", "._1"},
    {".", "string", "."},
    {"..", "string", ".."},
    {"1.2.3", "string", "1.2.3"},
    {"1e3", "string", "1e3"},
    {"1e+3", "string", "1e+3"},
    {"1.e+3", "number", "1000.0"},
    {"1.5e10", "string", "1.5e10"},
    {"1.5e+10", "number", "15000000000.0"},
    {"1.5E-10", "number", "1.5e-10"},
    {"1.5e+", "string", "1.5e+"},
    {"-1.5e+3", "number", "-1500.0"},
    {".5e+1", "number", "5.0"},
    {"1.0e+400", "number", "inf"},
    {"1.0e-400", "number", "0.0"},
    {".inf", "number", "inf"},
    {".Inf", "number", "inf"},
    {".INF", "number", "inf"},
    {"-.inf", "number", "-inf"},
    {"+.inf", "number", "inf"},
    {".iNF", "string", ".iNF"},
    {".nan", "number", "nan"},
    {".NaN", "number", "nan"},
    {".NAN", "number", "nan"},
    {"-.nan", "string", "-.nan"},
    {"inf", "string", "inf"},
    {"nan", "string", "nan"},
    {"2020-01-01", "string", "2020-01-01"},
    {"2020-1-1", "string", "2020-1-1"},
    {"2020-01-01T10:00:00Z", "string", "2020-01-01T10:00:00Z"},
    {"12:00", "integer", "720"},
    {"a", "string", "a"},
    {"1a", "string", "1a"},
    {"a1", "string", "a1"},
    {"1-2", "string", "1-2"},
    {"1.2.3.4", "string", "1.2.3.4"},
    {"0xdeadbeef", "integer", "3735928559"},
    {"=", "string", "="},
    {"<<x", "string", "<<x"},
    {"t1", "string", "t1"},
    {"--", "string", "--"},
    {"-a", "string", "-a"},
    {"+a", "string", "+a"},
    {"--1", "string", "--1"},
    {"+-1", "string", "+-1"},
    {"1+1", "string", "1+1"},
    {"1,000", "string", "1,000"},
    {"0b", "string", "0b"},
    {"0x", "string", "0x"},
    {"0_", "integer", "0"},
    {"0_7", "integer", "7"},
    {"0.1.2", "string", "0.1.2"},
    {"1..2", "string", "1..2"},
    {"infinity", "string", "infinity"},
    {"1/2", "string", "1/2"},
};

std::string value_text(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number_float()) return to_json(value);
  const double number = value.get<double>();
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  return to_python_repr(value);
}

TEST(Scalar, TypesOfPyYaml) {
  for (const Row& row : kRows) {
    const Value value = resolve_plain(row.text);
    EXPECT_EQ(type_name(value), row.type) << row.text;
    EXPECT_EQ(value_text(value), row.value) << row.text;
    EXPECT_EQ(resolves_to_text(row.text), row.type == "string") << row.text;
  }
  EXPECT_EQ(resolve_plain(""), Value(nullptr));
}

// PyYAML itself fails on these; they stay text.
TEST(Scalar, DigitlessNumbersStayText) {
  for (const std::string_view text : {"0b_", "0x_", "0x__"}) EXPECT_EQ(resolve_plain(text), Value(std::string(text)));
}

TEST(Scalar, MoreThan64BitsBecomesNumber) {
  EXPECT_EQ(resolve_plain("18446744073709551616"), Value(18446744073709551616.0));
  EXPECT_EQ(resolve_plain("-9223372036854775809"), Value(-9223372036854775808.0));
  EXPECT_EQ(resolve_plain("0xFFFFFFFFFFFFFFFF"), Value(18446744073709551615ULL));
  EXPECT_EQ(resolve_plain("0x10000000000000000"), Value(18446744073709551616.0));
}

TEST(Scalar, KeysAreWhatJsonMakesOfThem) {
  EXPECT_EQ(resolve_key("on", true), "true");
  EXPECT_EQ(resolve_key("on", false), "on");
  EXPECT_EQ(resolve_key("~", true), "null");
  EXPECT_EQ(resolve_key("012", true), "10");
  EXPECT_EQ(resolve_key("1.50", true), "1.5");
  EXPECT_EQ(resolve_key("on-success", true), "on-success");
}

}  // namespace
}  // namespace foehn::dsl
