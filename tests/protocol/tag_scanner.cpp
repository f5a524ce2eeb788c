#define CAF_SUITE tag_scanner

#include "protocol/tag_scanner.hpp"

#include "tests/support/random_xml.hpp"

#include <caf/test/dsl.hpp>

#include <random>
#include <string>
#include <vector>

using namespace causeway;
using namespace causeway::protocol;

namespace {

using strings = std::vector<std::string>;

// "<name", "<name/" and "/name" with the attributes behind start tags.
strings scan(std::string_view bytes) {
  strings found;
  tag_scanner tags{bytes};
  for (tag_scanner::tag tag; tags.next(tag);) {
    std::string name{tag.name};
    if (tag.what == tag_scanner::kind::end) {
      found.push_back('/' + name);
      continue;
    }
    found.push_back(
      '<' + name + (tag.what == tag_scanner::kind::empty ? "/" : ""));
    for (auto x = next_attribute(bytes, tag.name_end); !x.name.empty();
         x = next_attribute(bytes, x.end))
      found.push_back(std::string{x.name} + '=' + std::string{x.value});
  }
  return found;
}

} // namespace

CAF_TEST(tags come in document order with their attributes) {
  CAF_CHECK_EQUAL(scan("<a b='1' c = \"2\"><d/>text<e f='3' /></a >"),
    (strings{"<a", "b=1", "c=2", "<d/", "<e/", "f=3", "/a"}));
}

CAF_TEST(markup in quotes and CDATA is no tag) {
  CAF_CHECK_EQUAL(scan("<a b='<c/>' d=\"'/>\"><![CDATA[<e>]]]><f/>]]</a>"),
    (strings{"<a", "b=<c/>", "d='/>", "<f/", "/a"}));
  CAF_CHECK_EQUAL(
    scan("<a><![CDATA[<b>]]><![CDATA[]]></a>"), (strings{"<a", "/a"}));
  CAF_CHECK_EQUAL(scan("<a b='/'>"), (strings{"<a", "b=/"}));
}

CAF_TEST(white space may stand around the parts of a tag) {
  CAF_CHECK_EQUAL(scan("<a\n\tb\r\n=\t'1'\n/>"), (strings{"<a/", "b=1"}));
}

CAF_TEST(an attribute does not reach beyond its tag) {
  CAF_CHECK_EQUAL(scan("<a b><c d='1'/>"), (strings{"<a", "<c/", "d=1"}));
}

CAF_TEST(what is not well formed comes to an end) {
  for (auto text :
    {"", "<", "</", "<a", "<a b", "<a b=", "<a b='", "<a b='1", "<![CDATA[",
      "<![CDATA[]]", "<a><![CDATA[<b>", "< a>", "<>", "</>", "text", "<a <b>"})
    CAF_CHECK(scan(text).size() < 4);
}

CAF_TEST(mutated elements come to an end too) {
  std::mt19937 random{11};
  for (int i = 0; i < 20000; ++i) {
    auto text = test::mutated(random, test::random_element(random));
    CAF_CHECK(scan(text).size() <= text.size());
  }
}
