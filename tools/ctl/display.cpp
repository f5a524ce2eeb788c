#include "tools/ctl/display.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace causeway::ctl {

namespace {

std::string pair_of(
  std::uint64_t major, char unit, std::uint64_t minor, char smaller) {
  std::array<char, 64> out;
  auto n = std::snprintf(out.data(), out.size(), "%llu%c%02llu%c",
    static_cast<unsigned long long>(major), unit,
    static_cast<unsigned long long>(minor), smaller);
  return {out.data(), static_cast<std::size_t>(n)};
}

} // namespace

std::string display_bytes(std::uint64_t x) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (x < 1024)
    return std::to_string(x) + " B";
  auto value = static_cast<double>(x) / 1024;
  std::size_t unit = 0;
  // What would be printed as 1024.0 belongs to the next unit.
  for (; value >= 1023.95 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  std::array<char, 32> out;
  auto n = std::snprintf(out.data(), out.size(), "%.1f %s", value, units[unit]);
  return {out.data(), static_cast<std::size_t>(n)};
}

std::string display_decimal(double x, int digits) {
  std::array<char, 64> out;
  auto n = std::snprintf(out.data(), out.size(), "%.*f", digits, x);
  return {out.data(), std::min(static_cast<std::size_t>(n), out.size() - 1)};
}

std::string display_duration(double seconds) {
  auto total = static_cast<std::uint64_t>(std::max(0.0, seconds));
  if (total < 60)
    return std::to_string(total) + 's';
  if (total < 3600)
    return pair_of(total / 60, 'm', total % 60, 's');
  if (total < 86'400)
    return pair_of(total / 3600, 'h', total / 60 % 60, 'm');
  return pair_of(total / 86'400, 'd', total / 3600 % 24, 'h');
}

std::string display_text(std::string_view x) {
  std::string out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto c = static_cast<unsigned char>(x[i]);
    // U+0080 to U+009F are control characters as well.
    bool c1 = c == 0xc2 && i + 1 < x.size()
              && static_cast<unsigned char>(x[i + 1]) < 0xa0;
    if (c1)
      ++i;
    out += c1 || c < 0x20 || c == 0x7f ? '?' : x[i];
  }
  return out;
}

std::size_t display_width(std::string_view x) {
  return static_cast<std::size_t>(std::count_if(x.begin(), x.end(),
    [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

} // namespace causeway::ctl
