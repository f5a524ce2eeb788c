#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace causeway::protocol {

/// An attribute in place, not unescaped. Without name: there is none.
struct attribute_place {
  /// The white space before its name.
  std::size_t begin = 0;
  /// Just after its closing quote.
  std::size_t end = 0;
  std::string_view name;
  std::string_view value;
};

/// Next attribute of a start tag in `bytes`, from just after the last one or
/// after the element name.
attribute_place next_attribute(std::string_view bytes, std::size_t from);

/// Finds the tags of an element that passed the framer, without checking what
/// is a parser's part. What it says of bytes that are not well-formed means
/// nothing, but it always ends.
class tag_scanner {
 public:
  enum class kind : std::uint8_t { start, empty, end };

  struct tag {
    kind what = kind::start;
    /// Qualified name.
    std::string_view name;
    /// Just after the name: where its attributes begin.
    std::size_t name_end = 0;
    /// From its `<`, and just after its `>`.
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  explicit tag_scanner(std::string_view bytes) : bytes_{bytes} {}

  /// Goes to the next tag; false at the end.
  bool next(tag& to);

 private:
  std::string_view bytes_;
  std::size_t pos_ = 0;
};

} // namespace causeway::protocol
