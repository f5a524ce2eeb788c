#include "config/scalars.hpp"

#include "config/config_error.hpp"

#include <cctype>
#include <charconv>
#include <limits>
#include <span>

namespace causeway::config {

namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// Both tables rise, and the first unit has factor 1.
constexpr unit size_units[] = {
  {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
constexpr unit duration_units[] = {
  {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};

/// A number without sign and the unit behind it.
struct amount {
  std::int64_t number;
  std::string_view unit;
};

parsed<amount> split_amount(std::string_view text, std::string_view expected) {
  auto end = text.find_first_not_of("0123456789");
  if (end == 0 || text.empty())
    return "expected " + std::string{expected} + ", not " + in_quotes(text);
  auto unit = end == text.npos ? std::string_view{} : text.substr(end);
  auto number = parse_integer(text.substr(0, end));
  if (!number)
    return number.error();
  if (!unit.empty() && unit.front() == ' ')
    unit.remove_prefix(1);
  return amount{*number, unit};
}

parsed<std::int64_t> scale(
  const amount& x, std::span<const unit> units, std::string_view expected) {
  for (const auto& [name, factor] : units) {
    if (name != x.unit)
      continue;
    if (x.number > std::numeric_limits<std::int64_t>::max() / factor)
      return std::string{"is too large"};
    return x.number * factor;
  }
  return "unknown unit " + in_quotes(x.unit) + ", expected "
         + std::string{expected};
}

std::string format(std::int64_t x, std::span<const unit> units) {
  auto best = units.front();
  for (const auto& candidate : units)
    if (x != 0 && x % candidate.factor == 0)
      best = candidate;
  return std::to_string(x / best.factor) + std::string{best.name};
}

} // namespace

parsed<bool> parse_flag(std::string_view text) {
  if (text == "true")
    return true;
  if (text == "false")
    return false;
  return "expected true or false, not " + in_quotes(text);
}

parsed<std::int64_t> parse_integer(std::string_view text) {
  auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos)
    return "expected an integer, not " + in_quotes(text);
  // YAML 1.1 would read such a number as octal.
  if (digits.size() > 1 && digits.front() == '0')
    return "expected an integer without leading zeros, not " + in_quotes(text);
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec
      != std::errc{})
    return std::string{text.front() == '-' ? "is too small" : "is too large"};
  return value;
}

parsed<std::int64_t> parse_size(std::string_view text) {
  constexpr std::string_view expected = "a size such as 4096 or 256KiB";
  auto x = split_amount(text, expected);
  if (!x)
    return x.error();
  if (x->unit.empty() && std::isdigit(static_cast<unsigned char>(text.back())))
    return x->number;
  return scale(*x, size_units, "B, KiB, MiB or GiB");
}

parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::string_view expected = "a duration such as 500ms or 30s";
  auto x = split_amount(text, expected);
  if (!x)
    return x.error();
  if (text == "0")
    return std::chrono::milliseconds{0};
  if (x->unit.empty())
    return "needs a unit: ms, s, m or h, as in 30s";
  auto value = scale(*x, duration_units, "ms, s, m or h");
  if (!value)
    return value.error();
  return std::chrono::milliseconds{*value};
}

std::string format_size(std::int64_t bytes) {
  return format(bytes, size_units);
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format(duration.count(), duration_units);
}

} // namespace causeway::config
