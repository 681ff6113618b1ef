#include "actions/cloud/driver.h"

#include <algorithm>
#include <cctype>

namespace foehn::cloud {
namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

CloudDriver* DriverTable::find(std::string_view provider) const {
  for (CloudDriver* driver : drivers_)
    if (equal_without_case(driver->provider(), provider)) return driver;
  return nullptr;
}

std::vector<std::string> DriverTable::names() const {
  std::vector<std::string> names;
  for (const CloudDriver* driver : drivers_) names.emplace_back(driver->provider());
  return names;
}

}  // namespace foehn::cloud
