#define CAF_SUITE snapshot_fields

#include "actors/inspect/snapshot_fields.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <utility>

using namespace causeway;
using namespace std::string_literals;

namespace {

std::string text_of(const snapshot_fields& x) {
  std::string out;
  for (auto [name, value] : x)
    out.append(name).append("=").append(value).append(";");
  return out;
}

} // namespace

CAF_TEST(fields come in the order in which they were added) {
  snapshot_fields aut{{"a", "1"}, {"jid", "juliet@localhost/balcony"}};
  aut.push_back({"b" + std::to_string(2), std::to_string(3)});
  CAF_CHECK_EQUAL(text_of(aut), "a=1;jid=juliet@localhost/balcony;b2=3;");
  auto copy = aut;
  auto moved = std::move(aut);
  CAF_CHECK_EQUAL(text_of(copy), text_of(moved));
  copy.clear();
  CAF_CHECK(copy.empty());
  CAF_CHECK_EQUAL(text_of(copy), "");
}

CAF_TEST(names and values may be empty and hold any byte) {
  snapshot_fields aut{{"", ""}, {"x\0y"s, "\0\xff;"s}, {"end", ""}};
  auto i = aut.begin();
  CAF_CHECK_EQUAL((*i).name, "");
  CAF_CHECK_EQUAL((*i++).value, "");
  CAF_CHECK_EQUAL((*i).name, "x\0y"s);
  CAF_CHECK_EQUAL((*i++).value, "\0\xff;"s);
  CAF_CHECK_EQUAL((*i++).name, "end");
  CAF_CHECK(i == aut.end());
}

CAF_TEST(there may be none) {
  snapshot_fields aut;
  CAF_CHECK(aut.empty());
  CAF_CHECK(aut.begin() == aut.end());
  aut = {};
  CAF_CHECK(aut.empty());
  aut = {{"only", "one"}};
  CAF_CHECK_EQUAL(text_of(aut), "only=one;");
}
