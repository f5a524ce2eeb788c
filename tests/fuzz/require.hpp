#pragma once

namespace causeway::test {

/// Ends the process, which libFuzzer reports with the input that did it.
inline void require(bool claim) {
  if (!claim)
    __builtin_trap();
}

} // namespace causeway::test
