#pragma once

#include <cstdint>
#include <string_view>

namespace causeway::protocol {

/// The string classes of PRECIS, RFC 8264 section 4.
enum class precis_class : std::uint8_t {
  /// Letters, digits and printable ASCII: names.
  identifier,
  /// Also spaces, symbols and punctuation: passwords, resources.
  free_form,
};

/// True if every code point belongs to the class, in its context.
bool belongs_to(std::u32string_view text, precis_class wanted);

/// The Bidi Rule of RFC 5893 section 2; holds for text without characters
/// that run from right to left.
bool obeys_bidi_rule(std::u32string_view text);

} // namespace causeway::protocol
