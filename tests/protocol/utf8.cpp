#define CAF_SUITE utf8

#include "protocol/utf8.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway::protocol;

CAF_TEST(a well formed sequence has the length of its character) {
  CAF_CHECK_EQUAL(sequence_length("a\u00e9"), 1u);
  CAF_CHECK_EQUAL(sequence_length(std::string_view{"\0", 1}), 1u);
  for (auto text : {"\u0080", "\u07ff"})
    CAF_CHECK_EQUAL(sequence_length(std::string{text} + "a"), 2u);
  for (auto text : {"\u0800", "\ud7ff", "\ue000", "\uffff"})
    CAF_CHECK_EQUAL(sequence_length(std::string{text} + "a"), 3u);
  for (auto text : {"\U00010000", "\U0010ffff"})
    CAF_CHECK_EQUAL(sequence_length(std::string{text} + "a"), 4u);
}

CAF_TEST(what is ill formed has no length) {
  // In order: alone, cut off, overlong, surrogates, above U+10FFFF.
  for (auto text : {"\x80", "\xff", "\xfe", "\xc3", "\xc3\x28", "\xe2\x82",
         "\xe2\x28\xac", "\xf0\x9f\x98", "\xf0\x9f\x98\x28", "\xc0\xaf",
         "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
         "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"})
    CAF_CHECK_EQUAL(sequence_length(text), 0u);
}
