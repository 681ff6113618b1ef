// Writes values as YAML for yaml_diff.py: a line of JSON on stdin, a line with a JSON text on stdout.
#include <iostream>

#include "dsl/expr/std_functions.h"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto value = foehn::parse_json(line);
    if (!value) return 2;
    std::cout << foehn::to_json(foehn::Value(foehn::expr::yaml_block(*value))) << "\n";
  }
}
