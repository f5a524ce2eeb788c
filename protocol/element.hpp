#pragma once

#include "protocol/stream_element.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace causeway::protocol {

/// An XML element as a value: for negotiation and for what the server itself
/// writes. Stanzas on their way from client to client never become one.
struct element {
  std::string name;
  std::string ns;
  /// Without namespace declarations; names are qualified names.
  std::vector<attribute> attributes;
  std::vector<element> children;
  /// Character data directly inside this element, concatenated.
  std::string text;

  element() = default;
  element(std::string_view local_name, std::string_view name_space);

  /// Whether it has this name and namespace.
  bool is(std::string_view local_name, std::string_view name_space) const {
    return name == local_name && ns == name_space;
  }
  /// Value of an attribute, nullptr where absent.
  const std::string* find(std::string_view attribute_name) const;
  /// Value of an attribute, empty where absent.
  std::string value_of(std::string_view attribute_name) const;
  /// First child with this name (and namespace, if not empty), or nullptr.
  const element* child(
    std::string_view local_name, std::string_view name_space = {}) const;

  /// Sets or replaces an attribute. Returns *this.
  element& set(std::string_view attribute_name, std::string_view value);
  /// Appends a child. Returns *this.
  element& add(element child);
  /// Replaces the text. Returns *this.
  element& with_text(std::string_view value);
};

/// Writes `x` as one standalone document (RFC 7395 section 3.3.3). The root
/// declares its namespace; a child declares its own only where it differs.
/// An element in the streams namespace is written as `<stream:NAME
/// xmlns:stream='..'>`, since old clients expect that literal prefix.
std::string to_xml(const element& x);

/// Appends ` name='value'`, the value escaped.
void append_attribute(
  std::string& out, std::string_view name, std::string_view value);

/// Appends `value` with the five predefined entities and with tab, line feed
/// and carriage return as character references: safe in attributes and text.
void append_escaped(std::string& out, std::string_view value);

} // namespace causeway::protocol
