#define CAF_SUITE recent_events

#include "actors/inspect/recent_events.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <vector>

using namespace causeway;

namespace {

log_record event(std::string name, log_level level = log_level::info,
  log_component component = log_component::node) {
  log_record x;
  x.event = std::move(name);
  x.level = level;
  x.component = component;
  return x;
}

std::string names(const recent_events::page& x) {
  std::string out;
  for (auto& y : x.records)
    out += y->event;
  return out;
}

struct fixture {
  void add(std::string_view letters) {
    for (char c : letters)
      log.add(event(std::string(1, c)));
  }

  recent_events log{4};
  log_filter all;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(recent_events_tests, fixture)

CAF_TEST(the newest are kept and the oldest forgotten) {
  add("abcdef");
  auto x = log.newest(100, all);
  CAF_CHECK_EQUAL(names(x), "cdef");
  CAF_CHECK_EQUAL(x.last, 6u);
  CAF_CHECK_EQUAL(names(log.newest(2, all)), "ef");
  CAF_CHECK_EQUAL(names(log.newest(0, all)), "");
}

CAF_TEST(looks in a row leave out nothing and say what they missed) {
  add("ab");
  auto x = log.newest(100, all);
  CAF_CHECK_EQUAL(names(log.after(x.last, 100, all)), "");
  add("cde");
  x = log.after(x.last, 2, all);
  CAF_CHECK_EQUAL(names(x), "cd");
  CAF_CHECK_EQUAL(x.missed, 0u);
  x = log.after(x.last, 2, all);
  CAF_CHECK_EQUAL(names(x), "e");
  add("fghijk");
  x = log.after(x.last, 100, all);
  CAF_CHECK_EQUAL(names(x), "hijk");
  CAF_CHECK_EQUAL(x.missed, 2u);
  CAF_CHECK_EQUAL(x.last, 11u);
  x = log.after(x.last, 100, all);
  CAF_CHECK_EQUAL(names(x), "");
  CAF_CHECK_EQUAL(x.missed, 0u);
  CAF_CHECK_EQUAL(x.last, 11u);
}

CAF_TEST(a number of an earlier process shows all that is there) {
  add("ab");
  auto x = log.after(1'000, 100, all);
  CAF_CHECK_EQUAL(names(x), "ab");
  CAF_CHECK_EQUAL(x.last, 2u);
}

CAF_TEST(a filter by level and component and field) {
  log.add(event("a", log_level::debug, log_component::c2s));
  log.add(event("b", log_level::warn, log_component::c2s));
  log.add(event("c", log_level::error, log_component::node));
  auto with_field = event("d", log_level::info, log_component::c2s);
  with_field.fields = {{"sid", "7f"}, {"jid", "a@b"}};
  log.add(with_field);
  CAF_CHECK_EQUAL(
    names(log.newest(9, {log_level::warn, std::nullopt, {}, {}})), "bc");
  CAF_CHECK_EQUAL(
    names(log.newest(9, {log_level::trace, log_component::c2s, {}, {}})),
    "abd");
  CAF_CHECK_EQUAL(
    names(log.newest(9, {log_level::trace, std::nullopt, "sid", "7f"})), "d");
  CAF_CHECK_EQUAL(
    names(log.newest(9, {log_level::trace, std::nullopt, "sid", "a@b"})), "");
  auto x = log.after(1, 1, {log_level::error, std::nullopt, {}, {}});
  CAF_CHECK_EQUAL(names(x), "c");
  // What does not fit has been looked at as well.
  CAF_CHECK_EQUAL(x.last, 4u);
}

CAF_TEST(the room may change at any time) {
  add("abcd");
  log.resize(2);
  CAF_CHECK_EQUAL(names(log.newest(9, all)), "cd");
  log.resize(3);
  add("ef");
  CAF_CHECK_EQUAL(names(log.newest(9, all)), "def");
  log.resize(0);
  add("g");
  CAF_CHECK_EQUAL(names(log.newest(9, all)), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
