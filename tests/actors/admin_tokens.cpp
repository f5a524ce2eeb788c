#define CAF_SUITE admin_tokens

#include "actors/inspect/admin_tokens.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace causeway;

namespace {

struct fixture {
  fixture() {
    std::string name = "/tmp/causeway-tokens-XXXXXX";
    folder = ::mkdtemp(name.data());
    settings.node.data = folder;
  }
  ~fixture() { std::filesystem::remove_all(folder); }

  std::string write(
    const std::string& name, const std::string& text, ::mode_t mode = 0600) {
    auto file = folder + '/' + name;
    std::ofstream{file} << text;
    ::chmod(file.c_str(), mode);
    return file;
  }

  std::string read(const std::string& name) {
    std::string text;
    std::getline(std::ifstream{folder + '/' + name} >> std::ws, text);
    return text;
  }

  std::string problem() {
    auto tokens = load_admin_tokens(settings);
    return tokens ? std::string{} : tokens.error();
  }

  std::string folder;
  config::configuration settings;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(admin_tokens_tests, fixture)

CAF_TEST(tokens are made once and for their owner alone) {
  CAF_REQUIRE_EQUAL(problem(), "");
  auto first = read("admin.token");
  CAF_CHECK_EQUAL(first.size(), 64u);
  for (auto name : {"/admin.token", "/read-only.token"}) {
    struct stat facts;
    CAF_REQUIRE_EQUAL(::stat((folder + name).c_str(), &facts), 0);
    CAF_CHECK_EQUAL(facts.st_mode & 07777u, 0600u);
  }
  auto tokens = load_admin_tokens(settings);
  CAF_REQUIRE(tokens);
  CAF_CHECK_EQUAL(read("admin.token"), first);
  auto admin = tokens->find(first);
  CAF_REQUIRE(admin);
  CAF_CHECK(admin->role == control_role::admin);
  CAF_CHECK_EQUAL(admin->name, "admin.token");
  auto reader = tokens->find(read("read-only.token"));
  CAF_REQUIRE(reader);
  CAF_CHECK(reader->role == control_role::read_only);
  CAF_CHECK(!tokens->find(first.substr(1)));
  CAF_CHECK(!tokens->find(""));
}

CAF_TEST(a token file that others can read is refused) {
  settings.admin.admin_tokens = {
    write("mine", std::string(32, 'a') + '\n', 0644)};
  CAF_CHECK(has(problem(), folder + "/mine: has mode 0644"));
}

CAF_TEST(a token is one line of good length) {
  auto with = [this](const std::string& text) {
    settings.admin.read_only_tokens = {write("mine", text)};
    return problem();
  };
  CAF_CHECK_EQUAL(with(std::string(32, 'a')), "");
  CAF_CHECK_EQUAL(with(std::string(512, 'a') + '\n'), "");
  CAF_CHECK(has(with(std::string(31, 'a') + '\n'), "32 to 512"));
  CAF_CHECK(has(with(""), "32 to 512"));
  CAF_CHECK(has(with(std::string(513, 'a')), "32 to 512"));
  CAF_CHECK(has(with(std::string(40, 'a') + "\nb\n"), "one line"));
  CAF_CHECK(has(with(std::string(40, 'a') + " b"), "one line"));
  settings.admin.read_only_tokens = {folder + "/none"};
  CAF_CHECK(has(problem(), folder + "/none: No such file"));
}

CAF_TEST(a token has one role) {
  auto text = std::string(32, 'a');
  settings.admin.admin_tokens = {write("one", text), write("two", text)};
  CAF_CHECK(has(problem(), "/two: holds the token of another file"));
}

CAF_TEST(a bearer token stands behind its scheme) {
  admin_tokens aut;
  aut.add("abc", {control_role::admin, "x"});
  for (auto good : {"Bearer abc", "bearer abc", "BEARER  abc"})
    if (!aut.find_bearer(good))
      CAF_ERROR(good);
  for (auto bad : {"abc", "Bearer", "Bearer ", "Bearer abcd", "Basic abc",
         "Bearer abc ", "Bearerabc", ""})
    if (aut.find_bearer(bad))
      CAF_ERROR(bad);
}

CAF_TEST_FIXTURE_SCOPE_END()
