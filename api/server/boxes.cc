// `foehn boxes list|clean`: the boxes of a data directory, without its server.
#include <cstdio>

#include "actions/cloud/local/local_driver.h"
#include "api/cli/commands.h"
#include "api/server/box_tools.h"
#include "api/server/catalog_ledger.h"
#include "api/server/serve_options.h"
#include "engine/store/sqlite/sqlite_database.h"

namespace foehn::cli {
namespace {

// Opens the data directory (its lock refuses a running server) and hands the driver to `use`.
int with_boxes(const std::string& data, const std::function<int(cloud::local::LocalDriver&)>& use) {
  const std::string directory = server::data_directory(data);
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
  Table table({"BOX", "STATE", "ADDRESS", "PID", "OVERCLOUD"});
  Value list = Value::array();
  for (const auto& box : cloud::local::scan_boxes(server::data_directory(data))) {
    table.add({box.name, box.state, box.ip, box.pid == 0 ? "-" : std::to_string(box.pid), box.overcloud_id});
    list.push_back(Value{{"name", box.name},
                         {"state", box.state},
                         {"ip", box.ip},
                         {"pid", box.pid},
                         {"overcloud_id", box.overcloud_id},
                         {"directory", box.directory}});
  }
  if (!print_json(global, list)) std::printf("%s", table.text().c_str());
  return kExitOk;
}

int boxes_clean(const Global& global, const std::string& data) {
  return with_boxes(data, [&](cloud::local::LocalDriver& driver) {
    const auto removed = driver.clean();
    if (!removed) return report(removed.error());
    if (!global.quiet)
      for (const auto& line : *removed) std::printf("removed %s\n", line.c_str());
    return static_cast<int>(kExitOk);
  });
}

}  // namespace foehn::cli
