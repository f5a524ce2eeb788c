#pragma once

namespace causeway::protocol {

/// Builds one visitor from a lambda per alternative.
template <class... F>
struct overload : F... {
  using F::operator()...;
};

// Clang before 17 does not deduce aggregates by itself.
template <class... F>
overload(F...) -> overload<F...>;

} // namespace causeway::protocol
