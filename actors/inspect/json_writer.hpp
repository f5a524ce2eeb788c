#pragma once

#include <boost/json/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace causeway {

/// Writes JSON as text in one pass, for answers of some megabytes. Its texts
/// may be what clients chose: see `clean_text`.
class json_writer {
 public:
  /// `size`: about how long the text will be.
  explicit json_writer(std::size_t size = 0) { out_.reserve(size); }

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view{text}); }
  void value(double x);
  void value(std::nullptr_t) { put("null"); }
  void value(const boost::json::value& x);
  template <std::same_as<bool> T>
  void value(T x) {
    put(x ? "true" : "false");
  }
  void value(std::uint64_t x);
  template <std::unsigned_integral T>
  requires(
    !std::same_as<T, bool> && !std::same_as<T, std::uint64_t>) void value(T x) {
    value(std::uint64_t{x});
  }

  template <class T>
  void member(std::string_view name, const T& x) {
    key(name);
    value(x);
  }

  /// The text; ends the use of the writer.
  std::string take() { return std::move(out_); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();
  void put(std::string_view text);
  /// With what stands before it, and behind a key.
  void put_text(std::string_view text, bool is_key);

  std::string out_;
  bool is_first_ = true;
};

} // namespace causeway
