#pragma once

namespace causeway::protocol {

/// Builds one visitor from a lambda per alternative.
template <class... F>
struct overload : F... {
  using F::operator()...;
};

} // namespace causeway::protocol
