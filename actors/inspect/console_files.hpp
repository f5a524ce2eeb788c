#pragma once

#include <string_view>

namespace causeway {

/// A file of the web console, which the build puts into the program.
struct console_file {
  /// "/" or "/console.js".
  std::string_view path;
  std::string_view type;
  /// For `ETag`.
  std::string_view tag;
  std::string_view text;
};

/// The file at this path, or null.
const console_file* find_console_file(std::string_view path);

} // namespace causeway
