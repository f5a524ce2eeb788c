#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// What one YAML scalar may mean, from its text alone.
namespace causeway::config {

/// A value, or the reason why the text is none.
template <class T>
using parsed = boost::system::result<T, std::string>;

/// "true" or "false"; YAML 1.1 spellings such as "yes" are refused.
parsed<bool> parse_flag(std::string_view text);

/// Decimal digits, after a "-" if negative.
parsed<std::int64_t> parse_integer(std::string_view text);

/// Bytes: "4096", "64B", "256KiB", "8 KiB", "4MiB", "1GiB". Powers of 1000
/// are refused, since "KB" is read both ways.
parsed<std::int64_t> parse_size(std::string_view text);

/// "500ms", "30s", "6m", "1h" or "0"; a space may stand before the unit.
parsed<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that `parse_size` reads as these bytes.
std::string format_size(std::int64_t bytes);

/// The shortest text that `parse_duration` reads as this duration.
std::string format_duration(std::chrono::milliseconds duration);

} // namespace causeway::config
