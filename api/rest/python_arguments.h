// What a Python class takes, read from its source text: nobody runs the code of users for a list. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace foehn::rest {

// The arguments of the constructor as lists of actions show them: "a, b=10". "" when it takes none, "**kwargs" when the
// text does not say, because the class is not at the start of a line or inherits from another module's.
std::string python_arguments(std::string_view code, std::string_view class_name);

}  // namespace foehn::rest
