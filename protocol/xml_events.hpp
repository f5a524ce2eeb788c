#pragma once

#include <span>
#include <string_view>

namespace causeway::protocol {

/// An attribute as the parser holds it: UTF-16, alive during the call.
struct xml_attribute {
  std::u16string_view prefix;
  std::u16string_view name;
  std::u16string_view value;

  /// True for `xmlns='..'`.
  bool is_default_declaration() const {
    return prefix.empty() && name == u"xmlns";
  }
  /// True for any namespace declaration.
  bool is_declaration() const {
    return prefix == u"xmlns" || is_default_declaration();
  }
};

/// A start tag as the parser holds it.
struct xml_start {
  /// 0 for the root.
  unsigned depth = 0;
  std::u16string_view prefix;
  std::u16string_view name;
  std::u16string_view ns;
  std::span<const xml_attribute> attributes;
};

/// What a parser tells about a document, in document order. Whatever is not
/// asked for costs no more than its check.
class xml_events {
 public:
  struct interest {
    /// Start tags wanted: those less deep than this.
    unsigned element_depth;
    /// Attributes wanted: those of elements less deep than this.
    unsigned attribute_depth;
    /// Whether text and end tags are wanted.
    bool content;
  };

  explicit xml_events(interest x) : wanted{x} {}
  virtual ~xml_events() = default;

  virtual void start(const xml_start& x) = 0;
  virtual void text(std::u16string_view x) = 0;
  virtual void end() = 0;

  const interest wanted;
};

} // namespace causeway::protocol
