#include "tests/support/random_xml.hpp"

#include <iterator>
#include <string_view>

namespace causeway::test {

namespace {

using namespace std::string_view_literals;

template <class T, std::size_t N>
const T& pick(std::mt19937& random, const T (&from)[N]) {
  return from[random() % N];
}

// An attribute value in quotes that it does not contain.
std::string quoted(std::mt19937& random, std::string_view value) {
  auto quote = value.find('\'') != value.npos ? '"' : '\'';
  if (value.find('"') == value.npos && random() % 2 == 0)
    quote = '"';
  return quote + std::string{value} + quote;
}

std::string random_value(std::mt19937& random) {
  static constexpr std::string_view values[] = {"", "v", "a>b", "x/>", "it's",
    "/a>", "&lt;", "]]>", "--", "日本", " sp ", "=", "?>", "\"",
    " from=", "&#x41;&amp;", "to='x'"};
  return quoted(random, pick(random, values));
}

std::string assignment(std::mt19937& random) {
  static constexpr std::string_view forms[] = {"=", "=", "=", " = ", "\n=\t"};
  return std::string{pick(random, forms)};
}

std::string_view random_space(std::mt19937& random) {
  static constexpr std::string_view spaces[] = {" ", " ", "\n", "\t ", "  "};
  return pick(random, spaces);
}

void add_attribute(
  std::mt19937& random, std::string& out, std::string_view name) {
  out += random_space(random);
  out += name;
  out += assignment(random);
  out += random_value(random);
}

void add_content(std::mt19937& random, std::string& out, int depth) {
  for (auto n = random() % 5; n > 0; --n)
    switch (random() % 6) {
    case 0: out += "text > ' \" / = ]] "; break;
    case 1: out += "<![CDATA[ <a> ]] &nope; ]]]>"; break;
    case 2: out += "&lt;&#x41;&#10;"; break;
    case 3: out += "😀é"; break;
    default:
      if (depth < 6)
        out += random_element(random, depth + 1);
    }
}

void close(std::mt19937& random, std::string& out, std::string_view name) {
  out += "</";
  out += name;
  out += random() % 6 ? ">" : " \n>";
}

} // namespace

std::string random_element(std::mt19937& random, int depth) {
  static constexpr std::string_view names[] = {
    "a", "body", "x-y", "q.z", "é", "名前", "p:e", "item", "b2", "_u"};
  auto name = pick(random, names);
  auto out = '<' + std::string{name};
  if (random() % 4 == 0)
    out += " xmlns='urn:" + std::to_string(random() % 3) + "'";
  for (auto n = random() % 4; n > 0; --n)
    add_attribute(random, out, "at" + std::to_string(n));
  if (random() % 5 == 0)
    out += ' ';
  if (random() % 4 == 0)
    return out + "/>";
  out += '>';
  add_content(random, out, depth);
  close(random, out, name);
  return out;
}

std::string plain_element(std::mt19937& random, int depth) {
  static constexpr std::string_view names[] = {
    "message", "presence", "iq", "body", "x-y", "a"};
  static constexpr std::string_view namespaces[] = {
    " xmlns='jabber:client'", " xmlns=\"urn:0\"", "", ""};
  static constexpr std::string_view attributes[] = {" to='a@b/c d'",
    " from=\"it's\"", " id='1'", " type='chat'", " xml:lang='de'",
    " xml:lang=''", " other='é&amp;'", " h='7'"};
  static constexpr std::string_view texts[] = {
    "", "text", "a > b", "&lt;é&amp;", "]]", "\n "};
  auto name = pick(random, names);
  auto out = '<' + std::string{name};
  if (random() % 2 == 0)
    out += pick(random, namespaces);
  for (auto& x : attributes)
    if (random() % 3 == 0)
      out += x;
  if (random() % 4 == 0)
    out += namespaces[random() % 2];
  if (random() % 4 == 0)
    return out + (random() % 2 == 0 ? "/>" : " />");
  out += random() % 4 == 0 ? " >" : ">";
  for (auto n = random() % 4; n > 0; --n) {
    out += pick(random, texts);
    if (depth < 4)
      out += plain_element(random, depth + 1);
  }
  out += "</";
  out += name;
  return out + '>';
}

std::string random_stanza(std::mt19937& random) {
  static constexpr std::string_view kinds[] = {"message", "presence", "iq"};
  static constexpr std::string_view attributes[] = {"to", "from", "id", "type",
    "xml:lang", "p:from", "p:to", "p:lang", "xfrom", "fromx", "lang", "xmlnsx"};
  auto prefixed = random() % 4 == 0;
  auto name = (prefixed ? "c:" : "") + std::string{pick(random, kinds)};
  auto out = '<' + name;
  auto add = [&](std::string_view raw) {
    out += random_space(random);
    out += raw;
  };
  auto late = random() % 2 == 0;
  auto declare = [&] {
    add(prefixed ? "xmlns:c = 'jabber:client'"sv : "xmlns=\"jabber:client\""sv);
    add("xmlns:p='urn:p'");
  };
  if (!late)
    declare();
  for (auto attribute : attributes)
    if (random() % 3 == 0)
      add_attribute(random, out, attribute);
  if (late)
    declare();
  if (random() % 5 == 0)
    out += '\n';
  if (random() % 6 == 0)
    return out + "/>";
  out += '>';
  add_content(random, out, 0);
  close(random, out, name);
  return out;
}

std::string mutated(std::mt19937& random, std::string text) {
  static constexpr std::string_view fragments[] = {"<", ">", "/", "'", "\"",
    "&", "]]>", "<![CDATA[", "<!--", "-->", "<?x?>", "=", " ", "\0"sv, "xmlns",
    ":", "\xc3", "\xed\xa0\x80", "\xef\xbf\xbe", "&#0;", "&#x41;", "&lt;",
    "</w>", "<w>", "x:y", "xmlns:a='u'", "\x01", "\xf0\x9f\x98\x80", "<a",
    "</a", "/>", "a", "-", ".", "0"};
  for (auto n = 1 + random() % 3; n > 0; --n) {
    auto at = random() % (text.size() + 1);
    switch (random() % 4) {
    case 0: text.erase(at, 1 + random() % 4); break;
    case 1: text.insert(at, pick(random, fragments)); break;
    case 2: text.insert(at, text.substr(at / 2, random() % 20)); break;
    default:
      if (at < text.size())
        text[at] = static_cast<char>(random());
    }
  }
  return text;
}

} // namespace causeway::test
