#define CAF_SUITE redirection

#include "actors/upstream/redirection.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;

namespace {

std::string show(std::string_view text) {
  auto x = parse_redirection(text);
  return x ? x->host + " " + std::to_string(x->port) : "refused";
}

} // namespace

CAF_TEST(names and addresses with and without port are read) {
  CAF_CHECK_EQUAL(show("b.example.org"), "b.example.org 0");
  CAF_CHECK_EQUAL(show("b.example.org:5223"), "b.example.org 5223");
  CAF_CHECK_EQUAL(show("192.0.2.1"), "192.0.2.1 0");
  CAF_CHECK_EQUAL(show("[2001:db8::1]"), "2001:db8::1 0");
  CAF_CHECK_EQUAL(show("[2001:db8::1]:5222"), "2001:db8::1 5222");
}

CAF_TEST(anything else is refused) {
  for (auto text : {"", ":5222", "a:", "a:0", "a:65536", "a:5222x", "a b",
         "[::1", "[::1]x", "[]:1", "user@host", "http://host/"})
    CAF_CHECK_EQUAL(show(text), "refused");
}
