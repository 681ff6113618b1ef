// Goal: the file of tokens – what it may say, what is refused with its place, that a new token works at once while the
// file holds nothing that would, until when a token counts, and that a changed file counts once it stays as it is.
// Method: texts, one file in a temporary folder, and a clock that is moved by hand.
#include "api/auth/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/digest.h"
#include "engine/base/id.h"

namespace foehn::auth {
namespace {

const std::string kDigest = sha256_hex("sesame");

TEST(DigestTest, KnownAnswers) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2.
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(random_token().size(), 64U);
  EXPECT_NE(random_token(), random_token());
}

TEST(TokensTest, ALineIsATokenWithItsProjectAndRole) {
  const auto tokens = parse_tokens("# people\n\n" + kDigest + " shop member  # the web shop\n  " + sha256_hex("x") +
                                       "\tops\tadmin\n",
                                   "f");
  ASSERT_TRUE(tokens);
  ASSERT_EQ(tokens->size(), 2U);
  EXPECT_EQ(tokens->front().project_id, "shop");
  EXPECT_FALSE(tokens->front().is_admin);
  EXPECT_EQ(tokens->back().project_id, "ops");
  EXPECT_TRUE(tokens->back().is_admin);
}

TEST(TokensTest, MistakesNameTheirLine) {
  const std::string form =
      ": a line is SHA256 PROJECT member|admin [expires=2027-01-31T00:00:00Z], the digest of the token in 64 "
      "lower-case hex digits; `foehn token create` writes such lines";
  for (const std::string& line : {std::string("sesame shop member"), kDigest + " shop", kDigest + " shop root",
                                  kDigest + " shop member more",
                                  kDigest + " shop member expires=soon",
                                  kDigest + " shop member expires=2027-01-31T00:00:00Z more", kDigest.substr(1) + " shop member",
                                  kDigest + " sh\xc3\xb6p member"}) {
    const auto tokens = parse_tokens(kDigest + " a member\n" + line + "\n", "f");
    ASSERT_FALSE(tokens) << line;
    EXPECT_EQ(tokens.error().message, "f:2" + form);
  }
  EXPECT_EQ(parse_tokens("# nobody\n", "f").error().message,
            "f names no token, so nobody could do anything: add one with `foehn token create`");
}

class HandClock final : public Clock {
 public:
  WallTime wall() const override { return now; }
  MonoTime mono() const override { return {now.us}; }
  WallTime now = *parse_time("2026-12-31T23:59:59Z");
};

http::Request carrying(const std::string& token) {
  http::Request request;
  request.headers.add("X-Auth-Token", token);
  return request;
}

TEST(TokensTest, ATokenCountsUntilItExpires) {
  HandClock clock;
  auto entries = parse_tokens(sha256_hex("x") + " ops admin expires=2027-01-01T00:00:00Z # Ada\n", "f");
  ASSERT_TRUE(entries);
  const AuthOptions options{std::make_shared<Tokens>(*entries, clock)};
  const auto owner = authenticate(carrying("x"), options);
  ASSERT_TRUE(owner);
  EXPECT_TRUE(owner->is_admin);
  EXPECT_EQ(owner->expires_at, parse_time("2027-01-01T00:00:00Z"));
  clock.now = *parse_time("2027-01-01T00:00:00Z");
  const auto late = authenticate(carrying("x"), options);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "The token has expired at 2027-01-01T00:00:00.000Z.");
}

class TokenFileTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) {
    std::ofstream(file_) << text;
    ::chmod(file_.c_str(), 0600);
  }

  const std::string folder_ = ::testing::TempDir() + "foehn-tokens-" + to_string(random_uuid());
  const std::string file_ = folder_ + "/tokens";
  HandClock clock_;
};

TEST_F(TokenFileTest, ANewTokenWorksAndIsNotInTheFile) {
  const auto first = create_token(file_, {.project = "shop", .remark = "the web shop"});
  const auto second = create_token(file_, {.project = "ops", .is_admin = true, .expires_at = clock_.now.plus_ms(1)});
  ASSERT_TRUE(first && second);
  struct stat info {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  std::ifstream in(file_);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, sha256_hex(*first) + " shop member  # the web shop\n" + sha256_hex(*second) +
                      " ops admin expires=2026-12-31T23:59:59.001Z\n");
  TokenFile file(file_, clock_);
  const AuthOptions options{*file.open()};
  http::Request request;
  request.headers.add("Authorization", "Bearer " + *second);
  EXPECT_EQ(authenticate(request, options)->project_id, "ops");
  EXPECT_TRUE(authenticate(request, options)->is_admin);
  // What the file says is no token.
  EXPECT_EQ(authenticate(carrying(sha256_hex(*second)), options).error().message, "The token is not valid.");
}

TEST_F(TokenFileTest, AChangedFileCountsOnceItStaysAsItIs) {
  write(kDigest + " shop member\n");
  TokenFile file(file_, clock_);
  const AuthOptions options{*file.open()};
  EXPECT_FALSE(file.look());
  write(sha256_hex("new") + " shop member\n" + sha256_hex("more") + " ops admin\n");
  EXPECT_FALSE(file.look());  // perhaps somebody still writes
  EXPECT_TRUE(authenticate(carrying("sesame"), options));
  const auto taken = file.look();
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ(**taken, 2U);
  EXPECT_FALSE(file.look());
  EXPECT_FALSE(authenticate(carrying("sesame"), options));
  EXPECT_TRUE(authenticate(carrying("more"), options)->is_admin);
}

TEST_F(TokenFileTest, AFileThatSaysNothingLeavesWhatCounts) {
  write(kDigest + " shop member\n");
  TokenFile file(file_, clock_);
  const AuthOptions options{*file.open()};
  const auto refused = [&] {
    EXPECT_FALSE(file.look());
    const auto seen = file.look();
    EXPECT_FALSE(file.look());  // told once
    return seen && !*seen ? seen->error().message : "taken";
  };
  write("# nobody\n");
  EXPECT_EQ(refused(), file_ + " names no token, so nobody could do anything: add one with `foehn token create`");
  std::filesystem::remove(file_);
  EXPECT_EQ(refused(), file_ + ": cannot read the tokens: No such file or directory");
  EXPECT_TRUE(authenticate(carrying("sesame"), options));
  // As editors do it: another file of that name.
  write(sha256_hex("new") + " shop member\n");
  EXPECT_FALSE(file.look());
  EXPECT_TRUE(file.look());
  EXPECT_TRUE(authenticate(carrying("new"), options));
}

TEST_F(TokenFileTest, WhatCannotBeIsRefused) {
  EXPECT_EQ(create_token(file_, {.project = "two words"}).error().message,
            "a project is a word of printable ASCII characters, not 'two words'");
  EXPECT_EQ(create_token(file_, {.project = "shop", .remark = "a\nb"}).error().message, "a remark is one line");
  EXPECT_EQ(read_tokens(file_).error().message, file_ + ": cannot read the tokens: No such file or directory");
  ASSERT_TRUE(create_token(file_, {.project = "shop"}));
  ::chmod(file_.c_str(), 0666);
  EXPECT_EQ(read_tokens(file_).error().message, file_ +
                                                    " may be written by others than its owner, who could make "
                                                    "themselves admins: chmod 600 " +
                                                    file_);
}

}  // namespace
}  // namespace foehn::auth
