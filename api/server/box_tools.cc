#include "api/server/box_tools.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/embedded.h"

namespace foehn::embedded {
extern const EmbeddedFile* const sandbox_files;
extern const std::size_t sandbox_files_count;
}  // namespace foehn::embedded

namespace foehn::server {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// A running box has the folder mounted: a file that is right is left alone, another is replaced by rename.
Status write_program(const std::string& path, std::string_view text) {
  if (content_of(path) == text) return {};
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) return fail(ErrorCode::kIo, "cannot write " + path);
  ::chmod(fresh.c_str(), 0755);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(ErrorCode::kIo, "cannot write " + path);
  return {};
}

}  // namespace

Result<std::string> unpack_sandbox(const std::string& directory) {
  const std::string folder = directory + "/sandbox";
  for (std::size_t i = 0; i < embedded::sandbox_files_count; ++i) {
    const EmbeddedFile& file = embedded::sandbox_files[i];
    const std::string path = folder + "/" + file.name;
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) return fail(ErrorCode::kIo, "cannot make the folder of " + path + ": " + error.message());
    FOEHN_CHECK_OK(write_program(path, file.text()));
  }
  return folder;
}

std::vector<std::string> box_masks() {
  return {"/etc/sandbox",       "/etc/kubernetes", "/etc/overcloud", "/etc/cni",         "/var/lib/sandbox",
          "/var/lib/overcloud", "/var/lib/rook",   "/var/lib/foehn", "/var/lib/kubelet", "/usr/local/bin/helm"};
}

std::vector<std::string> box_init_command() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return {self.string(), "box-init"};
}

}  // namespace foehn::server
