// Goal: a manifest means what it says, and every mistake in it is told with its place. Method: texts and a folder.
#include "actions/process/manifest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace foehn::actions {
namespace {

struct ManifestTest : ::testing::Test {
  ManifestTest() {
    char name[] = "/tmp/foehn-manifest-XXXXXX";
    folder = ::mkdtemp(name);
  }
  ~ManifestTest() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder + "/" + name) << text;
    return folder + "/" + name;
  }
  std::string mistakes() {
    const auto read = read_manifests(folder);
    return read ? "" : read.error().message;
  }
  std::string folder;
};

TEST_F(ManifestTest, SaysWhatTheActionIs) {
  write("other.yaml", "not: a manifest\n");
  write("dns.action.yaml", R"(name: site.dns_add
description: Adds a name.
input: [zone, name, ttl: 300, tags: [a]]
command: [./add.sh, --quiet]
timeout: 30
safe_rerun: true
env: {ZONE_SERVER: 10.0.0.1}
limits: {memory: 256M, cpu: 20, output: 64K}
)");
  write("add.sh", "");
  const auto read = read_manifests(folder);
  ASSERT_TRUE(read) << read.error().message;
  const Manifest& one = read->front();
  EXPECT_EQ(one.spec.name, "site.dns_add");
  EXPECT_EQ(one.spec.description, "Adds a name.");
  EXPECT_EQ(signature_text(one.spec), R"(zone, name, ttl=300, tags=["a"])");
  EXPECT_EQ(to_json(one.defaults), R"({"ttl":300,"tags":["a"]})");
  EXPECT_EQ(one.command, (std::vector<std::string>{folder + "/add.sh", "--quiet"}));
  EXPECT_EQ(one.timeout_ms, 30'000);
  EXPECT_TRUE(one.spec.safe_rerun);
  EXPECT_EQ(one.env.at("ZONE_SERVER"), "10.0.0.1");
  EXPECT_EQ(one.memory_bytes, 268'435'456u);
  EXPECT_EQ(one.cpu_seconds, 20u);
  EXPECT_EQ(one.output_bytes, 65'536u);
}

TEST_F(ManifestTest, EveryMistakeOfEveryFileIsTold) {
  const std::string a = write("a.action.yaml", R"(name: site.a
comand: [x]
timeout: soon
limits: {memory: lots}
)");
  const std::string b = write("b.action.yml", "name: has blank\ncommand: [/no/such/program]\ninput: [x, x]\n");
  EXPECT_EQ(mistakes(), a + ":2:1: there is no 'comand'; did you mean 'command'?\n" + a +
                            ":3:10: timeout is a whole number of seconds, at least 1\n" + a +
                            ":4:18: memory is a number of bytes from 1 to 9223372036854775807, with K, M or G if you "
                            "like\n" +
                            a + ":1:1: command is missing\n" + b +
                            ":1:7: name must be a word of at most 255 bytes without blanks, quotes and slashes\n" + b +
                            ":2:10: there is no program /no/such/program\n" + b + ":3:12: input 'x' is there twice");
}

TEST_F(ManifestTest, TwoActionsOfOneNameAreAMistake) {
  write("a.action.yaml", "name: site.a\ncommand: [sh]\n");
  const std::string b = write("b.action.yaml", "name: site.a\ncommand: [sh]\n");
  EXPECT_EQ(mistakes(), b + ":1:1: there is another action named site.a");
}

TEST_F(ManifestTest, AMissingFolderIsTold) {
  const auto read = read_manifests(folder + "/nowhere");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "cannot read the folder of actions " + folder + "/nowhere: No such file or directory");
}

}  // namespace
}  // namespace foehn::actions
