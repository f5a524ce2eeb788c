#define CAF_SUITE log_record

#include "actors/inspect/log_record.hpp"

#include "actors/inspect/log_output.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

using namespace causeway;

namespace {

log_record sample() {
  log_record x;
  x.time = std::chrono::system_clock::time_point{
    std::chrono::milliseconds{1'700'000'000'123}};
  x.level = log_level::warn;
  x.component = log_component::c2s;
  x.event = "stream_bound";
  x.fields = {{"sid", "7f"}, {"note", "two\nlines"}};
  return x;
}

// Sets the zone while it lives.
class time_zone {
 public:
  explicit time_zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  time_zone(const time_zone&) = delete;
  time_zone& operator=(const time_zone&) = delete;
  ~time_zone() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

} // namespace

CAF_TEST(the component is the folder of the code) {
  constexpr auto of = log_component_of_file;
  static_assert(of("/x/actors/c2s/session.cpp") == log_component::c2s);
  static_assert(of("actors/transport/wire.cpp") == log_component::transport);
  static_assert(of("/x/actors/node.cpp") == log_component::node);
  static_assert(of("node.cpp") == log_component::node);
  static_assert(of("/c2s.cpp") == log_component::node);
}

CAF_TEST(every level and component is found by its name) {
  for (std::size_t i = 0; i < log_component_count; ++i) {
    auto x = static_cast<log_component>(i);
    CAF_CHECK(log_component_of(to_string(x)) == x);
  }
  CAF_CHECK(!log_component_of("unknown"));
  for (auto x : {log_level::trace, log_level::debug, log_level::info,
         log_level::warn, log_level::error})
    CAF_CHECK(log_level_of(to_string(x)) == x);
  CAF_CHECK(!log_level_of("warning"));
}

CAF_TEST(a text line begins with time and level and component) {
  time_zone zone{"UTC"};
  CAF_CHECK_EQUAL(to_text(sample()),
    "2023-11-14T22:13:20.123+00:00 warn  c2s stream_bound sid=7f "
    "note=\"two\\nlines\"");
}

CAF_TEST(the time has the offset of its zone) {
  time_zone zone{"XXX-05:30"};
  CAF_CHECK_EQUAL(display_time(sample().time), "2023-11-15T03:43:20.123+05:30");
  time_zone west{"XXX+03:30"};
  CAF_CHECK_EQUAL(display_time(sample().time), "2023-11-14T18:43:20.123-03:30");
}

CAF_TEST(a json line has the fields beside what every line has) {
  auto x = boost::json::parse(to_json(sample())).as_object();
  CAF_CHECK_EQUAL(x.size(), 6u);
  CAF_CHECK_EQUAL(x["level"].as_string(), "warn");
  CAF_CHECK_EQUAL(x["component"].as_string(), "c2s");
  CAF_CHECK_EQUAL(x["event"].as_string(), "stream_bound");
  CAF_CHECK_EQUAL(x["note"].as_string(), "two\nlines");
}

CAF_TEST(the journal gets each field under its own name) {
  auto text = to_journal(sample());
  std::string length("\x09\0\0\0\0\0\0\0", 8);
  CAF_CHECK_EQUAL(text, "MESSAGE=stream_bound sid=7f note=\"two\\nlines\"\n"
                        "PRIORITY=4\nSYSLOG_IDENTIFIER=causewayd\n"
                        "CAUSEWAY_COMPONENT=c2s\nCAUSEWAY_EVENT=stream_bound\n"
                        "CAUSEWAY_SID=7f\nCAUSEWAY_NOTE\n"
                          + length + "two\nlines\n");
}

CAF_TEST(an event reaches a journal that listens) {
  test::temporary_folder folder;
  auto path = folder.path() + "/journal";
  auto server = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  CAF_REQUIRE_EQUAL(
    ::bind(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  auto output = open_journal(path);
  CAF_REQUIRE(output);
  (*output)->write(sample());
  std::string got(4096, '\0');
  auto n = ::recv(server, got.data(), got.size(), 0);
  CAF_REQUIRE_GREATER(n, 0);
  got.resize(static_cast<std::size_t>(n));
  CAF_CHECK_EQUAL(got, to_journal(sample()));
  ::close(server);
  // Gone: who writes is told.
  bool told = false;
  try {
    (*output)->write(sample());
  } catch (const std::system_error&) {
    told = true;
  }
  CAF_CHECK(told);
}

CAF_TEST(a journal that is not there is an error that names it) {
  auto output = open_journal("/nonexistent/journal");
  CAF_REQUIRE(!output);
  CAF_CHECK_NOT_EQUAL(
    output.error().find("/nonexistent/journal"), std::string::npos);
}

CAF_TEST(a file of the log is kept below its size) {
  test::temporary_folder folder;
  log_output_settings x;
  x.to = log_destination::file;
  x.file = folder.path() + "/causeway.log";
  x.max_file_size = 1'000;
  x.kept_files = 2;
  auto output = open_log_output(x);
  CAF_REQUIRE(output);
  for (int i = 0; i < 100; ++i)
    (*output)->write(sample());
  (*output)->flush();
  std::size_t files = 0;
  for (auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    ++files;
    CAF_CHECK_LESS(entry.file_size(), 1'001u);
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);)
      CAF_CHECK_EQUAL(line, to_text(sample()));
  }
  CAF_CHECK_EQUAL(files, 3u);
}

CAF_TEST(a file that cannot be written is an error that names it) {
  log_output_settings x;
  x.to = log_destination::file;
  x.file = "/proc/causeway.log";
  x.max_file_size = 1'000;
  auto output = open_log_output(x);
  CAF_REQUIRE(!output);
  CAF_CHECK_NOT_EQUAL(
    output.error().find("/proc/causeway.log"), std::string::npos);
}

CAF_TEST(standard error is the journal where systemd says so) {
  struct stat file {};
  CAF_REQUIRE_EQUAL(::fstat(STDERR_FILENO, &file), 0);
  auto name = std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino);
  ::setenv("JOURNAL_STREAM", name.c_str(), 1);
  CAF_CHECK(stderr_is_journal());
  ::setenv("JOURNAL_STREAM", "8:1", 1);
  CAF_CHECK(!stderr_is_journal());
  ::unsetenv("JOURNAL_STREAM");
  CAF_CHECK(!stderr_is_journal());
}
