#define CAF_SUITE ctl_tree_view

#include "tools/ctl/tree_view.hpp"

#include <boost/json/parse.hpp>
#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway::ctl;

namespace {

const boost::json::object& answer() {
  static const auto x = boost::json::parse(R"({"tree":
    {"id":1,"kind":"node","state":"running","uptime":60,"handled":9,
     "mailbox":0,"fields":{},"children":[
      {"id":2,"kind":"session_supervisor","state":"running","uptime":59,
       "handled":4,"mailbox":1,"fields":{"sessions":"3"},"left_out":2,
       "children":[
        {"id":5,"kind":"session","state":"established","uptime":3,
         "handled":7,"mailbox":0,"fields":{"jid":"a@b/c","mechanism":""}}]},
      {"id":3,"kind":"router","silent":true}]}})")
                          .as_object();
  return x;
}

} // namespace

CAF_TEST(a tree is drawn with its branches) {
  CAF_CHECK_EQUAL(show_actors(answer(), {}),
    "ACTOR                     STATE          AGE  HANDLED  MAILBOX  FIELDS\n"
    "node #1                   running      1m00s        9        0\n"
    "├─ session_supervisor #2  running        59s        4        1  "
    "sessions=3\n"
    "│  ├─ session #5          established     3s        7        0  "
    "jid=a@b/c\n"
    "│  └─ and 2 more\n"
    "└─ router #3              silent\n");
}

CAF_TEST(a flat list shows one kind only) {
  tree_options options;
  options.flat = true;
  options.kind = "session";
  CAF_CHECK_EQUAL(show_actors(answer(), options),
    "ACTOR       STATE        AGE  HANDLED  MAILBOX  FIELDS\n"
    "session #5  established   3s        7        0  jid=a@b/c\n"
    "and 2 more\n");
}

CAF_TEST(where no actor is of a kind that is said) {
  auto nothing = boost::json::parse(R"({"tree":{}})").as_object();
  CAF_CHECK_EQUAL(show_actors(nothing, {}), "no actor of this kind\n");
}

CAF_TEST(rates are messages per second of actors seen twice) {
  auto rates = rates_between(
    {{1, {10, 1}}, {2, {5, 0}}}, {{1, {30, 2}}, {3, {7, 0}}}, 2.0);
  CAF_REQUIRE_EQUAL(rates.size(), 1u);
  CAF_CHECK_EQUAL(rates.at(1).handled, 10.0);
  CAF_CHECK_EQUAL(rates.at(1).busy, 0.5);
  CAF_CHECK(rates_between({{1, {1, 0}}}, {{1, {2, 0}}}, 0.0).empty());
  auto figures = figures_by_id(answer());
  CAF_CHECK_EQUAL(figures.at(5).handled, 7.0);

  tree_options options;
  options.rates = rates_between({{5, {0, 0}}}, figures_by_id(answer()), 2.0);
  auto text = show_actors(answer(), options);
  CAF_CHECK(text.find("PER SEC") != text.npos);
  CAF_CHECK(text.find("7      3.5") != text.npos);
}

CAF_TEST(what hangs stands out) {
  auto x = boost::json::parse(R"({"tree":{"id":1,"kind":"node",
    "state":"running","uptime":60,"handled":9,"mailbox":0,"age":0.002,
    "busy":0.5,"restarts":0,"fields":{},"children":[
    {"id":7,"kind":"tracker","silent":true,"age":7.25,"busy":1.25,
     "restarts":0,"stuck":true,"how":"running"},
    {"id":3,"kind":"router","state":"running","uptime":9,"handled":4,
     "mailbox":2,"age":0.5,"busy":0,"restarts":2,
     "last_error":"killed","fields":{}}]}})")
             .as_object();
  CAF_CHECK_EQUAL(show_actors(x, {}),
    "ACTOR          STATE              AGE  HANDLED  MAILBOX  OLDEST  BUSY  "
    "RESTARTS  FIELDS\n"
    "node #1        running          1m00s        9        0          0.50\n"
    "├─ tracker #7  stuck (running)                            7.25s  1.25\n"
    "└─ router #3   running             9s        4        2   0.50s  0.00  "
    "       2  last_error=\"killed\"\n");
  tree_options options;
  options.flat = true;
  options.order = "age";
  options.most = 1;
  auto text = show_actors(x, options);
  CAF_CHECK(text.find("tracker #7") != text.npos);
  CAF_CHECK(text.find("router") == text.npos);
  CAF_CHECK(text.find("and 2 more") != text.npos);
}

CAF_TEST(one actor shows all that is known of it) {
  auto x = boost::json::parse(R"({"actor":{"id":7,"kind":"session","node":"a",
    "parent":3,"state":"established","uptime":61,"handled":9,"mailbox":0,
    "age":0.0021,"busy":0.5,"restarts":1,"fields":{"jid":"a@b/c","x":""},
    "children":[{"id":8,"kind":"tracker","state":"established","uptime":61,
    "handled":4,"mailbox":0,"fields":{}}]}})")
             .as_object();
  auto text = show_actor(x);
  for (auto part :
    {"actor     session #7\n", "parent    #3\n", "jid       a@b/c\n",
      "restarts  1\n", "oldest    0.002 s\n", "\ntracker #8  established"})
    CAF_CHECK(text.find(part) != text.npos);
}
