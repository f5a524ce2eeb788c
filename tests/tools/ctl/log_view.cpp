#define CAF_SUITE ctl_log_view

#include "tools/ctl/log_view.hpp"

#include <boost/json/parse.hpp>
#include <caf/test/dsl.hpp>

#include <algorithm>
#include <string>

using namespace causeway::ctl;

namespace {

std::string shown(std::string_view answer) {
  return show_events(boost::json::parse(answer).as_object());
}

} // namespace

CAF_TEST(an event is shown as the server writes it) {
  auto text = shown(R"({"events":[
    {"time":"T","level":"info","component":"c2s","event":"stream_bound",
     "fields":{"sid":"7f","note":"two words","none":"","odd":"a=\"b\""}},
    {"time":"U","level":"error","component":"node","event":"node_failed",
     "fields":{}}]})");
  CAF_CHECK_EQUAL(text,
    "T info  c2s stream_bound sid=7f note=\"two words\" none=\"\" "
    "odd=\"a=\\\"b\\\"\"\nU error node node_failed\n");
}

CAF_TEST(no field steers the terminal) {
  auto text = shown(R"({"events":[{"time":"T","level":"warn",
    "component":"c2s","event":"odd","fields":{"a":"\u001b[2J\nforged"}}]})");
  CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 1);
  CAF_CHECK_EQUAL(text.find('\x1b'), text.npos);
}

CAF_TEST(events that are gone are told by number) {
  CAF_CHECK_EQUAL(shown(R"({"events":[],"missed":12})"),
    "... 12 events are no longer there; see log.recent\n");
  CAF_CHECK_EQUAL(shown(R"({"events":[],"missed":0})"), "");
}

CAF_TEST(levels are shown by component) {
  auto answer =
    boost::json::parse(R"({"levels":{"node":"info","c2s":"debug"}})");
  CAF_CHECK_EQUAL(show_log_levels(answer.as_object()),
    "COMPONENT  LEVEL\nnode       info\nc2s        debug\n");
}
