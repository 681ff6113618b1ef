// Prelude for the few .cc files that use Asio: <utility> first (Boost 1.74 forgets it), then the library.
#pragma once

#include <utility>

#include <boost/asio.hpp>

namespace foehn {
namespace asio = boost::asio;
}
