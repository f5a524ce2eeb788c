#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Values in the form that people read.
namespace causeway::ctl {

/// "0 B", "1.5 KiB", "35.2 MiB".
std::string display_bytes(std::uint64_t x);

/// "1.50" with two digits.
std::string display_decimal(double x, int digits);

/// "7s", "2m03s", "2h03m", "5d04h".
std::string display_duration(double seconds);

/// The text without what could steer a terminal: control characters become
/// '?'. Clients choose some of the texts that operators look at.
std::string display_text(std::string_view x);

/// Columns that the text takes on a terminal: code points of UTF-8.
std::size_t display_width(std::string_view x);

} // namespace causeway::ctl
