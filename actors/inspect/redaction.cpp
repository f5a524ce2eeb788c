#include "actors/inspect/redaction.hpp"

#include "protocol/element.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <algorithm>
#include <array>

namespace causeway {

namespace {

using protocol::element;
namespace ns = protocol::ns;

constexpr std::size_t most_header_bytes = 2'048;

std::string size_of(std::string_view what, std::size_t bytes) {
  std::string out{"["};
  out += what;
  out += std::to_string(bytes);
  return out += " bytes]";
}

bool is_blank(std::string_view x) {
  return x.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

template <std::size_t N>
bool is_one_of(
  std::string_view x, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, x) != list.end();
}

// Namespaces of logins: XEP-0388, -0397, -0484 and RFC 6120.
bool is_login(std::string_view name_space) {
  return name_space.find("sasl") != std::string_view::npos
         || name_space.find("fast") != std::string_view::npos
         || name_space.find("/isr/") != std::string_view::npos
         || name_space == "jabber:iq:auth";
}

// XEP-0004, -0045, -0077, -0078, -0363, -0484, -0357: whatever the namespace.
bool is_secret(const element& x) {
  static constexpr std::array<std::string_view, 9> names{"password", "digest",
    "token", "secret", "handshake", "initial-response", "additional-data",
    "key", "header"};
  return is_one_of(x.name, names);
}

bool is_secret_field(const element& x) {
  auto var = x.value_of("var");
  return x.name == "field"
         && (x.value_of("type") == "text-private"
             || var.find("pass") != std::string::npos
             || var.find("secret") != std::string::npos
             || var.find("token") != std::string::npos);
}

// Says nothing of what people write.
bool is_harmless(const element& x) {
  static constexpr std::array<std::string_view, 5> spaces{
    ns::bind, ns::session, ns::stanza_errors, ns::version, ns::stream_errors};
  return is_one_of(x.ns, spaces);
}

// Who talks to whom about what, not what is said.
bool is_told(std::string_view attribute) {
  static constexpr std::array<std::string_view, 16> names{"to", "from", "by",
    "jid", "id", "type", "code", "xml:lang", "lang", "var", "node", "ver",
    "hash", "h", "stamp", "previd"};
  return is_one_of(attribute, names);
}

class redactor {
 public:
  explicit redactor(bool bodies) : bodies_{bodies} {}

  bool has_changed() const { return changed_; }

  void visit(element& x, bool in_stanza) {
    auto in_login =
      is_login(x.ns) && x.name != "mechanisms" && x.name != "mechanism";
    in_stanza =
      in_stanza
      || (x.ns == ns::client
          && (x.name == "message" || x.name == "presence" || x.name == "iq"));
    if (in_login || is_secret(x) || is_secret_field(x)) {
      hide_all(x);
      return;
    }
    if (in_stanza && !bodies_ && !is_harmless(x)) {
      hide(x.text);
      for (auto& attribute : x.attributes)
        if (!is_told(attribute.name))
          hide(attribute.value);
    }
    hide_attributes(x);
    for (auto& child : x.children)
      visit(child, in_stanza);
  }

 private:
  void hide(std::string& text) {
    if (is_blank(text))
      return;
    text = size_of("", text.size());
    changed_ = true;
  }

  // Also what is below; to be visited for its attributes only.
  void hide_all(element& x) {
    hide(x.text);
    hide_attributes(x);
    for (auto& child : x.children)
      hide_all(child);
  }

  void hide_attributes(element& x) {
    auto in_sm = x.ns == ns::stream_management;
    for (auto& attribute : x.attributes) {
      auto& name = attribute.name;
      auto is_id = name == "previd" || (name == "id" && in_sm);
      if (!is_id && name != "token" && name != "password")
        continue;
      attribute.value = redact_id(attribute.value);
      changed_ = true;
    }
  }

  bool bodies_;
  bool changed_ = false;
};

// What a stream of RFC 6120 begins and ends with, no element of its own: the
// part up to the end of that tag, or nothing.
std::string_view stream_tag_of(std::string_view x) {
  for (std::string_view name : {"<stream:stream", "</stream:stream"})
    if (x.starts_with(name)
        && x.find_first_of(" \t\r\n/>", name.size()) == name.size())
      return x.substr(0, std::min(x.find('>'), x.size() - 1) + 1);
  return {};
}

// One element, if it can be read.
std::string redact_element(std::string_view xml, bool bodies) {
  auto tree = protocol::parse_tree(xml);
  if (!tree)
    return is_blank(xml) ? std::string{xml}
                         : size_of("unreadable, ", xml.size());
  redactor x{bodies};
  x.visit(*tree, false);
  return x.has_changed() ? protocol::to_xml(*tree) : std::string{xml};
}

// An XML declaration says nothing of what comes behind it.
std::string_view without_declaration(std::string_view x) {
  auto start = x.find_first_not_of(" \t\r\n");
  if (start == x.npos || !x.substr(start).starts_with("<?xml"))
    return x;
  auto end = x.find("?>", start);
  if (end == x.npos)
    return x;
  x.remove_prefix(end + 2);
  x.remove_prefix(std::min(x.find_first_not_of(" \t\r\n"), x.size()));
  return x;
}

} // namespace

std::string redact_id(std::string_view id) {
  constexpr std::size_t shown = 4;
  if (id.empty())
    return {};
  // Of a short one nothing is left.
  std::string out{id.substr(0, id.size() > 3 * shown ? shown : 0)};
  return out += "...(" + std::to_string(id.size()) + ')';
}

std::string redact_xml(std::string_view xml, bool bodies) {
  xml = without_declaration(xml);
  auto tag = stream_tag_of(xml);
  // Behind it one element at most: clients may write any number of tags.
  return std::string{tag.substr(0, most_header_bytes)}
         + redact_element(xml.substr(tag.size()), bodies);
}

} // namespace causeway
