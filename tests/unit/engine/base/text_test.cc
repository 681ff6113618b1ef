// Goal: the small functions about texts. Method: known answers.
#include "engine/base/text.h"

#include <gtest/gtest.h>

namespace foehn {
namespace {

TEST(TextTest, OnlyLettersOfAsciiAreMadeSmall) {
  EXPECT_EQ(to_lower("Ab-Z@[`{09"), "ab-z@[`{09");
  EXPECT_EQ(to_lower("\xc3\x84pfel"), "\xc3\x84pfel");
  EXPECT_EQ(to_lower(""), "");
}

}  // namespace
}  // namespace foehn
