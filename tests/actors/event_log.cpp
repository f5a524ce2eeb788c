#define CAF_SUITE event_log

#include "actors/inspect/event_log.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <cstdio>
#include <unistd.h>

using namespace causeway;

namespace {

// Sends standard error to a file while it lives.
class captured_log {
 public:
  captured_log(std::string_view level, std::string_view format)
    : file_{std::tmpfile()}, before_{::dup(STDERR_FILENO)} {
    ::dup2(::fileno(file_), STDERR_FILENO);
    open_event_log(level, format);
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
  captured_log log{"info", "text"};
  log_event(log_level::info, "stream_bound",
    {{"sid", "7f"}, {"jid", "a@b"}, {"note", "two words"}, {"none", ""}});
  auto text = log.close();
  CAF_CHECK(has(
    text, " info  stream_bound sid=7f jid=a@b note=\"two words\" none=\"\"\n"));
}

CAF_TEST(no value can forge a line or steer a terminal) {
  captured_log log{"info", "text"};
  log_event(log_level::info, "bad",
    {{"a", "x\nforged"}, {"b", "\x1b[2J"}, {"c", "\"="}});
  auto text = log.close();
  CAF_CHECK(has(text, R"(bad a="x\nforged" b="\u001b[2J" c="\"=")"));
  CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 1);
}

CAF_TEST(json lines are json) {
  captured_log log{"info", "json"};
  log_event(log_level::warn, "odd", {{"value", "a\"b\\c\n\x01"}});
  auto text = log.close();
  auto x = boost::json::parse(text).as_object();
  CAF_CHECK_EQUAL(x["event"].as_string(), "odd");
  CAF_CHECK_EQUAL(x["value"].as_string(), "a\"b\\c\n\x01");
  CAF_CHECK(x.contains("time"));
  CAF_CHECK(x.contains("level"));
}

CAF_TEST(what is not UTF - 8 spoils no line) {
  captured_log log{"info", "json"};
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
  captured_log log{"info", "text"};
  log_event(
    log_level::info, "odd", {{"a", "\xff"}, {"b", "\u0085"}, {"c", "\u00e9"}});
  auto text = log.close();
  CAF_CHECK(has(text, "odd a=\"\ufffd\" b=\"\\u0085\" c=\"\u00e9\"\n"));
}

CAF_TEST(a long value is cut between two characters) {
  captured_log log{"info", "text"};
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
  captured_log log{"warn", "text"};
  CAF_CHECK(!logs(log_level::info));
  CAF_CHECK(logs(log_level::error));
  log_event(log_level::info, "quiet", {});
  log_event(log_level::error, "loud", {});
  auto text = log.close();
  CAF_CHECK(!has(text, "quiet"));
  CAF_CHECK(has(text, "loud"));
}

CAF_TEST(a closed log takes lines and drops them) {
  captured_log log{"info", "text"};
  log.close();
  CAF_CHECK(!logs(log_level::error));
  log_event(log_level::error, "late", {});
}
