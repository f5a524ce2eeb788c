#include "tests/support/transcript.hpp"

#include "protocol/element_parser.hpp"

#include <sstream>
#include <stdexcept>

namespace causeway::test {

namespace {

using protocol::element;

bool matches(
  std::string_view expected, std::string_view actual, bindings& bound) {
  if (!expected.starts_with('{') || !expected.ends_with('}'))
    return expected == actual;
  auto name = std::string{expected.substr(1, expected.size() - 2)};
  if (name == "any")
    return true;
  auto [i, is_new] = bound.emplace(std::move(name), actual);
  return is_new || i->second == actual;
}

std::string differ(const std::string& where, std::string_view what,
  std::string_view expected, std::string_view actual) {
  std::string out = where + ": " + std::string{what};
  out += " should be '" + std::string{expected};
  out += "' but is '" + std::string{actual} + "'";
  return out;
}

std::string compare_trees(const element& expected, const element& actual,
  bindings& bound, const std::string& where) {
  if (expected.name != actual.name)
    return differ(where, "name", expected.name, actual.name);
  auto here = where + "/" + actual.name;
  if (expected.ns != actual.ns)
    return differ(here, "namespace", expected.ns, actual.ns);
  for (auto& x : actual.attributes)
    if (!expected.find(x.name))
      return here + ": unexpected attribute " + x.name;
  for (auto& x : expected.attributes) {
    auto* value = actual.find(x.name);
    if (!value)
      return here + ": no attribute " + x.name;
    if (!matches(x.value, *value, bound))
      return differ(here, x.name, x.value, *value);
  }
  if (!matches(expected.text, actual.text, bound))
    return differ(here, "text", expected.text, actual.text);
  if (expected.children.size() != actual.children.size())
    return differ(here, "number of children",
      std::to_string(expected.children.size()),
      std::to_string(actual.children.size()));
  for (std::size_t i = 0; i < expected.children.size(); ++i) {
    auto problem =
      compare_trees(expected.children[i], actual.children[i], bound, here);
    if (!problem.empty())
      return problem;
  }
  return {};
}

transcript_line parse_line(std::string text, unsigned number) {
  transcript_line x;
  x.number = number;
  if (text.starts_with("-- ")) {
    x.text = text.substr(3);
    return x;
  }
  auto fail = [number](const char* why) -> transcript_line {
    throw std::runtime_error{
      "line " + std::to_string(number) + ": " + std::string{why}};
  };
  if (text.size() < 2 || (text[0] != 'C' && text[0] != 'S'))
    return fail("starts with none of C, S, --, #");
  x.what = text[0] == 'C' ? transcript_line::kind::client
                          : transcript_line::kind::server;
  std::size_t at = 1;
  if (text[at] >= '1' && text[at] <= '9')
    x.connection = static_cast<unsigned>(text[at++] - '0');
  if (text.substr(at) == " nothing" && text[0] == 'S') {
    x.what = transcript_line::kind::silence;
    return x;
  }
  if (text[0] == 'C' && text.substr(at, 6) == " raw: ") {
    x.what = transcript_line::kind::raw_client;
    x.text = text.substr(at + 6);
    return x;
  }
  if (text.substr(at, 2) != ": ")
    return fail("no ': ' after the connection");
  x.text = text.substr(at + 2);
  return x;
}

} // namespace

std::string with_namespace(std::string_view xml) {
  for (std::string_view name : {"<message", "<presence", "<iq"}) {
    if (!xml.starts_with(name))
      continue;
    auto tag = xml.substr(0, xml.find('>'));
    if (tag.find(" xmlns=") != std::string_view::npos)
      break;
    std::string out{name};
    out += " xmlns='jabber:client'";
    out += xml.substr(name.size());
    return out;
  }
  return std::string{xml};
}

std::vector<transcript_line> parse_transcript(std::string_view text) {
  std::vector<transcript_line> lines;
  std::istringstream in{std::string{text}};
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number)
    if (!line.empty() && line[0] != '#')
      lines.push_back(parse_line(line, number));
  return lines;
}

std::string fill_in(std::string_view text, const bindings& bound) {
  std::string out{text};
  for (auto& [name, value] : bound) {
    auto key = '{' + name + '}';
    for (auto at = out.find(key); at != std::string::npos; at = out.find(key))
      out.replace(at, key.size(), value);
  }
  return out;
}

std::string compare(
  std::string_view expected, std::string_view actual, bindings& bound) {
  if (expected == "{any}")
    return {};
  auto left = protocol::parse_tree(with_namespace(expected));
  if (!left)
    return "the transcript itself is no XML: " + left.error().detail;
  auto right = protocol::parse_tree(actual);
  if (!right)
    return "the server sent no XML: " + right.error().detail;
  return compare_trees(*left, *right, bound, "");
}

} // namespace causeway::test
