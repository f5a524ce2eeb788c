#define CAF_SUITE account_store

#include "actors/domain/account_store.hpp"

#include "actors/inspect/actor_tree.hpp"

#include <caf/test/dsl.hpp>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <sys/stat.h>

using namespace causeway;

namespace {

/// A folder that ends with the test.
struct scratch_folder {
  scratch_folder() {
    auto name =
      (std::filesystem::temp_directory_path() / "causeway.XXXXXX").string();
    CAF_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

struct fixture : test_coordinator_fixture<> {
  fixture() { start(); }
  ~fixture() override {
    anon_send_exit(store, caf::exit_reason::kill);
    consume_messages();
  }

  std::shared_ptr<account_database> open() {
    auto random = [this](std::size_t n) {
      return std::string(n, static_cast<char>(++drawn));
    };
    auto x = account_database::open(file(), random);
    if (!x)
      CAF_FAIL(x.error());
    return *x;
  }
  std::string file() const { return (folder.path / "causeway.db").string(); }

  void start() {
    config::domain rules;
    rules.scram_iterations = iterations;
    auto random = [this](std::size_t n) {
      return std::string(n, static_cast<char>(++drawn));
    };
    store = sys.spawn(account_store, open(),
      std::map<std::string, config::domain>{
        {"localhost", rules}, {"example.org", rules}},
      random);
  }
  void restart() {
    anon_send_exit(store, caf::exit_reason::kill);
    consume_messages();
    start();
  }

  account_reply command(account_verb verb, const std::string& local,
    const std::string& password = {}, const std::string& domain = "localhost") {
    self->send(store, account_command{verb, local, domain, password});
    consume_messages();
    account_reply out;
    self->receive([&out](account_reply& x) { out = std::move(x); });
    return out;
  }
  std::string add(const std::string& local, const std::string& password) {
    return command(account_verb::add, local, password).error;
  }
  bool knows(const std::string& local, const std::string& password,
    const std::string& domain = "localhost") {
    self->send(store, password_query{domain, local, password});
    consume_messages();
    bool out = false;
    self->receive([&out](const password_answer& x) { out = x.correct; });
    return out;
  }
  credentials_answer keys(const std::string& local, protocol::scram_hash hash) {
    self->send(store, credentials_query{"localhost", local, hash});
    consume_messages();
    credentials_answer out;
    self->receive([&out](credentials_answer& x) { out = std::move(x); });
    return out;
  }
  std::string list(const std::string& domain) {
    std::string out;
    for (auto& x : command(account_verb::list, {}, {}, domain).accounts)
      out += x + ' ';
    return out;
  }

  std::uint32_t iterations = 64;
  int drawn = 0;
  scratch_folder folder;
  account_store_actor store;
};

constexpr protocol::scram_hash hashes[] = {protocol::scram_hash::sha1,
  protocol::scram_hash::sha256, protocol::scram_hash::sha512};

} // namespace

CAF_TEST_FIXTURE_SCOPE(account_store_tests, fixture)

CAF_TEST(an account that was added knows its password alone) {
  CAF_CHECK_EQUAL(add("juliet", "secret"), "");
  CAF_CHECK(knows("juliet", "secret"));
  CAF_CHECK(!knows("juliet", "Secret"));
  CAF_CHECK(!knows("juliet", ""));
  CAF_CHECK(!knows("juliet", "secret", "example.org"));
  CAF_CHECK(!knows("romeo", "secret"));
}

CAF_TEST(each hash has keys of its own that fit the password) {
  add("juliet", "secret");
  for (auto hash : hashes) {
    auto x = keys("juliet", hash);
    CAF_CHECK(x.exists);
    CAF_CHECK_EQUAL(x.credentials.iterations, 64u);
    CAF_CHECK_EQUAL(x.credentials.salt.size(), 16u);
    CAF_CHECK(protocol::matches_password(hash, x.credentials, "secret"));
  }
  CAF_CHECK_NOT_EQUAL(keys("juliet", hashes[0]).credentials.salt,
    keys("juliet", hashes[1]).credentials.salt);
}

CAF_TEST(an unknown account has keys that stay and fit nothing) {
  for (auto hash : hashes) {
    auto x = keys("nobody", hash);
    CAF_CHECK(!x.exists);
    CAF_CHECK_EQUAL(x.credentials.iterations, 64u);
    CAF_CHECK(!x.credentials.salt.empty());
    CAF_CHECK_EQUAL(x.credentials.salt, keys("nobody", hash).credentials.salt);
    CAF_CHECK_NOT_EQUAL(
      x.credentials.salt, keys("someone", hash).credentials.salt);
  }
  auto before = keys("nobody", hashes[1]).credentials.salt;
  restart();
  CAF_CHECK_EQUAL(keys("nobody", hashes[1]).credentials.salt, before);
}

CAF_TEST(an iteration count does not tell who has an account) {
  add("juliet", "secret");
  iterations = 128;
  restart();
  for (auto hash : hashes)
    for (auto name : {"juliet", "nobody", "someone", "anyone"})
      CAF_CHECK_EQUAL(keys(name, hash).credentials.iterations, 64u);
  add("romeo", "secret");
  std::set<std::uint32_t> seen;
  for (auto i = 0; i < 32; ++i) {
    auto x = keys("nobody" + std::to_string(i), hashes[0]);
    CAF_CHECK(!x.exists);
    seen.insert(x.credentials.iterations);
  }
  CAF_CHECK_EQUAL(seen, (std::set<std::uint32_t>{64, 128}));
  // What is in use in one domain says nothing of another.
  self->send(store, credentials_query{"example.org", "nobody", hashes[0]});
  consume_messages();
  self->receive([](const credentials_answer& x) {
    CAF_CHECK_EQUAL(x.credentials.iterations, 128u);
  });
}

CAF_TEST(a database of schema version 1 is brought forward) {
  add("juliet", "secret");
  anon_send_exit(store, caf::exit_reason::kill);
  consume_messages();
  sqlite3* db = nullptr;
  CAF_REQUIRE_EQUAL(sqlite3_open(file().c_str(), &db), SQLITE_OK);
  CAF_CHECK_EQUAL(sqlite3_exec(db,
                    "DROP TABLE iteration_count; DROP TABLE offline;"
                    " DROP TABLE session; DROP TABLE journal;"
                    " PRAGMA user_version = 1",
                    nullptr, nullptr, nullptr),
    SQLITE_OK);
  sqlite3_close(db);
  iterations = 128;
  start();
  CAF_CHECK(knows("juliet", "secret"));
  CAF_CHECK_EQUAL(keys("nobody", hashes[0]).credentials.iterations, 64u);
}

CAF_TEST(the snapshot counts the accounts) {
  add("romeo", "x");
  command(account_verb::add, "nurse", "x", "example.org");
  self->send(store, inspect_request{});
  consume_messages();
  self->receive([](const actor_snapshot& x) {
    CAF_CHECK_EQUAL(field(x, "accounts"), "2");
  });
}

CAF_TEST(a new password replaces the old one) {
  add("juliet", "secret");
  CAF_CHECK_EQUAL(
    command(account_verb::set_password, "juliet", "other").error, "");
  CAF_CHECK(knows("juliet", "other"));
  CAF_CHECK(!knows("juliet", "secret"));
  for (auto hash : hashes)
    CAF_CHECK(protocol::matches_password(
      hash, keys("juliet", hash).credentials, "other"));
}

CAF_TEST(a password is the same in each of its Unicode forms) {
  add("juliet", "caf\u0065\u0301 \u00a0x");
  CAF_CHECK(knows("juliet", "caf\u00e9  x"));
  CAF_CHECK(knows("juliet", "caf\u0065\u0301 \u00a0x"));
  CAF_CHECK(!knows("juliet", "cafe  x"));
  for (auto hash : hashes)
    CAF_CHECK(protocol::matches_password(
      hash, keys("juliet", hash).credentials, "caf\u00e9  x"));
  command(account_verb::set_password, "juliet", "\u212b");
  CAF_CHECK(knows("juliet", "\u00c5"));
}

CAF_TEST(a password that cannot be prepared is refused) {
  for (std::string bad : {"a\u200b", "a\u0378", "a\x7f", "a\xff", "\u2028"}) {
    CAF_CHECK_NOT_EQUAL(
      add("juliet", bad).find("OpaqueString"), std::string::npos);
    CAF_CHECK(!knows("juliet", bad));
  }
  CAF_CHECK_EQUAL(list(""), "");
  add("juliet", "secret");
  CAF_CHECK_NOT_EQUAL(
    command(account_verb::set_password, "juliet", "a\u200b").error, "");
  CAF_CHECK(knows("juliet", "secret"));
}

CAF_TEST(a removed account is gone with its keys) {
  add("juliet", "secret");
  CAF_CHECK_EQUAL(command(account_verb::remove, "juliet").error, "");
  CAF_CHECK(!knows("juliet", "secret"));
  CAF_CHECK(!keys("juliet", hashes[1]).exists);
  CAF_CHECK_EQUAL(add("juliet", "new"), "");
  CAF_CHECK(knows("juliet", "new"));
}

CAF_TEST(accounts are listed by domain and sorted) {
  add("romeo", "x");
  add("juliet", "x");
  command(account_verb::add, "nurse", "x", "example.org");
  CAF_CHECK_EQUAL(list("localhost"), "juliet@localhost romeo@localhost ");
  CAF_CHECK_EQUAL(list("example.org"), "nurse@example.org ");
  CAF_CHECK_EQUAL(
    list(""), "juliet@localhost nurse@example.org romeo@localhost ");
}

CAF_TEST(an error names what is wrong) {
  add("juliet", "secret");
  CAF_CHECK_EQUAL(add("juliet", "other"), "account exists: juliet@localhost");
  CAF_CHECK(knows("juliet", "secret"));
  CAF_CHECK_EQUAL(add("romeo", ""), "empty password");
  CAF_CHECK_EQUAL(add("", "x"), "not an account: localhost");
  CAF_CHECK_EQUAL(command(account_verb::set_password, "romeo", "x").error,
    "no such account: romeo@localhost");
  CAF_CHECK_EQUAL(command(account_verb::remove, "romeo").error,
    "no such account: romeo@localhost");
  CAF_CHECK_EQUAL(command(account_verb::add, "romeo", "x", "capulet.lit").error,
    "domain not served here: capulet.lit");
  CAF_CHECK_EQUAL(command(account_verb::list, "", "", "capulet.lit").error,
    "domain not served here: capulet.lit");
}

CAF_TEST(accounts outlive the store) {
  add("juliet", "secret");
  restart();
  CAF_CHECK(knows("juliet", "secret"));
}

CAF_TEST(a name is data and never SQL) {
  auto odd = "'; DROP TABLE account; --";
  CAF_CHECK_EQUAL(add(odd, "secret"), "");
  CAF_CHECK(knows(odd, "secret"));
}

CAF_TEST(nobody else can read the file) {
  add("juliet", "secret");
  for (auto& entry : std::filesystem::directory_iterator{folder.path}) {
    struct stat facts {};
    CAF_REQUIRE_EQUAL(::stat(entry.path().c_str(), &facts), 0);
    CAF_CHECK_EQUAL(facts.st_mode & 0777, 0600u);
  }
}

CAF_TEST(a database that cannot be used says why) {
  auto random = [](std::size_t n) { return std::string(n, 'x'); };
  auto missing = account_database::open("/nonexistent/causeway.db", random);
  CAF_REQUIRE(!missing);
  CAF_CHECK_EQUAL(missing.error(),
    "cannot open /nonexistent/causeway.db: No such file or directory");
  sqlite3* db = nullptr;
  auto newer = (folder.path / "newer.db").string();
  CAF_REQUIRE_EQUAL(sqlite3_open(newer.c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version = 9", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  auto other = account_database::open(newer, random);
  CAF_REQUIRE(!other);
  CAF_CHECK_EQUAL(other.error(), newer + ": schema version 9 is not 4");
}

CAF_TEST_FIXTURE_SCOPE_END()
