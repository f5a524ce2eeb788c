#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::protocol {

/// Tells stanzas (RFC 6120 section 8) from everything else at stream level.
enum class element_kind : std::uint8_t {
  /// `<message/>` in jabber:client.
  message,
  /// `<presence/>` in jabber:client.
  presence,
  /// `<iq/>` in jabber:client.
  iq,
  /// Any other first-level element: SASL, Stream Management, framing.
  nonza,
};

/// An attribute by its qualified name ("h", "xml:lang"), value unescaped.
struct attribute {
  std::string name;
  std::string value;

  bool operator==(const attribute&) const = default;
};

/// One first-level element of a stream: its original bytes once, and beside
/// them what routing and negotiation ask for. Immutable once shared.
struct stream_element {
  element_kind kind = element_kind::nonza;
  /// The complete element as it arrived, without XML declaration.
  std::string bytes;
  /// Local name, namespace prefix ("" if none) and namespace of the element.
  std::string name;
  std::string prefix;
  std::string ns;
  /// Attributes of a stanza, unescaped; empty where absent.
  std::string to;
  std::string from;
  std::string id;
  std::string type;
  /// xml:lang; empty where absent.
  std::string lang;
  /// Local name and namespace of the first child element.
  std::string child_name;
  std::string child_ns;
  /// All attributes but namespace declarations; filled for nonzas only.
  std::vector<attribute> attributes;
  /// Offset in `bytes` just after the element name: where to insert.
  std::uint32_t name_end = 0;
  /// Number of child elements.
  std::uint32_t children = 0;
  /// True if the element itself carries `xmlns='..'`.
  bool has_default_ns = false;

  bool operator==(const stream_element&) const = default;

  /// True for message, presence and iq, which Stream Management counts.
  bool is_stanza() const { return kind != element_kind::nonza; }

  /// Whether it has this local name and namespace.
  bool is(std::string_view local_name, std::string_view name_space) const {
    return name == local_name && ns == name_space;
  }

  /// Value of a nonza's attribute, nullptr where absent.
  const std::string* find(std::string_view attribute_name) const {
    for (auto& x : attributes)
      if (x.name == attribute_name)
        return &x.value;
    return nullptr;
  }
};

/// How an element travels between actors: shared, never copied.
using element_ptr = std::shared_ptr<const stream_element>;

} // namespace causeway::protocol
