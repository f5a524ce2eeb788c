#include "tests/support/xml_oracle.hpp"

#include <algorithm>
#include <expat.h>
#include <memory>

namespace causeway::test {

namespace {

// Expat refuses namespaces with the separator in them: one that XML cannot
// hold.
constexpr char separator = '\f';

struct deleter {
  void operator()(XML_Parser x) const { XML_ParserFree(x); }
};

using parser_ptr = std::unique_ptr<std::remove_pointer_t<XML_Parser>, deleter>;

parser_ptr make_parser(void* state) {
  parser_ptr parser{XML_ParserCreateNS("UTF-8", separator)};
  XML_SetUserData(parser.get(), state);
  return parser;
}

bool parse(const parser_ptr& parser, std::string_view document) {
  return XML_Parse(
           parser.get(), document.data(), static_cast<int>(document.size()), 1)
         == XML_STATUS_OK;
}

struct writer {
  std::string out;
  const std::vector<std::string>& ignored;
  int depth = 0;

  void start(const char* name, const char** attributes) {
    out += '<';
    out += name;
    std::vector<std::string> sorted;
    for (; *attributes; attributes += 2) {
      auto skip = depth == 0
                  && std::ranges::find(ignored, attributes[0]) != ignored.end();
      if (!skip)
        sorted.push_back(
          std::string{attributes[0]} + "='" + attributes[1] + "'");
    }
    std::ranges::sort(sorted);
    for (auto& x : sorted)
      out += ' ' + x;
    out += '>';
    ++depth;
  }
};

struct cutter {
  XML_Parser parser = nullptr;
  std::string_view document;
  std::vector<std::string> out;
  int depth = 0;
  std::size_t begin = 0;

  std::size_t position() const {
    return static_cast<std::size_t>(XML_GetCurrentByteIndex(parser));
  }
};

} // namespace

bool is_well_formed(std::string_view document) {
  return parse(make_parser(nullptr), document);
}

bool is_utf8(std::string_view text) {
  static constexpr unsigned lowest[] = {0, 0x80, 0x800, 0x10000};
  for (std::size_t i = 0; i < text.size();) {
    unsigned x = static_cast<unsigned char>(text[i++]);
    auto more = x < 0x80 ? 0 : x >> 5 == 6 ? 1 : x >> 4 == 14 ? 2 : 3;
    if (x >= 0x80 && more == 3 && x >> 3 != 30)
      return false;
    if (more > 0)
      x &= 0x3fu >> more;
    for (auto n = more; n > 0; --n) {
      if (i == text.size() || (text[i] & 0xc0) != 0x80)
        return false;
      x = x << 6 | (static_cast<unsigned char>(text[i++]) & 0x3f);
    }
    if (x < lowest[more] || x > 0x10ffff || (x >= 0xd800 && x < 0xe000))
      return false;
  }
  return true;
}

bool has_newer_name(std::string_view document) {
  auto parser = make_parser(nullptr);
  if (parse(parser, document)
      || XML_GetErrorCode(parser.get()) != XML_ERROR_INVALID_TOKEN)
    return false;
  auto at = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser.get()));
  return at < document.size() && (document[at] & 0x80) != 0;
}

std::optional<std::string> canonical(
  std::string_view document, const std::vector<std::string>& ignored) {
  writer state{{}, ignored};
  auto parser = make_parser(&state);
  XML_SetElementHandler(
    parser.get(),
    [](void* x, const char* name, const char** attributes) {
      static_cast<writer*>(x)->start(name, attributes);
    },
    [](void* x, const char*) {
      static_cast<writer*>(x)->out += "</>";
      --static_cast<writer*>(x)->depth;
    });
  XML_SetCharacterDataHandler(
    parser.get(), [](void* x, const char* text, int size) {
      static_cast<writer*>(x)->out.append(text, static_cast<std::size_t>(size));
    });
  if (!parse(parser, document))
    return std::nullopt;
  return std::move(state.out);
}

std::optional<std::vector<std::string>> first_level_elements(
  std::string_view document) {
  cutter state;
  state.document = document;
  auto parser = make_parser(&state);
  state.parser = parser.get();
  XML_SetElementHandler(
    parser.get(),
    [](void* x, const char*, const char**) {
      auto& to = *static_cast<cutter*>(x);
      if (to.depth++ == 1)
        to.begin = to.position();
    },
    [](void* x, const char*) {
      auto& to = *static_cast<cutter*>(x);
      if (--to.depth != 1)
        return;
      auto size =
        to.position() - to.begin
        + static_cast<std::size_t>(XML_GetCurrentByteCount(to.parser));
      to.out.emplace_back(to.document.substr(to.begin, size));
    });
  if (!parse(parser, document))
    return std::nullopt;
  return std::move(state.out);
}

} // namespace causeway::test
