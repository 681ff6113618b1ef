// `foehn boxes list|clean`: the boxes of a data directory, without its server.
#include <cstdio>
#include <filesystem>

#include "actions/cloud/local/local_driver.h"
#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "api/server/box_tools.h"
#include "api/server/catalog_ledger.h"
#include "api/server/serve_options.h"
#include "engine/store/sqlite/sqlite_database.h"

namespace foehn::cli {
namespace {

// A mistyped name must not look like a server without boxes, nor become a new data directory.
Status check_directory(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error))
    return fail(ErrorCode::kNotFound, "there is no data directory " + directory +
                                          "; name the one that the server was started with: --data DIR");
  return {};
}

// Opens the data directory (its lock refuses a running server) and hands the driver to `use`.
int with_boxes(const std::string& data, const std::function<int(cloud::local::LocalDriver&)>& use) {
  const std::string directory = server::data_directory(data);
  if (const Status known = check_directory(directory); !known) return report(known.error());
  Log log({.level = LogLevel::kWarning, .json = false, .file = ""});
  store::StoreOptions options;
  options.directory = directory;
  auto database = store::SqliteDatabase::open(options);
  if (!database) return report(database.error());
  const SystemClock clock;
  server::CatalogLedger ledger((*database)->catalog(), clock);
  cloud::local::LocalDriver driver({directory, server::box_init_command(), "", server::box_masks()}, ledger, log);
  return use(driver);
}

}  // namespace

int boxes_list(const Global& global, const std::string& data) {
  const std::string directory = server::data_directory(data);
  if (const Status known = check_directory(directory); !known) return report(known.error());
  Value list = Value::array();
  for (const auto& box : cloud::local::scan_boxes(directory)) {
    list.push_back(Value{{"name", box.name},
                         {"state", box.state},
                         {"ip", box.ip},
                         {"pid", box.pid},
                         {"overcloud_id", box.overcloud_id},
                         {"directory", box.directory}});
  }
  const auto pid = [](const Value& row) { return row.value("pid", 0) == 0 ? "-" : to_json(row.value("pid", Value())); };
  print_list(global, list, list,
             {"name",
              "name",
              {{"BOX", text_of("name")},
               {"STATE", text_of("state")},
               {"ADDRESS", text_of("ip")},
               {"PID", pid},
               {"OVERCLOUD", text_of("overcloud_id")}}});
  return kExitOk;
}

int boxes_clean(const Global& global, const std::string& data) {
  return with_boxes(data, [&](cloud::local::LocalDriver& driver) {
    const auto removed = driver.clean();
    if (!removed) return report(removed.error());
    for (const auto& line : *removed) std::printf(global.quiet ? "%s\n" : "removed %s\n", line.c_str());
    return static_cast<int>(kExitOk);
  });
}

}  // namespace foehn::cli
