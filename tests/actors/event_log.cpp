#define CAF_SUITE event_log

#include "actors/inspect/event_log.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <array>
#include <cstdio>
#include <sched.h>
#include <unistd.h>

using namespace causeway;

namespace {

// Sends standard error to a file while it lives.
class captured_log {
 public:
  explicit captured_log(log_level level, bool json = false)
    : file_{std::tmpfile()}, before_{::dup(STDERR_FILENO)} {
    ::dup2(::fileno(file_), STDERR_FILENO);
    log_settings x;
    x.level = level;
    x.output = {log_destination::standard_error, json, {}, 0, 0};
    CAF_REQUIRE_EQUAL(open_event_log(x), "");
  }
  ~captured_log() {
    ::close(before_);
    std::fclose(file_);
  }

  // Everything that was logged; ends the log.
  std::string close() {
    close_event_log();
    std::fflush(stderr);
    ::dup2(before_, STDERR_FILENO);
    std::string out;
    std::rewind(file_);
    for (int c = 0; (c = std::fgetc(file_)) != EOF;)
      out += static_cast<char>(c);
    return out;
  }

 private:
  std::FILE* file_;
  int before_;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST(a text line holds the event and its fields) {
  captured_log log{log_level::info};
  log_event(log_level::info, "stream_bound",
    {{"sid", "7f"}, {"jid", "a@b"}, {"note", "two words"}, {"none", ""}});
  auto text = log.close();
  CAF_CHECK(has(text,
    " info  node stream_bound sid=7f jid=a@b note=\"two words\" none=\"\"\n"));
}

CAF_TEST(no value can forge a line or steer a terminal) {
  captured_log log{log_level::info};
  log_event(log_level::info, "bad",
    {{"a", "x\nforged"}, {"b", "\x1b[2J"}, {"c", "\"="}});
  auto text = log.close();
  CAF_CHECK(has(text, R"(bad a="x\nforged" b="\u001b[2J" c="\"=")"));
  CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 1);
}

CAF_TEST(json lines are json) {
  captured_log log{log_level::info, true};
  log_event(log_level::warn, "odd", {{"value", "a\"b\\c\n\x01"}});
  auto text = log.close();
  auto x = boost::json::parse(text).as_object();
  CAF_CHECK_EQUAL(x["event"].as_string(), "odd");
  CAF_CHECK_EQUAL(x["value"].as_string(), "a\"b\\c\n\x01");
  CAF_CHECK(x.contains("time"));
  CAF_CHECK(x.contains("level"));
}

CAF_TEST(what is not UTF - 8 spoils no line) {
  captured_log log{log_level::info, true};
  log_event(log_level::info, "odd",
    {{"value", "a\xff\xfe\x62 \xc3"}, {"c1", "\u009b2J"}, {"good", "\u00e9"}});
  auto text = log.close();
  CAF_CHECK(has(text, "\"c1\":\"\\u009b2J\""));
  auto x = boost::json::parse(text).as_object();
  CAF_CHECK_EQUAL(x["value"].as_string(), "a\ufffd\ufffdb \ufffd");
  CAF_CHECK_EQUAL(x["c1"].as_string(), "\u009b2J");
  CAF_CHECK_EQUAL(x["good"].as_string(), "\u00e9");
}

CAF_TEST(a text line quotes and escapes what is not ASCII) {
  captured_log log{log_level::info};
  log_event(
    log_level::info, "odd", {{"a", "\xff"}, {"b", "\u0085"}, {"c", "\u00e9"}});
  auto text = log.close();
  CAF_CHECK(has(text, "odd a=\"\ufffd\" b=\"\\u0085\" c=\"\u00e9\"\n"));
}

CAF_TEST(a long value is cut between two characters) {
  captured_log log{log_level::info};
  std::string most(256, 'a');
  std::string wide(254, 'a');
  log_event(log_level::info, "long",
    {{"a", most}, {"b", most + 'b'}, {"c", wide + "\u20ac"},
      {"d", std::string(8192, '\x80')}});
  auto text = log.close();
  CAF_CHECK(has(text,
    "long a=" + most + " b=" + most + "... c=" + wide + "... d=\"\ufffd"));
  CAF_CHECK_LESS(text.size(), 2000u);
}

CAF_TEST(lines below the level are not written) {
  captured_log log{log_level::warn};
  CAF_CHECK(!logs(log_level::info));
  CAF_CHECK(logs(log_level::error));
  log_event(log_level::info, "quiet", {});
  log_event(log_level::error, "loud", {});
  auto text = log.close();
  CAF_CHECK(!has(text, "quiet"));
  CAF_CHECK(has(text, "loud"));
}

CAF_TEST(no level hides what operators do) {
  captured_log log{log_level::error};
  set_log_level(log_component::inspect, log_level::error);
  log_event({log_level::info, "actors/inspect/admin.cpp"}, "audit",
    {{"who", "somebody"}});
  log_event({log_level::warn, "actors/inspect/log_report.cpp"},
    "log_level_changed", {});
  log_event(
    {log_level::trace, "actors/inspect/session_control.cpp"}, "wire", {});
  log_event({log_level::warn, "actors/inspect/admin.cpp"}, "auditor", {});
  auto text = log.close();
  CAF_CHECK(has(text, "inspect audit who=somebody\n"));
  CAF_CHECK(has(text, " log_level_changed\n"));
  CAF_CHECK(has(text, " trace inspect wire\n"));
  CAF_CHECK(!has(text, "auditor"));
}

CAF_TEST(a closed log takes lines and drops them) {
  captured_log log{log_level::info};
  log.close();
  CAF_CHECK(!logs(log_level::error));
  log_event(log_level::error, "late", {});
  log_event(log_level::info, "audit", {});
}

CAF_TEST(a level counts for one component alone and at once) {
  captured_log log{log_level::info};
  set_log_level(log_component::c2s, log_level::debug);
  CAF_CHECK(logs({log_level::debug, "actors/c2s/session.cpp"}));
  CAF_CHECK(!logs({log_level::debug, "actors/node.cpp"}));
  CAF_CHECK(log_level_in_force(log_component::c2s) == log_level::debug);
  CAF_CHECK(log_level_in_force(log_component::node) == log_level::info);
  log_event({log_level::debug, "actors/c2s/session.cpp"}, "seen", {});
  log_event({log_level::debug, "actors/node.cpp"}, "unseen", {});
  set_log_level(log_component::c2s, std::nullopt);
  CAF_CHECK(!logs({log_level::debug, "actors/c2s/session.cpp"}));
  auto text = log.close();
  CAF_CHECK(has(text, " debug c2s seen\n"));
  CAF_CHECK(!has(text, "unseen"));
}

CAF_TEST(settings change while the log runs) {
  captured_log log{log_level::info};
  log_event(log_level::info, "first", {});
  log_settings x;
  x.level = log_level::error;
  x.levels[static_cast<std::size_t>(log_component::node)] = log_level::debug;
  x.output = {log_destination::standard_error, true, {}, 0, 0};
  set_log_level(log_component::c2s, log_level::trace);
  CAF_CHECK_EQUAL(change_event_log(x), "");
  log_event(log_level::debug, "second", {});
  CAF_CHECK(log_level_in_force(log_component::c2s) == log_level::error);
  auto text = log.close();
  CAF_CHECK(has(text, " info  node first\n") || has(text, "\"first\""));
  CAF_CHECK(has(text, "\"level\":\"debug\",\"component\":\"node\","
                      "\"event\":\"second\"}\n"));
}

CAF_TEST(an output that cannot be opened changes nothing) {
  captured_log log{log_level::info};
  log_settings x;
  x.level = log_level::trace;
  x.output.to = log_destination::file;
  x.output.file = "/proc/causeway.log";
  x.output.max_file_size = 1'000;
  CAF_CHECK(has(change_event_log(x), "/proc/causeway.log"));
  CAF_CHECK(!logs(log_level::debug));
  log_event(log_level::info, "still_here", {});
  CAF_CHECK(has(log.close(), "still_here"));
}

CAF_TEST(the last events can be looked at whatever the output) {
  captured_log log{log_level::info};
  log_event(log_level::info, "kept", {{"sid", "7f"}});
  log_event(log_level::debug, "below", {});
  // Written once the output has it.
  while (recent_log()->newest(1, {}).records.empty())
    ::sched_yield();
  auto page = recent_log()->newest(9, {});
  CAF_REQUIRE_EQUAL(page.records.size(), 1u);
  CAF_CHECK_EQUAL(page.records[0]->event, "kept");
  CAF_CHECK(page.records[0]->component == log_component::node);
  CAF_REQUIRE_EQUAL(page.records[0]->fields.size(), 1u);
  CAF_CHECK_EQUAL(page.records[0]->fields[0].second, "7f");
  log.close();
  CAF_CHECK(recent_log() == nullptr);
}

CAF_TEST(an output that is stuck holds up nobody and what is lost is told) {
  int ends[2];
  CAF_REQUIRE_EQUAL(::pipe(ends), 0);
  auto before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  log_settings x;
  x.output.to = log_destination::standard_error;
  CAF_REQUIRE_EQUAL(open_event_log(x), "");
  // Far more than the pipe and the queue hold; nobody reads yet.
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i)
    log_event(log_level::info, "flood", {{"number", std::to_string(i)}});
  CAF_CHECK_GREATER(lost_log_events().dropped, 5'000u);
  std::string text;
  std::array<char, 65'536> block;
  while (!has(text, "log_events_dropped")) {
    auto n = ::read(ends[0], block.data(), block.size());
    CAF_REQUIRE_GREATER(n, 0);
    text.append(block.data(), static_cast<std::size_t>(n));
  }
  auto dropped = lost_log_events().dropped;
  close_event_log();
  ::dup2(before, STDERR_FILENO);
  for (auto descriptor : {before, ends[0], ends[1]})
    ::close(descriptor);
  // Every event was written or counted; the newest are there.
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find(" flood ", at)) != text.npos; ++at)
    ++lines;
  CAF_CHECK_EQUAL(lines + dropped, static_cast<std::size_t>(count));
  CAF_CHECK(has(text, "number=" + std::to_string(count - 1)));
  CAF_CHECK(
    has(text, "log_events_dropped count=" + std::to_string(dropped) + '\n'));
}

CAF_TEST(no key may name a secret) {
  static_assert(is_fit_for_log("user_agent"));
  for (auto key : {"password", "sasl_initial", "auth_token", "message_body",
         "Upper", "two words", "", "time", "event"})
    CAF_CHECK(!is_fit_for_log(key));
}
