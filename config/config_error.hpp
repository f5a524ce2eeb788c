#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::config {

/// One thing that the operator must fix.
struct config_error {
  /// As it was named to `load_file` or `load_text`.
  std::string file;
  /// Both count from 1, the column in bytes; 0 means that the error has no
  /// place in the file.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// Key path such as `listeners[0].address`; empty if no key is at fault.
  std::string key;
  /// What is wrong and, where possible, what is right.
  std::string reason;

  bool operator==(const config_error&) const = default;
};

/// "FILE:LINE:COLUMN: key: reason", without the parts that are missing.
std::string to_string(const config_error& error);

/// Text of the file, fit for a message on one line: control characters are
/// escaped and a long text is cut.
std::string printable(std::string_view text);

/// `printable` text between double quotes.
std::string in_quotes(std::string_view text);

} // namespace causeway::config
