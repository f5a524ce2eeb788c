#define CAF_SUITE config_history

#include "actors/config_history.hpp"

#include "actors/config_files.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

using namespace causeway;

namespace {

struct fixture {
  fixture() {
    std::string name = "/tmp/causeway-history-XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~fixture() { std::filesystem::remove_all(folder); }

  void add(std::uint64_t generation, std::string_view text) {
    CAF_CHECK_EQUAL(history().add({generation, time, "rollback to 3",
                                    "/etc/a folder/c.yaml", text.size()},
                      text),
      "");
  }

  config_history history() const { return config_history{folder + "/h", 3}; }

  std::string numbers() const {
    std::string out;
    for (auto& x : history().list())
      out += std::to_string(x.generation) + ' ';
    return out;
  }

  std::string folder;
  std::chrono::system_clock::time_point time{
    std::chrono::seconds{1'700'000'000}};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_history_tests, fixture)

CAF_TEST(without a folder there is no history) {
  CAF_CHECK(history().list().empty());
  CAF_CHECK(!history().read(1));
}

CAF_TEST(what is added is found again) {
  add(7, "node: {}\n# last line without end");
  auto all = history().list();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].generation, 7u);
  CAF_CHECK(all[0].at == time);
  CAF_CHECK_EQUAL(all[0].trigger, "rollback to 3");
  CAF_CHECK_EQUAL(all[0].source, "/etc/a folder/c.yaml");
  CAF_CHECK_EQUAL(all[0].bytes, 32u);
  auto text = history().read(7);
  CAF_REQUIRE(text);
  CAF_CHECK_EQUAL(*text, "node: {}\n# last line without end");
  CAF_CHECK_EQUAL(
    history().read(8).error(), "generation 8 is not in the history");
}

CAF_TEST(the oldest are forgotten) {
  for (auto n : {8, 9, 10, 11, 100})
    add(static_cast<std::uint64_t>(n), "");
  CAF_CHECK_EQUAL(numbers(), "100 11 10 ");
}

CAF_TEST(other files are no entries) {
  add(1, "x");
  std::ofstream{folder + "/h/2.yaml"} << "# generation=2 at=1 trigger=a\n";
  std::ofstream{folder + "/h/0000000003.yaml"} << "node: {}\n";
  std::ofstream{folder + "/h/0000000004.yaml.new"}
    << "# generation=4 at=1 trigger=a source=b\n";
  CAF_CHECK_EQUAL(numbers(), "1 ");
  CAF_CHECK(!history().read(3));
}

CAF_TEST(entries are for their owner alone) {
  add(1, "x");
  struct stat facts;
  for (auto [name, mode] :
    {std::pair{"/h", 0700u}, std::pair{"/h/0000000001.yaml", 0600u}}) {
    CAF_REQUIRE_EQUAL(::stat((folder + name).c_str(), &facts), 0);
    CAF_CHECK_EQUAL(facts.st_mode & 07777u, mode);
  }
}

CAF_TEST(files are told apart by what they hold) {
  config::configuration x;
  x.listeners = {{"127.0.0.1:1", true, {{folder + "/c", folder + "/k"}}},
    {"127.0.0.1:2", true, {{folder + "/c", folder + "/k"}}}};
  x.stream.management.keys = {folder + "/s"};
  auto files = named_files(x);
  CAF_CHECK_EQUAL(files.size(), 3u);
  std::ofstream{folder + "/c"} << "one";
  std::ofstream{folder + "/k"} << "one";
  auto before = read_stamps(files);
  CAF_CHECK(changed_files(before, read_stamps(files)).empty());
  std::ofstream{folder + "/k"} << "two";
  std::ofstream{folder + "/s"} << "now it is there";
  auto changed = changed_files(before, read_stamps(files));
  CAF_REQUIRE_EQUAL(changed.size(), 2u);
  CAF_CHECK_EQUAL(changed[0], folder + "/k");
  CAF_CHECK_EQUAL(changed[1], folder + "/s");
  // One that was not named before is no change of a file.
  CAF_CHECK(changed_files({}, before).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
