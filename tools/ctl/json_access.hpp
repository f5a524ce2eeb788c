#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Lenient looks into an answer: a server of another version may leave out
/// keys that we know.
namespace causeway::ctl {

inline std::string text_at(const boost::json::object& x, std::string_view key) {
  auto* value = x.if_contains(key);
  auto* text = value ? value->if_string() : nullptr;
  return text ? std::string{std::string_view{*text}} : std::string{};
}

inline std::uint64_t number_at(
  const boost::json::object& x, std::string_view key) {
  auto* value = x.if_contains(key);
  boost::json::error_code failure;
  return value ? value->to_number<std::uint64_t>(failure) : 0;
}

inline double decimal_at(const boost::json::object& x, std::string_view key) {
  auto* value = x.if_contains(key);
  boost::json::error_code failure;
  return value ? value->to_number<double>(failure) : 0.0;
}

inline const boost::json::array& array_at(
  const boost::json::object& x, std::string_view key) {
  static const boost::json::array none;
  auto* value = x.if_contains(key);
  auto* out = value ? value->if_array() : nullptr;
  return out ? *out : none;
}

inline const boost::json::object& object_at(
  const boost::json::object& x, std::string_view key) {
  static const boost::json::object none;
  auto* value = x.if_contains(key);
  auto* out = value ? value->if_object() : nullptr;
  return out ? *out : none;
}

} // namespace causeway::ctl
