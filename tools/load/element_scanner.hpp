#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::load {

/// The start tag of an element, as a view of its text.
struct tag_view {
  /// Name without prefix.
  std::string_view name;
  std::string_view prefix;
  /// Everything between name and end of the tag.
  std::string_view attributes;
  /// True for `<name/>`.
  bool empty = false;

  /// The raw value of an attribute (name with prefix), still escaped.
  std::optional<std::string_view> raw(std::string_view attribute) const;
  /// The value with references resolved; empty if there is none.
  std::string value(std::string_view attribute) const;
};

/// Reads the tag that `text` starts with, after white space. `rest`, if
/// given, receives what follows the tag.
std::optional<tag_view> scan_tag(
  std::string_view text, std::string_view* rest = nullptr);

/// An element with what a client needs of it.
struct scanned_element {
  std::string name;
  std::string xmlns;
  tag_view tag;
  /// Character data directly inside, references resolved.
  std::string text;
  std::vector<scanned_element> children;

  const scanned_element* child(std::string_view child_name) const;
};

/// Reads one whole element. Not a judge of XML: it takes what any server may
/// send, and gives nothing for text that is cut short. Views point into
/// `text`.
std::optional<scanned_element> scan_element(std::string_view text);

/// Resolves references of XML; unknown ones stay as they are.
std::string unescape(std::string_view text);
/// Escapes character data or an attribute value in single quotes.
std::string escape(std::string_view text);

} // namespace causeway::load
