#define CAF_SUITE ctl_display

#include "tools/ctl/display.hpp"

#include "tools/ctl/text_table.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway::ctl;

CAF_TEST(bytes are shown in the largest unit that fits) {
  CAF_CHECK_EQUAL(display_bytes(0), "0 B");
  CAF_CHECK_EQUAL(display_bytes(1023), "1023 B");
  CAF_CHECK_EQUAL(display_bytes(1024), "1.0 KiB");
  CAF_CHECK_EQUAL(display_bytes(1536), "1.5 KiB");
  CAF_CHECK_EQUAL(display_bytes(1024 * 1024 - 1), "1.0 MiB");
  CAF_CHECK_EQUAL(display_bytes(std::uint64_t{35} << 30), "35.0 GiB");
}

CAF_TEST(durations are shown in two units) {
  CAF_CHECK_EQUAL(display_duration(-1), "0s");
  CAF_CHECK_EQUAL(display_duration(7.9), "7s");
  CAF_CHECK_EQUAL(display_duration(123), "2m03s");
  CAF_CHECK_EQUAL(display_duration(2 * 3600 + 3 * 60), "2h03m");
  CAF_CHECK_EQUAL(display_duration(5 * 86'400 + 4 * 3600), "5d04h");
}

CAF_TEST(no text can steer the terminal) {
  CAF_CHECK_EQUAL(display_text("a\x1b[2J\r\nb\x7f"), "a?[2J??b?");
  CAF_CHECK_EQUAL(display_text("a\xc2\x9b"
                               "2Jb"),
    "a?2Jb");
  CAF_CHECK_EQUAL(display_text("J\xc3\xbcrgen"), "J\xc3\xbcrgen");
}

CAF_TEST(columns are as wide as their widest cell) {
  text_table x{{{"NAME"}, {"N", text_table::align::right}, {"NOTE"}}};
  x.add({"a", "100", "first"});
  x.add({"J\xc3\xbcrgen", "7"});
  CAF_CHECK_EQUAL(x.text(), "NAME      N  NOTE\n"
                            "a       100  first\n"
                            "J\xc3\xbcrgen    7\n");
}

CAF_TEST(a column without any text is left out) {
  text_table x{{{"A"}, {""}, {"C"}}};
  x.add({"1", "", "3"});
  CAF_CHECK_EQUAL(x.text(), "A  C\n1  3\n");
}

CAF_TEST(a table without titles has no line for them) {
  text_table x{{{""}, {""}}};
  x.add({"a", "b"});
  CAF_CHECK_EQUAL(x.text(), "a  b\n");
}
