/// XML 1.0 section 2.8; RFC 6120 section 11.6.
#include "protocol/xml_declaration.hpp"

#include <algorithm>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

struct pseudo_attribute {
  std::string_view name;
  std::string_view value;
};

// Cuts leading white space off; true if there was some.
bool skip_space(std::string_view& text) {
  auto n = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(n);
  return n > 0;
}

std::optional<pseudo_attribute> next_attribute(std::string_view& text) {
  auto length = std::min(text.find_first_of(" \t\r\n="), text.size());
  pseudo_attribute x{text.substr(0, length), {}};
  text.remove_prefix(length);
  skip_space(text);
  if (text.empty() || text.front() != '=')
    return std::nullopt;
  text.remove_prefix(1);
  skip_space(text);
  if (text.empty() || (text.front() != '"' && text.front() != '\''))
    return std::nullopt;
  auto end = text.find(text.front(), 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  x.value = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return x;
}

bool is_utf8(std::string_view name) {
  return std::ranges::equal(name, "utf-8"sv, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
  });
}

} // namespace

std::optional<stream_error> check_xml_declaration(std::string_view text) {
  text.remove_prefix("<?xml"sv.size());
  text.remove_suffix("?>"sv.size());
  // Version, encoding and standalone come in this order.
  int stage = 0;
  for (;;) {
    auto spaced = skip_space(text);
    if (text.empty())
      break;
    auto x = next_attribute(text);
    if (!spaced || !x)
      return stream_error::not_well_formed;
    if (x->name == "version" && stage == 0 && x->value == "1.0") {
      stage = 1;
    } else if (x->name == "encoding" && stage == 1) {
      if (!is_utf8(x->value))
        return stream_error::unsupported_encoding;
      stage = 2;
    } else if (x->name == "standalone" && (stage == 1 || stage == 2)
               && (x->value == "yes" || x->value == "no")) {
      stage = 3;
    } else {
      return stream_error::not_well_formed;
    }
  }
  if (stage == 0)
    return stream_error::not_well_formed;
  return std::nullopt;
}

} // namespace causeway::protocol
