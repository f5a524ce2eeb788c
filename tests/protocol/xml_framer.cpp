#define CAF_SUITE xml_framer

#include "protocol/xml_framer.hpp"

#include "tests/support/random_xml.hpp"
#include "tests/support/xml_oracle.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace causeway;
using namespace causeway::protocol;

namespace {

using mode = xml_framer::mode;

const std::string header =
  "<stream:stream xmlns='jabber:client' xmlns:p='urn:p' to='a>b'"
  " xmlns:stream='http://etherx.jabber.org/streams'>";
const std::string footer = "</stream:stream>";

// Writes down what the framer finds and stops after `patience` elements.
struct recorder final : xml_framer::sink {
  std::string tag;
  std::string name;
  std::vector<std::string> elements;
  bool closed = false;
  std::size_t patience = static_cast<std::size_t>(-1);

  bool on_header(std::string_view all, std::string_view root) override {
    tag = all;
    name = root;
    return true;
  }
  bool on_element(std::string_view bytes) override {
    elements.emplace_back(bytes);
    return elements.size() < patience;
  }
  bool on_close() override {
    closed = true;
    return true;
  }
};

// Feeds `text` in pieces of 1 to `largest` bytes, each in memory of its own.
bool feed_in_pieces(xml_framer& framer, xml_framer::sink& to,
  std::string_view text, std::mt19937& random, std::size_t largest) {
  while (!text.empty()) {
    std::string piece{text.substr(0, 1 + random() % largest)};
    text.remove_prefix(piece.size());
    if (!framer.feed(piece, to))
      return false;
  }
  return true;
}

stream_error fault_of(
  std::string_view text, mode m, const xml_limits& limits = {}) {
  xml_framer framer{m, limits};
  recorder found;
  CAF_CHECK(!framer.feed(text, found) || !framer.finish());
  CAF_CHECK(framer.failed());
  CAF_CHECK(!framer.error().detail.empty());
  return framer.error().condition;
}

bool passes(std::string_view text, mode m, const xml_limits& limits) {
  xml_framer framer{m, limits};
  recorder found;
  return framer.feed(text, found) && framer.finish();
}

std::string repeat(std::size_t n, std::string_view text) {
  std::string out;
  while (n-- > 0)
    out += text;
  return out;
}

} // namespace

CAF_TEST(elements are cut where expat sees them in any chunking) {
  std::size_t documents = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    std::mt19937 random{seed};
    auto document = header;
    if (seed % 2 == 0)
      document.insert(0, "<?xml version='1.0' encoding=\"UTF-8\"?>\n");
    for (auto n = 1 + random() % 6; n > 0; --n) {
      document += test::random_element(random);
      document += random() % 3 ? "" : " \n";
    }
    document += footer;
    auto expected = test::first_level_elements(document);
    CAF_REQUIRE(expected);
    ++documents;
    for (std::size_t largest :
      {std::size_t{1}, std::size_t{7}, std::size_t{300}, document.size()}) {
      xml_framer framer{mode::stream};
      recorder found;
      CAF_REQUIRE(feed_in_pieces(framer, found, document, random, largest));
      CAF_REQUIRE(found.elements == *expected);
      CAF_REQUIRE(found.closed);
      CAF_REQUIRE_EQUAL(found.name, "stream:stream");
      CAF_REQUIRE_EQUAL(found.tag, header);
      CAF_REQUIRE_EQUAL(framer.buffered(), 0u);
    }
  }
  CAF_CHECK_EQUAL(documents, 1000u);
}

CAF_TEST(faults do not depend on chunking) {
  std::mt19937 random{7};
  std::size_t refused = 0;
  for (int i = 0; i < 5000; ++i) {
    auto text = test::mutated(random, test::random_stanza(random));
    xml_framer whole{mode::message};
    xml_framer pieces{mode::message};
    recorder found_whole;
    recorder found_pieces;
    auto good = whole.feed(text, found_whole) && whole.finish();
    auto same =
      feed_in_pieces(pieces, found_pieces, text, random, 9) && pieces.finish();
    CAF_REQUIRE_EQUAL(good, same);
    CAF_REQUIRE(found_whole.elements == found_pieces.elements);
    if (!good)
      CAF_REQUIRE_EQUAL(whole.error().detail, pieces.error().detail);
    refused += !good;
  }
  CAF_CHECK_GREATER(refused, 500u);
  CAF_CHECK_LESS(refused, 4500u);
}

CAF_TEST(a message comes as a view into the bytes fed) {
  std::string text = "<?xml version='1.0'?> <a><b/></a>\n";
  struct view_keeper final : xml_framer::sink {
    std::string_view found;
    bool on_header(std::string_view, std::string_view) override {
      return false;
    }
    bool on_element(std::string_view bytes) override {
      found = bytes;
      return true;
    }
    bool on_close() override { return false; }
  } keeper;
  xml_framer framer{mode::message};
  CAF_REQUIRE(framer.feed(text, keeper) && framer.finish());
  CAF_CHECK_EQUAL(keeper.found, "<a><b/></a>");
  CAF_CHECK(keeper.found.data() == text.data() + 22);
  CAF_CHECK_EQUAL(framer.buffered(), 0u);
}

