#pragma once

#include <boost/system/result.hpp>

namespace causeway::protocol {

/// A value, or the reason why there is none.
template <class T, class E>
using result = boost::system::result<T, E>;

} // namespace causeway::protocol
