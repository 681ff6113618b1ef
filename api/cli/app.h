// Command line → command. The only file pair that knows CLI11.
#pragma once

namespace foehn::cli {
int run_cli(int argc, char** argv);
}