CAF_TEST(a stopped framer keeps what it has not handed out) {
  xml_framer framer{mode::stream};
  recorder found;
  found.patience = 1;
  CAF_REQUIRE(framer.feed(header + "<a/><b/><c", found));
  CAF_CHECK_EQUAL(found.elements.size(), 1u);
  CAF_CHECK_EQUAL(framer.buffered(), 6u);
  found.patience = 9;
  CAF_REQUIRE(framer.feed("/>", found));
  CAF_CHECK(
    found.elements == std::vector<std::string>({"<a/>", "<b/>", "<c/>"}));
}

CAF_TEST(a restart takes the bytes left as a new stream) {
  xml_framer framer{mode::stream};
  recorder found;
  found.patience = 1;
  CAF_REQUIRE(
    framer.feed(header + "<auth/><s xmlns='u' id='2'><b/></s>", found));
  found = {};
  framer.restart();
  CAF_REQUIRE(framer.feed({}, found));
  CAF_CHECK_EQUAL(found.name, "s");
  CAF_CHECK_EQUAL(found.tag, "<s xmlns='u' id='2'>");
  CAF_CHECK(found.elements == std::vector<std::string>{"<b/>"});
  CAF_CHECK(found.closed);
}

CAF_TEST(a reset forgets a fault and the bytes) {
  xml_framer framer{mode::message};
  recorder found;
  CAF_CHECK(!framer.feed("<a><!-- -->", found));
  CAF_CHECK(!framer.feed("<a/>", found));
  framer.reset();
  CAF_CHECK(framer.feed("<a", found));
  framer.reset();
  CAF_CHECK(framer.feed("<b/>", found) && framer.finish());
  CAF_CHECK(found.elements == std::vector<std::string>{"<b/>"});
}

CAF_TEST(each limit holds exactly) {
  xml_limits limits;
  limits.max_depth = 3;
  limits.max_attributes = 2;
  limits.max_name_bytes = 5;
  limits.max_tags = 4;
  limits.max_bytes = 64;
  struct {
    std::string good;
    std::string bad;
  } cases[] = {
    {"<a><a><a/></a></a>", "<a><a><a><a/></a></a></a>"},
    {"<a b='' c=\"\"/>", "<a b='' c=\"\" d=''/>"},
    {"<abcde fghij=''/>", "<abcdef/>"},
    {"<a><b/><b/><b/></a>", "<a><b/><b/><b/><b/></a>"},
    {"<a>" + repeat(57, "x") + "</a>", "<a>" + repeat(58, "x") + "</a>"},
    {"<a/>", "<a bcdefg=''/>"},
  };
  for (auto& x : cases) {
    CAF_MESSAGE(x.bad);
    CAF_CHECK(passes(x.good, mode::message, limits));
    CAF_CHECK(
      fault_of(x.bad, mode::message, limits) == stream_error::policy_violation);
    // Inside a stream the header counts for nothing.
    CAF_CHECK(passes("<s>" + x.good + x.good + "</s>", mode::stream, limits));
    CAF_CHECK(fault_of("<s>" + x.bad, mode::stream, limits)
              == stream_error::policy_violation);
  }
}

CAF_TEST(an endless element is refused before it is complete) {
  xml_limits limits;
  limits.max_bytes = 1000;
  limits.max_header_bytes = 100;
  for (auto begin : {"<s x='", "<s><a>", "<s><a b='", "<s><![CDATA["}) {
    xml_framer framer{mode::stream, limits};
    recorder found;
    std::size_t fed = 0;
    auto good = framer.feed(begin, found);
    for (; good && fed < 5000; fed += 10)
      good = framer.feed("xxxxxxxxxx", found);
    CAF_CHECK_LESS(fed, 1100u);
    CAF_CHECK_EQUAL(framer.buffered(), 0u);
  }
}

CAF_TEST(a stream ends with its own end tag only) {
  CAF_CHECK(fault_of(header + "</stream:strea>", mode::stream)
            == stream_error::not_well_formed);
  CAF_CHECK(fault_of(header + "</stream:stream x>", mode::stream)
            == stream_error::not_well_formed);
  CAF_CHECK(fault_of(header + footer + "<a/>", mode::stream)
            == stream_error::not_well_formed);
  CAF_CHECK(
    fault_of("<stream:stream/>", mode::stream) == stream_error::bad_format);
  CAF_CHECK(
    fault_of(header + "text", mode::stream) == stream_error::bad_format);
  xml_framer framer{mode::stream};
  recorder found;
  CAF_CHECK(framer.feed(header + " \n </stream:stream \n> ", found));
  CAF_CHECK(found.closed);
}
