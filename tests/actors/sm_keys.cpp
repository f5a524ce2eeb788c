#define CAF_SUITE sm_keys

#include "actors/sm_keys.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace causeway;

namespace {

/// A data folder that goes with its test.
struct fixture {
  fixture() {
    std::string name = "/tmp/causeway-keys-XXXXXX";
    folder = ::mkdtemp(name.data());
    settings.node.data = folder;
  }
  ~fixture() { std::filesystem::remove_all(folder); }

  /// A key file with this mode, in place of that of the data folder.
  std::string write(char digit, ::mode_t mode) {
    auto file = folder + "/key." + digit;
    std::ofstream{file} << std::string(64, digit) << '\n';
    ::chmod(file.c_str(), mode);
    return file;
  }

  /// The error; empty if the keys are good.
  std::string problem() {
    auto keys = load_sm_keys(settings);
    return keys ? std::string{} : keys.error();
  }

  std::string folder;
  config::configuration settings;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string nonce(protocol::sm_nonce_size, 'n');

} // namespace

CAF_TEST_FIXTURE_SCOPE(sm_keys_tests, fixture)

CAF_TEST(a key is made once and for its owner alone) {
  auto first = load_sm_keys(settings);
  CAF_REQUIRE(first);
  struct stat facts;
  CAF_REQUIRE_EQUAL(::stat((folder + "/sm.key").c_str(), &facts), 0);
  CAF_CHECK_EQUAL(facts.st_mode & 07777u, 0600u);
  protocol::sm_id id;
  id.node = "here";
  auto text = (*first)->seal(id, nonce);
  auto second = load_sm_keys(settings);
  CAF_REQUIRE(second);
  CAF_CHECK((*second)->open(text) == id);
}

CAF_TEST(a key that others can read is refused) {
  for (auto mode : {0640u, 0604u, 0644u, 0620u, 0602u}) {
    auto file = write('a', mode);
    settings.stream.management.keys = {file};
    auto text = problem();
    CAF_CHECK(has(text, file));
    CAF_CHECK(has(text, "chmod 600"));
  }
  for (auto mode : {0600u, 0400u}) {
    settings.stream.management.keys = {write('b', mode)};
    CAF_CHECK_EQUAL(problem(), "");
  }
}

CAF_TEST(the group of an administrator may read a key) {
  auto file = write('a', 0640);
  settings.stream.management.keys = {file};
  // Only root can give a file away.
  if (::chown(file.c_str(), 12345, static_cast<::gid_t>(-1)) != 0)
    return;
  CAF_CHECK_EQUAL(problem(), "");
  ::chmod(file.c_str(), 0644);
  CAF_CHECK(has(problem(), "chmod"));
}

CAF_TEST(the first of several keys seals and each of them opens) {
  auto before = write('a', 0600);
  auto after = write('b', 0600);
  auto ring = [this](std::vector<std::string> files) {
    settings.stream.management.keys = std::move(files);
    auto keys = load_sm_keys(settings);
    CAF_REQUIRE(keys);
    return *keys;
  };
  protocol::sm_id id;
  id.node = "here";
  auto older = ring({before})->seal(id, nonce);
  auto newer = ring({after, before})->seal(id, nonce);
  CAF_CHECK(older != newer);
  CAF_CHECK(ring({after, before})->open(older) == id);
  CAF_CHECK(ring({after, before})->open(newer) == id);
  CAF_CHECK(ring({before, after})->open(newer) == id);
  CAF_CHECK(ring({after})->open(newer) == id);
  CAF_CHECK(!ring({after})->open(older));
  CAF_CHECK(!ring({before})->open(newer));
}

CAF_TEST(the second of two keys must be good as well) {
  settings.stream.management.keys = {write('a', 0600), folder + "/none"};
  CAF_CHECK(has(problem(), folder + "/none: No such file"));
}

CAF_TEST(the error names the file) {
  settings.stream.management.keys = {folder + "/none"};
  CAF_CHECK(has(problem(), folder + "/none: No such file"));
}

CAF_TEST_FIXTURE_SCOPE_END()
