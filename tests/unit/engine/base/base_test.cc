// Goal: ids, times, diagnostics and the queue behave as their headers say. Method: literal cases, no I/O.
#include <gtest/gtest.h>

#include "engine/base/batch_queue.h"
#include "engine/base/clock.h"
#include "engine/base/diagnostic.h"
#include "engine/base/id.h"
#include "engine/base/log.h"

namespace foehn {
namespace {

TEST(Id, TextRoundTripAndRefusals) {
  const auto id = ExecutionId::parse("3644D3EB-1de6-4153-b4fa-c32c441b39f6");
  ASSERT_TRUE(id);
  EXPECT_EQ(to_string(*id), "3644d3eb-1de6-4153-b4fa-c32c441b39f6");
  for (const char* bad : {"", "3644d3eb", "3644d3eb-1de6-4153-b4fa-c32c441b39f", "3644d3eb-1de6-4153-b4fa-c32c441b39fg",
                          "3644d3eb11de6-4153-b4fa-c32c441b39f6"})
    EXPECT_FALSE(ExecutionId::parse(bad)) << bad;
}

TEST(Id, DerivedIdsAreStableAndDistinct) {
  const ExecutionId parent = *ExecutionId::parse("3644d3eb-1de6-4153-b4fa-c32c441b39f6");
  EXPECT_EQ(derive_id<TaskId>(parent, 1), derive_id<TaskId>(parent, 1));
  std::set<TaskId> seen;
  for (std::uint64_t i = 0; i < 100'000; ++i) seen.insert(derive_id<TaskId>(parent, i));
  EXPECT_EQ(seen.size(), 100'000u);
  EXPECT_EQ(to_string(derive_id<TaskId>(parent, 1))[14], '8');  // UUID version
}

TEST(Time, MistralAndRfcForms) {
  const WallTime time{1'795'233'600'123'456};
  EXPECT_EQ(to_mistral_time(time), "2026-11-21 04:00:00");
  EXPECT_EQ(to_rfc3339(time), "2026-11-21T04:00:00.123Z");
  EXPECT_EQ(parse_time("2026-11-21 04:00:00")->us, 1'795'233'600'000'000);
  EXPECT_EQ(parse_time("2026-11-21T04:00:00.123456Z")->us, time.us);
  for (const char* bad : {"", "2026-11-21", "2026-13-21 04:00:00", "2026-11-21 04:00:00x"}) EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(Diagnostic, ShowsLineCaretAndHint) {
  const std::string source = "a: 1\ntasks: {é: [x}\n";
  const Diagnostic diagnostic{"E100", Severity::kError, {2, 13}, "expected ']'", "close the list"};
  EXPECT_EQ(render(diagnostic, source, "f.yaml"),
            "f.yaml:2:13: error: expected ']' [E100]\n"
            "  2 | tasks: {é: [x}\n"
            "    |             ^\n"
            "  hint: close the list\n");
}

TEST(Diagnostic, LongLinesAreCutAroundTheCaret) {
  const std::string source(10'000, 'x');
  const std::string text = render(Diagnostic{"E1", Severity::kError, {1, 9'000}, "m", ""}, source, "");
  EXPECT_LT(text.size(), 400u);
  EXPECT_NE(text.find('^'), std::string::npos);
}

TEST(Diagnostic, NearestName) {
  EXPECT_EQ(nearest_name("tsak2", {"task1", "task2", "other"}), "task2");
  EXPECT_EQ(nearest_name("ab", {"xb", "ax"}), "ax") << "the longer common beginning wins";
  EXPECT_EQ(nearest_name("b", {"a"}), "");
  EXPECT_EQ(nearest_name("zzz", {"task1", "task2"}), "");
}

TEST(Log, MasksSecretNames) {
  EXPECT_TRUE(is_secret_name("ssh_Password"));
  EXPECT_TRUE(is_secret_name("private_key"));
  EXPECT_FALSE(is_secret_name("private_key_ref"));
  EXPECT_FALSE(is_secret_name("task"));
}

TEST(BatchQueue, BoundedAndClosable) {
  BatchQueue<int> queue(2);
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_FALSE(queue.try_push(3));
  EXPECT_EQ(queue.take(), (std::vector<int>{1, 2}));
  queue.close();
  EXPECT_FALSE(queue.push(4));
  EXPECT_TRUE(queue.take().empty());
}

}  // namespace
}  // namespace foehn
