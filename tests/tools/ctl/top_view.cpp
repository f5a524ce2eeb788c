#define CAF_SUITE ctl_top_view

#include "tools/ctl/top_view.hpp"

#include "tools/ctl/display.hpp"

#include <boost/json/parse.hpp>
#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <algorithm>

using namespace causeway::ctl;

namespace {

boost::json::object look(double time, int stanzas, int handled) {
  auto x = boost::json::parse(R"({"node":"a","state":"running","uptime":60,
    "threads":2,"memory":{"resident":1048576},
    "sessions":{"all":2000,"parked":15},"kinds":{},"stuck":[],
    "actors":[
      {"id":7,"kind":"tracker","share":0.125,"mailbox":2,"age":0.5,
       "jid":"romeo@localhost/orchard"},
      {"id":9,"kind":"router","share":0.25,"handled":5,"mailbox":0,"age":0}]})")
             .as_object();
  x["time"] = time;
  x["processor"] = time / 4;
  x["kinds"] = {{"tracker", time / 10}};
  x["counters"] = {{"stanzas_in", stanzas}};
  x["actors"].as_array()[0].as_object()["handled"] = handled;
  return x;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string out;
  for (auto& x : lines)
    out += x + '\n';
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST(rates come from two looks) {
  auto before = look(10, 100, 50);
  auto now = look(12, 5'100, 150);
  auto text = text_of(draw_top(now, &before, {}));
  CAF_CHECK(has(text, "sessions 2000 (15 parked), stuck actors 0"));
  CAF_CHECK(has(text, "cpu 25.0 % of one core, 2 threads, memory 1.0 MiB"));
  CAF_CHECK(has(text, "stanzas in 2500,"));
  CAF_CHECK(has(text, "busy %: tracker 10.0"));
  CAF_CHECK(has(text, "12.5     50.0       2   0.50s  romeo@localhost/orch"));
  auto first = text_of(draw_top(now, nullptr, {}));
  CAF_CHECK(has(first, "stanzas in -,"));
}

CAF_TEST(every line fits the screen) {
  auto before = look(10, 100, 50);
  auto now = look(12, 5'100, 150);
  for (std::size_t width : {20u, 80u, 200u})
    for (std::size_t height : {1u, 5u, 10u, 24u}) {
      auto lines =
        draw_top(now, &before, {width, height, top_order::busy, true});
      CAF_CHECK_EQUAL(lines.size(), height);
      for (auto& line : lines)
        CAF_CHECK_LESS(display_width(line), width + 1);
    }
}

CAF_TEST(rows are in the order that a key has chosen) {
  auto now = look(12, 0, 0);
  auto first_of = [&](top_order order) {
    auto lines = draw_top(now, nullptr, {80, 24, order, true});
    return has(lines[7], "tracker") ? "tracker" : "router";
  };
  CAF_CHECK_EQUAL(first_of(top_order::busy), std::string{"router"});
  CAF_CHECK_EQUAL(first_of(top_order::mailbox), std::string{"tracker"});
  CAF_CHECK_EQUAL(first_of(top_order::kind), std::string{"router"});
  CAF_CHECK_EQUAL(first_of(top_order::id), std::string{"tracker"});
  CAF_CHECK(order_of_key('r') == top_order::rate);
  CAF_CHECK(!order_of_key('x'));
}

CAF_TEST(answers of another version lack keys and do no harm) {
  boost::json::object empty;
  CAF_CHECK_EQUAL(draw_top(empty, &empty, {}).size(), 24u);
}
