#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// True if a byte occurs that UTF-8 never has (F5 to FF). Xerces drops some
/// such sequences silently; it refuses every other fault by itself.
bool has_byte_above_f4(std::string_view text);

/// Bytes of the well-formed sequence that begins a text which is not empty; 0
/// if none does.
std::size_t sequence_length(std::string_view text);

/// Appends UTF-16 `text` as UTF-8. Half of a surrogate pair becomes U+FFFD.
void append_utf8(std::string& out, std::u16string_view text);

} // namespace causeway::protocol
