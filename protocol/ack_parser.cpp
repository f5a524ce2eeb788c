/// XEP-0198 section 4.
#include "protocol/ack_parser.hpp"

#include "protocol/namespaces.hpp"

namespace causeway::protocol {

namespace {

constexpr std::size_t longest_ack = 64;

bool skip(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected))
    return false;
  text.remove_prefix(expected.size());
  return true;
}

// ` name="value"` with either quote; the value is what it returns.
std::optional<std::string_view> read_attribute(
  std::string_view& text, std::string_view name) {
  auto rest = text;
  if (!skip(rest, " ") || !skip(rest, name) || !skip(rest, "=") || rest.empty()
      || (rest[0] != '\'' && rest[0] != '"'))
    return std::nullopt;
  auto end = rest.find(rest[0], 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  auto value = rest.substr(1, end - 1);
  text = rest.substr(end + 1);
  return value;
}

bool is_number(std::string_view text) {
  return !text.empty()
         && text.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

std::optional<stream_element> parse_ack(std::string_view text) {
  if (text.size() > longest_ack)
    return std::nullopt;
  auto is_request = skip(text, "<r");
  if (!is_request && !skip(text, "<a"))
    return std::nullopt;
  auto h = is_request ? std::nullopt : read_attribute(text, "h");
  if (read_attribute(text, "xmlns") != ns::stream_management)
    return std::nullopt;
  if (!is_request && !h)
    h = read_attribute(text, "h");
  skip(text, " ");
  if (text != "/>" || is_request == h.has_value() || (h && !is_number(*h)))
    return std::nullopt;
  stream_element x;
  x.name = is_request ? "r" : "a";
  x.ns = ns::stream_management;
  x.name_end = 2;
  x.has_default_ns = true;
  if (h)
    x.attributes.push_back({"h", std::string{*h}});
  return x;
}

} // namespace causeway::protocol
