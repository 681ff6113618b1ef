// Answers lines "SECONDS PATTERN" with the next time in seconds, "never" or "invalid": the product's side of
// cron_diff.py.
#include <cstdint>
#include <iostream>
#include <string>

#include "workflows/triggers/cron.h"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t space = line.find(' ');
    const auto pattern = foehn::triggers::CronPattern::parse(line.substr(space + 1));
    const auto next = pattern ? pattern->next(std::stoll(line.substr(0, space))) : std::nullopt;
    if (!pattern)
      std::cout << "invalid\n";
    else if (next)
      std::cout << *next << "\n";
    else
      std::cout << "never\n";
  }
}
